//! The services behind Graph: which one answers a path, and what a request costs there.

use std::fmt;

use crate::{
    request::{Incoming, Version},
    uri,
};

/// A service with limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Backend {
    /// All groups of Intune but "devices".
    Intune,
    /// The group "devices" of Intune: devices and everything that has a script.
    Devices,
    /// Conditional Access and named locations.
    ConditionalAccess,
    /// The directory, and whatever else is neither.
    Identity,
}

/// What belongs to the group "devices", by the name below `deviceManagement` or `deviceAppManagement`.
const DEVICES: [&str; 9] = [
    "managedDevices",
    "detectedApps",
    "deviceManagementScripts",
    "deviceShellScripts",
    "deviceHealthScripts",
    "deviceComplianceScripts",
    "deviceCustomAttributeShellScripts",
    "windowsManagementApp",
    "applePushNotificationCertificate",
];

impl Backend {
    /// The service for the segments of a path behind the version.
    pub(crate) fn of(segments: &[String]) -> Self {
        let name = |index: usize| segments.get(index).map_or("", String::as_str);
        match (name(0), name(1)) {
            ("deviceManagement" | "deviceAppManagement", below) => {
                if DEVICES.contains(&below) || below.starts_with("userExperienceAnalytics") {
                    Self::Devices
                } else {
                    Self::Intune
                }
            }
            ("identity", "conditionalAccess")
                if matches!(name(2), "policies" | "namedLocations") =>
            {
                Self::ConditionalAccess
            }
            _ => Self::Identity,
        }
    }

    /// The service that a whole path leads to, if it is one of Graph.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let segments = uri::segments(path);
        let (version, rest) = segments.split_first()?;
        Version::named(version).map(|_| Self::of(rest))
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Intune => "intune",
            Self::Devices => "intune devices",
            Self::ConditionalAccess => "conditional access",
            Self::Identity => "identity",
        })
    }
}

/// Resource units that the directory charges for a request.
pub(crate) fn resource_units(segments: &[String], request: &Incoming) -> u64 {
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query = uri::decode_query(&request.query);
    let selects = query.contains("$select=");
    let base = match names.as_slice() {
        ["applications"] | ["users"] => 2,
        ["groups", _, "members"] => 3,
        ["groups", _, "transitiveMembers"] => 5,
        // With `$select` it costs 2, which no modifier of the others explains.
        ["directoryObjects", "getByIds"] => return if selects { 2 } else { 5 },
        ["servicePrincipals", _, "appRoleAssignments"] => 2,
        ["subscribedSkus"] => 3,
        _ => 1,
    };
    let dearer = u64::from(query.contains("$expand="));
    let cheaper = u64::from(selects) + u64::from(asks_for_few(&query));
    (base + dearer).saturating_sub(cheaper).max(1)
}

/// Whether `$top` is below 20.
fn asks_for_few(query: &str) -> bool {
    query
        .split('&')
        .filter_map(|option| option.strip_prefix("$top="))
        .any(|top| top.parse::<u64>().is_ok_and(|top| top < 20))
}

#[cfg(test)]
mod tests {
    use actix_web::web::Bytes;

    use super::*;

    #[test]
    fn every_path_has_its_backend() {
        for (path, backend) in [
            (
                "/beta/deviceManagement/intents/7/settings",
                Some(Backend::Intune),
            ),
            ("/beta/deviceManagement", Some(Backend::Intune)),
            (
                "/beta/deviceAppManagement/mobileApps",
                Some(Backend::Intune),
            ),
            (
                "/v1.0/deviceManagement/deviceHealthScripts/7",
                Some(Backend::Devices),
            ),
            (
                "/beta/deviceAppManagement/windowsManagementApp",
                Some(Backend::Devices),
            ),
            (
                "/beta/identity/conditionalAccess/policies",
                Some(Backend::ConditionalAccess),
            ),
            (
                "/beta/identity/conditionalAccess/authenticationContextClassReferences",
                Some(Backend::Identity),
            ),
            ("/v1.0/directoryObjects/getByIds", Some(Backend::Identity)),
            ("/tenant/oauth2/v2.0/token", None),
        ] {
            assert_eq!(Backend::of_path(path), backend, "{path}");
        }
    }

    #[test]
    fn modifiers_make_a_request_dearer_or_cheaper_but_never_free() {
        let units = |path: &str, query: &str| {
            let request = Incoming {
                method: "GET".to_owned(),
                host: String::new(),
                path: path.to_owned(),
                query: query.to_owned(),
                authorization: None,
                client_request_id: None,
                body: Bytes::new(),
                connection: None,
                batch: None,
            };
            resource_units(&uri::segments(path), &request)
        };
        assert_eq!(units("users", ""), 2);
        assert_eq!(units("users", "$select=id&$top=10"), 1);
        assert_eq!(units("users", "%24select=id"), 1);
        assert_eq!(units("users", "$expand=manager"), 3);
        assert_eq!(units("groups/7/members", "$top=20"), 3);
        assert_eq!(units("groups/7", "$select=id"), 1);
        assert_eq!(units("directoryObjects/getByIds", ""), 5);
        assert_eq!(units("directoryObjects/getByIds", "$select=id"), 2);
    }
}
