//! Repeats: a mutation with an idempotency key that was carried out before is answered again.

use std::str::FromStr;

use async_graphql::InputType;
use chrono::{DateTime, Utc};

use super::{
    access::Caller,
    faults::{Faults, Undone, UserErrorCode},
};
use crate::{
    domain::canonical::{self, Hash},
    store::{
        Claim, Db,
        idempotency::{self, Memory, Request},
    },
};

/// Where the key stands in every input that has one.
const PATH: &[&str] = &["input", "idempotencyKey"];

/// A mutation that may be a repeat.
#[derive(Clone, Debug)]
pub(super) struct Repeat(Option<Request>);

impl Repeat {
    /// The mutation `operation` with an input; the rules of the key are checked.
    pub(super) fn of(
        caller: &Caller,
        operation: &'static str,
        key: Option<&str>,
        input: &impl InputType,
        faults: &mut Faults,
    ) -> Self {
        let Some(key) = key else { return Self(None) };
        if !is_key(key) {
            let message = "a key has 8 to 128 characters of letters, digits and . _ : -";
            faults.add(UserErrorCode::InvalidValue, message, PATH);
            return Self(None);
        }
        // What the schema reads can be written as JSON.
        let input = input.to_value().into_json().unwrap_or_default();
        Self(Some(Request {
            principal: caller.principal.id().to_string(),
            operation,
            key: key.to_owned(),
            input: Hash::of(&canonical::bytes(&input)),
        }))
    }

    /// What the mutation made when it was carried out before. Whoever asks has locked what the
    /// mutation is about, so that the same mutation sent twice at once is answered one by one.
    pub(super) fn earlier<I: FromStr>(
        &self,
        db: &mut Db,
        now: DateTime<Utc>,
    ) -> Result<Option<I>, Undone> {
        let Some(request) = &self.0 else {
            return Ok(None);
        };
        match idempotency::recall(db, request, now)? {
            Memory::First => Ok(None),
            Memory::Done(made) => Ok(made.parse().ok()),
            Memory::Reused => Err(reused().into()),
        }
    }

    /// Remembers what the mutation made.
    pub(super) fn remember(
        &self,
        db: &mut Db,
        made: impl ToString,
        now: DateTime<Utc>,
    ) -> Result<(), Undone> {
        let Some(request) = &self.0 else {
            return Ok(());
        };
        match idempotency::remember(db, request, &made.to_string(), now)? {
            Claim::Ours => Ok(()),
            // The key came with another input at the same time, else the lock would have held it.
            Claim::Taken => Err(reused().into()),
        }
    }
}

fn reused() -> Faults {
    let message = "the key was used with another input in the last 24 hours";
    Faults::one(UserErrorCode::IdempotencyKeyReused, message, PATH)
}

fn is_key(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    (8..=128).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_plain_and_neither_short_nor_long() {
        for (text, expected) in [
            ("12345678", true),
            ("a.b_c:d-E", true),
            (&"k".repeat(128), true),
            ("1234567", false),
            ("1234 5678", false),
            ("schlüssel", false),
            (&"k".repeat(129), false),
        ] {
            assert_eq!(is_key(text), expected, "{text}");
        }
    }
}
