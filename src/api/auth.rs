//! Who is asking: API tokens, checked against the database at each request.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::{
    call::Rooms,
    error::{Code, Refusal, Result},
};
use crate::{
    domain::{
        api_token::{ApiToken, TokenText},
        canonical::Hash,
        ids::ApiTokenId,
    },
    store::{Store, StoreError, api_tokens},
    telemetry::chain,
};

/// The same answer whatever is wrong with a credential.
fn unauthenticated() -> Refusal {
    let message = "send `Authorization: Bearer` with a valid API token";
    Refusal::new(Code::Unauthenticated, message)
}

/// The token that a header or a connection's first message carries.
///
/// # Errors
///
/// UNAUTHENTICATED for everything that is not a token in force.
pub(super) async fn authenticate(rooms: &Rooms, authorization: Option<&str>) -> Result<ApiToken> {
    let text: TokenText = authorization
        .and_then(bearer)
        .and_then(|text| text.parse().ok())
        .ok_or_else(unauthenticated)?;
    let key = text.key_id().to_owned();
    let stored = rooms
        .store
        .read(move |db| api_tokens::find_by_key(db, &key))
        .await?;
    let now = rooms.clock.now();
    let token = stored
        .filter(|token| are_equal(token.secret_hash, text.secret_hash()))
        .filter(|token| token.is_usable(now))
        .ok_or_else(unauthenticated)?;
    note_use(rooms, &token, now);
    Ok(token)
}

/// A token as it is now, unless it does not hold any more.
pub(super) async fn in_force(
    store: &Store,
    token: ApiTokenId,
    now: DateTime<Utc>,
) -> Result<Option<ApiToken>> {
    let stored = store.read(move |db| api_tokens::find(db, token));
    Ok(stored.await?.filter(|token| token.is_usable(now)))
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, credential) = header.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| credential.trim_matches(' '))
}

/// Compares without telling by its duration where two hashes differ.
fn are_equal(one: Hash, other: Hash) -> bool {
    let pairs = one.bytes().into_iter().zip(other.bytes());
    pairs.fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// Notes the use of a token, to the minute, beside the request: it need not wait for the writer.
fn note_use(rooms: &Rooms, token: &ApiToken, now: DateTime<Utc>) {
    let minute = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
    if token.last_used_at.is_some_and(|last| last >= minute) {
        return;
    }
    let (store, id) = (rooms.store.clone(), token.id);
    actix_rt::spawn(async move {
        let noted = store.write(move |db, _| api_tokens::note_use(db, id, minute));
        let noted: std::result::Result<(), StoreError> = noted.await;
        if let Err(error) = noted {
            tracing::warn!(token.id = %id, error = %chain(&error), "the use of a token was not noted");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bearer_credentials_are_read() {
        for (header, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Basic abc", None),
            ("Bearer", None),
            ("", None),
        ] {
            assert_eq!(bearer(header), expected, "{header}");
        }
    }

    #[test]
    fn hashes_are_equal_when_every_byte_is() {
        let (one, other) = (Hash::of(b"one"), Hash::of(b"other"));
        assert!(are_equal(one, one));
        assert!(!are_equal(one, other));
    }
}
