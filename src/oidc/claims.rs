//! What a token says, held against what the operator chose: the rules of who is let in.
//!
//! A person is the pair of issuer and subject. Names and addresses are shown and never compared:
//! whoever administers a directory can set them to anything.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Number;
use uuid::Uuid;

use super::{
    Rejection,
    settings::{EntraIssuer, IssuerName, IssuerSettings},
};
use crate::domain::identity::Identity;

/// How far the clocks of issuer and server may be apart.
pub const SKEW: TimeDelta = TimeDelta::seconds(60);
/// The version of Entra's tokens that is accepted.
const ENTRA_VERSION: &str = "2.0";
/// Longest subject, in bytes; the standard allows no more.
const LONGEST_SUBJECT: usize = 255;
/// Most characters of what is shown.
const LONGEST_SHOWN: usize = 256;

/// The claims that are looked at.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    #[serde(default)]
    aud: Texts,
    exp: Option<Number>,
    nbf: Option<Number>,
    sub: Option<String>,
    pub(super) tid: Option<String>,
    oid: Option<String>,
    ver: Option<String>,
    #[serde(default)]
    scp: Texts,
    #[serde(default)]
    scope: Texts,
    #[serde(default)]
    roles: Texts,
    client_id: Option<String>,
    name: Option<String>,
    email: Option<String>,
    preferred_username: Option<String>,
}

/// Issuers write a text, or a list; what else they write there means nothing here.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
    Other(IgnoredAny),
}

impl Default for Texts {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Texts {
    fn contain(&self, text: &str) -> bool {
        match self {
            Self::One(one) => one == text,
            Self::Many(many) => many.iter().any(|one| one == text),
            Self::Other(_) => false,
        }
    }

    /// The same, where a text is a list by its spaces.
    fn list(&self, word: &str) -> bool {
        match self {
            Self::One(words) => words.split(' ').any(|one| one == word),
            Self::Many(_) | Self::Other(_) => self.contain(word),
        }
    }
}

/// Whether the token calls itself one of this issuer.
pub(super) fn is_from(name: &IssuerName, claims: &Claims) -> bool {
    match name {
        IssuerName::Exact(exact) => *exact == claims.iss,
        IssuerName::Entra(entra) => directory_of(entra, claims).is_some(),
    }
}

/// The token's directory, if the issuer is that of the directory.
fn directory_of(entra: &EntraIssuer, claims: &Claims) -> Option<Uuid> {
    let directory = claims.tid.as_deref()?.parse().ok()?;
    (entra.filled(directory) == claims.iss).then_some(directory)
}

/// The person that a token of this issuer stands for, if its signature is good.
pub(super) fn check(
    settings: &IssuerSettings,
    claims: &Claims,
    now: DateTime<Utc>,
) -> Result<Identity, Rejection> {
    let subject = match &settings.name {
        IssuerName::Exact(_) => subject_of(claims)?,
        IssuerName::Entra(entra) => object_of(entra, claims)?,
    };
    if !claims.aud.contain(&settings.audience) {
        return Err(Rejection::Audience);
    }
    let expires_at = instant(claims.exp.as_ref().ok_or(Rejection::Malformed)?)?;
    if now >= expires_at + SKEW {
        return Err(Rejection::Expired);
    }
    let begins_at = claims.nbf.as_ref().map(instant).transpose()?;
    if begins_at.is_some_and(|begins| now < begins - SKEW) {
        return Err(Rejection::NotYet);
    }
    let has = |scope: &String| match settings.name {
        IssuerName::Exact(_) => claims.scope.list(scope) || claims.scp.list(scope),
        IssuerName::Entra(_) => claims.scp.list(scope),
    };
    if !settings.scopes.iter().all(has) {
        return Err(Rejection::Scope);
    }
    let admin_role = settings.admin_role.as_deref();
    Ok(Identity {
        issuer: claims.iss.clone(),
        subject,
        display_name: shown(claims.name.as_deref())
            .or_else(|| shown(claims.preferred_username.as_deref())),
        email: shown(claims.email.as_deref()),
        expires_at,
        may_create_tenants: admin_role.is_some_and(|role| claims.roles.contain(role)),
    })
}

fn subject_of(claims: &Claims) -> Result<String, Rejection> {
    let subject = claims.sub.as_deref().unwrap_or_default();
    let is_usable = !subject.trim().is_empty()
        && subject.len() <= LONGEST_SUBJECT
        && !subject.contains(char::is_control);
    if !is_usable {
        return Err(Rejection::Subject);
    }
    // A client that asks for itself is its own subject (RFC 9068, 2.2).
    if claims.client_id.as_deref() == Some(subject) {
        return Err(Rejection::NotAPerson);
    }
    Ok(subject.to_owned())
}

fn object_of(entra: &EntraIssuer, claims: &Claims) -> Result<String, Rejection> {
    let directory = directory_of(entra, claims).ok_or(Rejection::Issuer)?;
    if !entra.directories.contain(directory) {
        return Err(Rejection::Directory);
    }
    if claims.ver.as_deref() != Some(ENTRA_VERSION) {
        return Err(Rejection::Version);
    }
    let object = claims.oid.as_deref().and_then(|oid| oid.parse().ok());
    let object: Uuid = object.ok_or(Rejection::Subject)?;
    Ok(object.hyphenated().to_string())
}

/// Seconds since 1970, which may have a fraction.
fn instant(seconds: &Number) -> Result<DateTime<Utc>, Rejection> {
    let seconds = seconds.as_f64().ok_or(Rejection::Malformed)?;
    let since = Duration::try_from_secs_f64(seconds).map_err(|_| Rejection::Malformed)?;
    let since = TimeDelta::from_std(since).map_err(|_| Rejection::Malformed)?;
    let instant = DateTime::UNIX_EPOCH.checked_add_signed(since);
    // Room for the skew on both sides.
    instant
        .filter(|at| at.checked_add_signed(SKEW).is_some())
        .ok_or(Rejection::Malformed)
}

/// A text as it is kept for show: one line, not too long.
fn shown(text: Option<&str>) -> Option<String> {
    let line = text?.replace(char::is_control, " ");
    let clipped: String = line.trim().chars().take(LONGEST_SHOWN).collect();
    (!clipped.is_empty()).then_some(clipped)
}
