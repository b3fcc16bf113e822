//! Whom a new membership is for: one of three ways to name a person.

use async_graphql::{ID, InputObject, OneofObject};

use super::{
    call::Call,
    error::Result,
    faults::{Faults, Stop, UserErrorCode, found},
    ids,
    loaders::TheMember,
    scalars::Uuid,
};
use crate::{domain::ids::UserId, store::members::User};

/// A person: exactly one of its fields.
#[derive(OneofObject, Clone, Debug)]
pub(super) enum TenantMemberPrincipalInput {
    /// Someone who is a member of a tenant of the caller's (NOT_FOUND).
    UserId(ID),
    /// Someone in Microsoft Entra, who need not have signed in yet.
    EntraUser(EntraUserInput),
    /// Someone at another accepted issuer, who need not have signed in yet.
    OidcUser(OidcUserInput),
}

/// A person in Microsoft Entra. Never an e-mail address, because those can change hands.
#[derive(InputObject, Clone, Debug)]
pub(super) struct EntraUserInput {
    /// Directory (tenant) ID of the person's home tenant; one whose people may sign in (INVALID_VALUE).
    entra_tenant_id: Uuid,
    /// Object ID of the person there.
    object_id: Uuid,
}

/// A person at an OpenID Connect issuer.
#[derive(InputObject, Clone, Debug)]
pub(super) struct OidcUserInput {
    /// Issuer, exactly as in its tokens; one of those configured, and not Microsoft Entra (INVALID_VALUE).
    issuer: String,
    /// Subject, exactly as in its tokens, 1 to 255 characters (BLANK, TOO_LONG).
    subject: String,
}

/// Where the person is named in the input.
pub(super) const PATH: &[&str] = &["input", "principal"];

/// The most characters of a subject.
const LONGEST_SUBJECT: usize = 255;

/// Whom somebody means.
#[derive(Clone, Debug)]
pub(super) enum Whom {
    /// A person who is known here.
    Known(User),
    /// A person who may sign in, known or not.
    At {
        /// The issuer, as in its tokens.
        issuer: String,
        /// The subject, as in its tokens.
        subject: String,
    },
}

impl TenantMemberPrincipalInput {
    /// Reads the identifier in it, which is wrong or right by itself.
    pub(super) fn user_id(&self) -> Result<Option<UserId>> {
        match self {
            Self::UserId(id) => ids::read(id).map(Some),
            Self::EntraUser(_) | Self::OidcUser(_) => Ok(None),
        }
    }

    /// The person who is meant. One who shares no tenant with the caller is as good as missing.
    pub(super) async fn find(&self, call: &Call) -> std::result::Result<Whom, Stop> {
        match self {
            Self::UserId(id) => {
                let reached = call.reach(ids::read(id)?, TheMember).await;
                let (_, user) = found(reached, &["input", "principal", "userId"])?;
                Ok(Whom::Known(user))
            }
            Self::EntraUser(entra) => Ok(entra.find(call)?),
            Self::OidcUser(oidc) => Ok(oidc.find(call)?),
        }
    }
}

impl EntraUserInput {
    fn find(&self, call: &Call) -> std::result::Result<Whom, Faults> {
        let identity = call
            .issuers
            .entra_identity(self.entra_tenant_id.0, self.object_id.0);
        let (issuer, subject) = identity.ok_or_else(|| {
            let message = "people of this directory cannot sign in: no issuer is configured for it";
            let path = ["input", "principal", "entraUser", "entraTenantId"];
            Faults::one(UserErrorCode::InvalidValue, message, &path)
        })?;
        Ok(Whom::At { issuer, subject })
    }
}

impl OidcUserInput {
    fn find(&self, call: &Call) -> std::result::Result<Whom, Faults> {
        let mut faults = Faults::default();
        let path = ["input", "principal", "oidcUser", "issuer"];
        if self.is_of_entra(call) {
            let message = "people of Microsoft Entra are named by `entraUser`";
            faults.add(UserErrorCode::InvalidValue, message, &path);
        } else if !call.issuers.accept(&self.issuer) {
            let message =
                "nobody can sign in from this issuer: it is not configured, letter by letter";
            faults.add(UserErrorCode::InvalidValue, message, &path);
        }
        let path = ["input", "principal", "oidcUser", "subject"];
        if self.subject.trim().is_empty() {
            let message = "a subject must not be blank";
            faults.add(UserErrorCode::Blank, message, &path);
        } else if self.subject.chars().count() > LONGEST_SUBJECT {
            let message = format!("a subject has at most {LONGEST_SUBJECT} characters");
            faults.add(UserErrorCode::TooLong, message, &path);
        } else if self.subject.contains(char::is_control) {
            let message = "a subject has no control characters";
            faults.add(UserErrorCode::InvalidValue, message, &path);
        }
        faults.or(Some(Whom::At {
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
        }))
    }

    /// Whether the issuer is that of a directory of Entra: there the object ID counts, and not the
    /// `sub` that its tokens also have.
    fn is_of_entra(&self, call: &Call) -> bool {
        let mut parts = self.issuer.split('/');
        let directory = parts.find_map(|part| part.parse::<uuid::Uuid>().ok());
        let identity = directory.and_then(|id| call.issuers.entra_identity(id, id));
        identity.is_some_and(|(issuer, _)| issuer == self.issuer)
    }
}
