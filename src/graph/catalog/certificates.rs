//! Certificates to which profiles refer by navigation, which no list shows: without them a
//! restored Wi-Fi or VPN profile has lost its chain of trust.

use super::{Collection, FollowUp, NOTHING_OR_UNKNOWN, Read, Single, Weight, When};

/// A link to one certificate profile. A service that has no such link says 400 or 404.
macro_rules! link {
    ($into:literal, $types:expr) => {
        FollowUp {
            when: When::Type($types),
            weight: Weight::Small,
            read: Read::Single(Single {
                path: concat!(
                    "/{id}/microsoft.graph.{type}/",
                    $into,
                    "?$select=id,displayName"
                ),
                into: $into,
                none_on: NOTHING_OR_UNKNOWN,
                ..Single::NONE
            }),
        }
    };
}

pub(super) const ROOT: FollowUp = link!(
    "rootCertificate",
    &[
        "androidDeviceOwnerPkcsCertificateProfile",
        "androidDeviceOwnerScepCertificateProfile",
        "androidForWorkPkcsCertificateProfile",
        "androidForWorkScepCertificateProfile",
        "androidPkcsCertificateProfile",
        "androidScepCertificateProfile",
        "androidWorkProfilePkcsCertificateProfile",
        "androidWorkProfileScepCertificateProfile",
        "aospDeviceOwnerPkcsCertificateProfile",
        "aospDeviceOwnerScepCertificateProfile",
        "iosScepCertificateProfile",
        "macOSScepCertificateProfile",
        "windows81SCEPCertificateProfile",
        "windowsPhone81SCEPCertificateProfile",
    ]
);

pub(super) const IDENTITY: FollowUp = link!(
    "identityCertificate",
    &[
        "androidDeviceOwnerVpnConfiguration",
        "androidEasEmailProfileConfiguration",
        "androidForWorkGmailEasConfiguration",
        "androidForWorkNineWorkEasConfiguration",
        "androidForWorkVpnConfiguration",
        "androidVpnConfiguration",
        "androidWorkProfileGmailEasConfiguration",
        "androidWorkProfileNineWorkEasConfiguration",
        "androidWorkProfileVpnConfiguration",
        "iosEasEmailProfileConfiguration",
        "iosVpnConfiguration",
        "iosikEv2VpnConfiguration",
        "macOSVpnConfiguration",
        "windows10VpnConfiguration",
        "windowsPhone81VpnConfiguration",
    ]
);

pub(super) const SERVER_ROOTS: FollowUp = FollowUp {
    when: When::Type(&[
        "iosEnterpriseWiFiConfiguration",
        "macOSEnterpriseWiFiConfiguration",
        "macOSWiredNetworkConfiguration",
        "windowsWifiEnterpriseEAPConfiguration",
        "windowsWiredNetworkConfiguration",
    ]),
    weight: Weight::Small,
    read: Read::Collection(Collection {
        path: "/{id}/microsoft.graph.{type}/rootCertificatesForServerValidation?$select=id,displayName",
        into: "rootCertificatesForServerValidation",
        none_on: NOTHING_OR_UNKNOWN,
        ..Collection::NONE
    }),
};

pub(super) const SERVER_ROOT: FollowUp = link!(
    "rootCertificateForServerValidation",
    &[
        "androidDeviceOwnerEnterpriseWiFiConfiguration",
        "androidEnterpriseWiFiConfiguration",
        "androidForWorkEnterpriseWiFiConfiguration",
        "androidWorkProfileEnterpriseWiFiConfiguration",
        "aospDeviceOwnerEnterpriseWiFiConfiguration",
        "macOSEnterpriseWiFiConfiguration",
        "macOSWiredNetworkConfiguration",
    ]
);

pub(super) const CLIENT_ROOT: FollowUp = link!(
    "rootCertificateForClientValidation",
    &[
        "windowsWifiEnterpriseEAPConfiguration",
        "windowsWiredNetworkConfiguration",
    ]
);

pub(super) const CLIENT_IDENTITY: FollowUp = link!(
    "identityCertificateForClientAuthentication",
    &[
        "androidDeviceOwnerEnterpriseWiFiConfiguration",
        "androidEnterpriseWiFiConfiguration",
        "androidForWorkEnterpriseWiFiConfiguration",
        "androidWorkProfileEnterpriseWiFiConfiguration",
        "aospDeviceOwnerEnterpriseWiFiConfiguration",
        "iosDeviceFeaturesConfiguration",
        "iosEnterpriseWiFiConfiguration",
        "macOSEnterpriseWiFiConfiguration",
        "macOSWiredNetworkConfiguration",
        "windowsWifiEnterpriseEAPConfiguration",
        "windowsWiredNetworkConfiguration",
    ]
);

pub(super) const SECOND_CLIENT_ROOT: FollowUp = link!(
    "secondaryRootCertificateForClientValidation",
    &["windowsWiredNetworkConfiguration"]
);

pub(super) const SECOND_CLIENT_IDENTITY: FollowUp = link!(
    "secondaryIdentityCertificateForClientAuthentication",
    &["windowsWiredNetworkConfiguration"]
);

pub(super) const MAIL_SIGNING: FollowUp = link!(
    "smimeSigningCertificate",
    &[
        "androidEasEmailProfileConfiguration",
        "iosEasEmailProfileConfiguration",
    ]
);

pub(super) const MAIL_ENCRYPTION: FollowUp = link!(
    "smimeEncryptionCertificate",
    &[
        "androidEasEmailProfileConfiguration",
        "iosEasEmailProfileConfiguration",
    ]
);

pub(super) const SINGLE_SIGN_ON: FollowUp = link!(
    "singleSignOnExtensionPkinitCertificate",
    &[
        "iosDeviceFeaturesConfiguration",
        "macOSDeviceFeaturesConfiguration",
    ]
);
