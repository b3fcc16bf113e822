//! API tokens: credentials of automations, bound to one tenant and one role.
//!
//! A token's text is `ta_<key id>_<secret>_<checksum>`: the key identifier finds it, the secret (256
//! random bits in base62) proves it, and prefix and checksum let secret scanners recognise it
//! without false alarms.

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    actor::Actor,
    base62,
    canonical::Hash,
    ids::{ApiTokenId, TenantId},
    name::Name,
    role::Role,
    words::words,
};

/// The most tokens of a tenant that can be used.
pub const MOST_TOKENS: usize = 100;

words! {
    /// Whether a token can be used.
    TokenStatus {
        /// It can.
        Active "ACTIVE"
        /// Its time is over.
        Expired "EXPIRED"
        /// Somebody revoked it.
        Revoked "REVOKED"
    }
}

/// For how many days a token is made, 1 to 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(u16);

impl Lifetime {
    /// The longest, in days.
    pub const MAX: u16 = 365;

    /// So many days, if that is a number allowed.
    pub fn of(days: i32) -> Option<Self> {
        let days = u16::try_from(days).ok()?;
        (1..=Self::MAX).contains(&days).then_some(Self(days))
    }

    /// The number of days.
    pub fn days(self) -> u16 {
        self.0
    }
}

impl Role {
    /// Whether somebody of this rank may make a token of another one: none above its own, and none
    /// of an owner, because owners are people.
    pub fn may_hand_out(self, wanted: Self) -> bool {
        wanted <= self && wanted < Self::Owner
    }
}

const PREFIX: &str = "ta_";
const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;

/// A credential of an automation, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its identifier.
    pub id: ApiTokenId,
    /// The only tenant it is for.
    pub tenant: TenantId,
    /// The public part of its text.
    pub key_id: String,
    /// Hash of the secret part of its text.
    pub secret_hash: Hash,
    /// Name to show.
    pub name: Name,
    /// Its rank; never owner.
    pub role: Role,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Who created it.
    pub created_by: Actor,
    /// When it stops working by itself.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiToken {
    /// The first characters of its text, enough to recognise it by.
    pub fn prefix(&self) -> String {
        format!("{PREFIX}{}", self.key_id)
    }

    /// Whether it can be used, and if not, why. What was revoked stays revoked.
    pub fn status(&self, now: DateTime<Utc>) -> TokenStatus {
        match self.revoked_at {
            Some(_) => TokenStatus::Revoked,
            None if now < self.expires_at => TokenStatus::Active,
            None => TokenStatus::Expired,
        }
    }

    /// Whether it can be used.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.status(now) == TokenStatus::Active
    }

    /// The same token, useless from now on; none if it is useless already.
    pub fn revoked(&self, now: DateTime<Utc>) -> Option<Self> {
        let revoked = Self {
            revoked_at: Some(now),
            ..self.clone()
        };
        self.is_usable(now).then_some(revoked)
    }
}

/// What somebody wants of a new token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// For which tenant.
    pub tenant: TenantId,
    /// What it is called.
    pub name: Name,
    /// Its rank; never owner.
    pub role: Role,
    /// For how long.
    pub lifetime: Lifetime,
}

impl NewToken {
    /// The token and its text, from random bytes.
    pub fn made(self, random: [u8; 32], by: Actor, now: DateTime<Utc>) -> (ApiToken, TokenText) {
        let id = ApiTokenId::mint();
        let text = TokenText::new(id, random);
        let token = ApiToken {
            id,
            tenant: self.tenant,
            key_id: text.key_id().to_owned(),
            secret_hash: text.secret_hash(),
            name: self.name,
            role: self.role,
            created_at: now,
            created_by: by,
            expires_at: now + TimeDelta::days(self.lifetime.days().into()),
            last_used_at: None,
            revoked_at: None,
        };
        (token, text)
    }
}

/// The text of a token. It is shown once, when the token is made, and is otherwise not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenText {
    key_id: String,
    secret: String,
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenText")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// A text that is no token of ours.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API token")]
pub struct NotAToken;

impl TokenText {
    /// The text of a new token, from random bytes.
    pub fn new(token: ApiTokenId, random: [u8; 32]) -> Self {
        Self {
            key_id: base62::encode(token.as_uuid().as_bytes(), 22),
            secret: base62::encode(&random, SECRET_LENGTH),
        }
    }

    /// The public part, by which the token is found.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// What is stored of the secret part.
    pub fn secret_hash(&self) -> Hash {
        Hash::of(self.secret.as_bytes())
    }

    /// The text itself, to be shown to whoever made the token.
    pub fn reveal(&self) -> String {
        let body = format!("{}_{}", self.key_id, self.secret);
        let checksum = checksum(&body);
        format!("{PREFIX}{body}_{checksum}")
    }
}

impl FromStr for TokenText {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let body = text.strip_prefix(PREFIX).ok_or(NotAToken)?;
        let (body, sum) = body.rsplit_once('_').ok_or(NotAToken)?;
        let (key_id, secret) = body.split_once('_').ok_or(NotAToken)?;
        let is_plain = key_id
            .bytes()
            .chain(secret.bytes())
            .all(|byte| byte.is_ascii_alphanumeric());
        if secret.len() != SECRET_LENGTH || !is_plain || checksum(body) != sum {
            return Err(NotAToken);
        }
        Ok(Self {
            key_id: key_id.to_owned(),
            secret: secret.to_owned(),
        })
    }
}

fn checksum(body: &str) -> String {
    let [a, b, c, d, ..] = Hash::of(body.as_bytes()).bytes();
    base62::encode(&[a, b, c, d], CHECKSUM_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_has_a_higher_rank_than_whoever_made_it() {
        for (own, wanted, expected) in [
            (Role::Manager, Role::Readonly, true),
            (Role::Manager, Role::Manager, true),
            (Role::Operator, Role::Manager, false),
            (Role::Owner, Role::Manager, true),
            (Role::Owner, Role::Owner, false),
        ] {
            assert_eq!(own.may_hand_out(wanted), expected, "{own} {wanted}");
        }
    }

    #[test]
    fn a_token_is_revoked_once() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let new = NewToken {
            tenant: TenantId::mint(),
            name: "Nightly".parse().unwrap(),
            role: Role::Readonly,
            lifetime: Lifetime::of(1).unwrap(),
        };
        let by = Actor::System(crate::domain::actor::Component::CommandLine);
        let (token, _) = new.made([1; 32], by, at(0));
        assert_eq!(token.status(at(86_399)), TokenStatus::Active);
        assert_eq!(token.status(at(86_400)), TokenStatus::Expired);
        assert_eq!(token.revoked(at(86_400)), None);
        let revoked = token.revoked(at(5)).unwrap();
        assert_eq!(revoked.status(at(90_000)), TokenStatus::Revoked);
        assert_eq!(revoked.revoked(at(6)), None);
        for days in [0, -1, 366] {
            assert_eq!(Lifetime::of(days), None);
        }
    }

    #[test]
    fn a_text_is_read_back_and_a_changed_one_is_not() {
        let text = TokenText::new(ApiTokenId::mint(), [0xff; 32]);
        let shown = text.reveal();
        assert_eq!(shown.parse(), Ok(text.clone()));
        assert_eq!(shown.len(), 3 + 22 + 1 + 43 + 1 + 6);
        let mut changed = shown.clone();
        changed.replace_range(
            30..31,
            if changed.as_bytes()[30] == b'x' {
                "y"
            } else {
                "x"
            },
        );
        for other in [changed.as_str(), "", "ta_", "ta_a_b_c", &shown[1..]] {
            assert_eq!(other.parse::<TokenText>(), Err(NotAToken), "{other}");
        }
        assert!(!format!("{text:?}").contains(&text.secret));
    }
}
