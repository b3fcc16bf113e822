//! API tokens: credentials of automations, bound to one tenant and one role.
//!
//! A token's text is `ta_<key id>_<secret>_<checksum>`: the key identifier finds it, the secret (256
//! random bits in base62) proves it, and prefix and checksum let secret scanners recognise it
//! without false alarms.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};

use super::{
    actor::Actor,
    base62,
    canonical::Hash,
    ids::{ApiTokenId, TenantId},
    name::Name,
    role::Role,
};

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

    /// Whether it can be used.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
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
