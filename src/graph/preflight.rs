//! What is known before the first request: which kinds the app lacks the permission for.
//!
//! A token tells the permissions only to inform. Microsoft calls it opaque, so one that cannot be
//! read means that nothing is known, not that something is missing; Graph decides then.

use super::{catalog::entry, error::GraphError, token::Granted};
use crate::domain::kind::PolicyKind;

/// Permissions to read parts of the directory, each of which the right to read all of it includes.
const PARTS_OF_DIRECTORY: [&str; 3] = [
    "Group.Read.All",
    "GroupMember.Read.All",
    "Organization.Read.All",
];
const DIRECTORY: [&str; 2] = ["Directory.Read.All", "Directory.ReadWrite.All"];

impl Granted {
    /// Whether the permission is there, or one that includes it; true if nothing is known.
    pub fn allows(&self, permission: &str) -> bool {
        let Self::Known(granted) = self else {
            return true;
        };
        granted.contains(permission)
            || granted.contains(&permission.replacen(".Read.", ".ReadWrite.", 1))
            || (PARTS_OF_DIRECTORY.contains(&permission)
                && DIRECTORY.iter().any(|all| granted.contains(*all)))
    }

    /// Why Graph would refuse to list a kind; none if it would not, or nothing is known. What no
    /// permission opens is not refused for the lack of one.
    pub fn refusal(&self, kind: PolicyKind) -> Option<GraphError> {
        let permissions = entry(kind).permissions;
        let is_allowed = permissions.is_empty() || permissions.iter().any(|name| self.allows(name));
        (!is_allowed).then(|| GraphError::missing(permissions))
    }

    /// Whether the token told what it permits.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(names: &[&str]) -> Granted {
        Granted::Known(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn stronger_permissions_include_weaker_ones() {
        for (granted_name, wanted, allowed) in [
            ("A.Read.All", "A.Read.All", true),
            ("A.ReadWrite.All", "A.Read.All", true),
            ("A.Read.All", "A.ReadWrite.All", false),
            ("B.Read.All", "A.Read.All", false),
            ("Directory.Read.All", "Group.Read.All", true),
            ("Directory.Read.All", "GroupMember.Read.All", true),
            ("Directory.Read.All", "Organization.Read.All", true),
            ("Directory.ReadWrite.All", "Group.Read.All", true),
            ("Directory.Read.All", "Policy.Read.All", false),
        ] {
            let granted = granted(&[granted_name]);
            assert_eq!(granted.allows(wanted), allowed, "{granted_name} {wanted}");
        }
        assert!(Granted::Unknown.allows("A.Read.All"));
    }

    #[test]
    fn each_refused_kind_names_what_to_grant() {
        let kinds = [PolicyKind::Remediation, PolicyKind::DeviceConfiguration];
        let some = granted(&["DeviceManagementConfiguration.Read.All"]);
        assert!(some.refusal(kinds[0]).is_some() && some.refusal(kinds[1]).is_none());
        let told = some.refusal(kinds[0]).unwrap().failure().message;
        assert!(told.contains("DeviceManagementScripts.Read.All"), "{told}");
        let none = granted(&[]);
        for kind in PolicyKind::ALL {
            let is_refused = none.refusal(*kind).is_some();
            assert_eq!(is_refused, entry(*kind).unavailable.is_none(), "{kind}");
        }
        assert!(
            PolicyKind::ALL
                .iter()
                .all(|kind| Granted::Unknown.refusal(*kind).is_none())
        );
    }
}
