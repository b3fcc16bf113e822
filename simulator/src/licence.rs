//! Licences beside that of Intune, and how a service refuses a tenant without one.

use crate::{
    answer::Answer,
    errors::{self, ErrorForm, Problem},
    kinds::{Kind, Side},
};

/// A licence that a tenant may lack; see [`crate::TenantSpec::lacks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Licence {
    /// Windows Enterprise or Education: Windows update profiles, remediations.
    WindowsEnterprise,
    Windows365,
    CloudPki,
    /// Microsoft Tunnel.
    Tunnel,
    /// Entra ID P1: Conditional Access with what it refers to, terms of use.
    EntraP1,
}

impl Licence {
    /// What the service of a kind answers a tenant without this licence.
    pub(crate) fn refusal(self, kind: &Kind, place: &str) -> Answer {
        let (status, code, message) = match self {
            Self::WindowsEnterprise => {
                let message = "Tenant is not licensed for Windows Enterprise or Education";
                match kind.collection {
                    "deviceHealthScripts" => (403, "Forbidden", message),
                    _ => (400, "BadRequest", message),
                }
            }
            Self::Windows365 => (403, "Forbidden", "Tenant is not licensed for Windows 365"),
            Self::CloudPki => (
                403,
                "Forbidden",
                "Tenant is not licensed for Microsoft Cloud PKI or the Intune Suite",
            ),
            Self::Tunnel => (
                403,
                "Forbidden",
                "Tenant is not licensed for Microsoft Tunnel",
            ),
            Self::EntraP1 => (
                403,
                "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                "Neither tenant is B2C or tenant doesn't have premium license",
            ),
        };
        match kind.side {
            Side::Directory => errors::plain(status, code, message),
            Side::Intune => Problem {
                status,
                code,
                message,
                place,
            }
            .wrapped(ErrorForm::A),
        }
    }
}
