//! Who makes a request: a person or an automation.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        actor::Actor,
        api_token::ApiToken,
        global_id::GlobalId,
        ids::{ApiTokenId, UserId},
    },
    oidc::SKEW,
};

/// A person who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: UserId,
    /// Name to show.
    pub(super) name: String,
    /// E-mail address, for show only.
    pub(super) email: Option<String>,
    /// When the credential expires, as the provider says.
    pub(super) expires_at: DateTime<Utc>,
    /// The right to create tenants, which the identity provider grants.
    pub(super) may_create_tenants: bool,
}

impl Person {
    /// Whether the token still holds: as long as a request with it is let in.
    pub(super) fn holds(&self, now: DateTime<Utc>) -> bool {
        now < self.expires_at + SKEW
    }
}

/// Who makes a request.
#[derive(Clone, Debug)]
pub(super) enum Principal {
    Person(Person),
    Token(ApiToken),
}

/// The same, as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PrincipalId {
    Person(UserId),
    Token(ApiTokenId),
}

impl Principal {
    pub(super) fn id(&self) -> PrincipalId {
        match self {
            Self::Person(person) => PrincipalId::Person(person.id),
            Self::Token(token) => PrincipalId::Token(token.id),
        }
    }

    /// The principal, as what it does is remembered.
    pub(super) fn actor(&self) -> Actor {
        match self {
            Self::Person(person) => Actor::User {
                id: person.id,
                name: person.name.clone(),
            },
            Self::Token(token) => Actor::ApiToken {
                id: token.id,
                name: token.name.to_string(),
            },
        }
    }

    /// Whether its credential holds by itself, as far as time goes.
    pub(super) fn holds(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Person(person) => person.holds(now),
            Self::Token(token) => now < token.expires_at,
        }
    }

    /// When its credential expires.
    pub(super) fn expires_at(&self) -> DateTime<Utc> {
        match self {
            Self::Person(person) => person.expires_at,
            Self::Token(token) => token.expires_at,
        }
    }
}

impl fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Person(id) => id.to_global(),
            Self::Token(id) => id.to_global(),
        })
    }
}
