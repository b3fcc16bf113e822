//! Who is asking: API tokens, checked against the database at each request, and people, as their
//! identity provider says.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use tracing::Instrument;

use super::{
    call::Rooms,
    error::{Code, Refusal, Result},
    principal::{Person, Principal},
};
use crate::{
    domain::{
        api_token::{ApiToken, TokenText},
        canonical::Hash,
        global_id::GlobalId,
        identity::Identity,
    },
    oidc::Rejection,
    store::{
        Store, StoreError, api_tokens,
        members::{self, User},
    },
    task,
    telemetry::chain,
};

/// The same answer whatever is wrong with a credential.
fn unauthenticated() -> Refusal {
    let message =
        "send `Authorization: Bearer` with a valid API token, or an access token of a person";
    Refusal::new(Code::Unauthenticated, message)
}

/// Whoever a header or a connection's first message speaks for.
///
/// # Errors
///
/// UNAUTHENTICATED for everything that is not a credential in force.
pub(super) async fn authenticate(rooms: &Rooms, authorization: Option<&str>) -> Result<Principal> {
    let text = authorization.and_then(bearer).ok_or_else(unauthenticated)?;
    if let Ok(text) = text.parse() {
        return token(rooms, text).await.map(Principal::Token);
    }
    let identity = rooms.issuers.verify(text).await;
    let identity = identity.map_err(|rejection| {
        if rejection != Rejection::NoKeys {
            return unauthenticated();
        }
        // Not the caller's fault, and nothing that the caller could mend.
        let message = "the identity provider cannot be asked for its keys; try again";
        Refusal::new(Code::Unavailable, message)
    })?;
    sign_in(&rooms.store, identity).await.map(Principal::Person)
}

/// The API token with this text.
async fn token(rooms: &Rooms, text: TokenText) -> Result<ApiToken> {
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

/// The person whom an identity provider has named, known from now on. Name and e-mail address are
/// those of the last sign-in.
async fn sign_in(store: &Store, identity: Identity) -> Result<Person> {
    let known = {
        let (issuer, subject) = (identity.issuer.clone(), identity.subject.clone());
        let known = store.read(move |db| members::find_user(db, &issuer, &subject));
        known.await?
    };
    let user = match known.filter(|user| is_current(user, &identity)) {
        Some(user) => user,
        None => {
            let shown = identity.clone();
            store
                .write(move |db, now| members::note_sign_in(db, &shown, now))
                .await?
        }
    };
    Ok(Person {
        id: user.id,
        name: user.display_name,
        email: user.email,
        expires_at: identity.expires_at,
        may_create_tenants: identity.may_create_tenants,
    })
}

/// Whether a person is known by the name and address that the provider tells now. What it does not
/// tell stays: tokens for one front end may say less than those for another.
fn is_current(user: &User, identity: &Identity) -> bool {
    let (name, email) = (&identity.display_name, &identity.email);
    name.as_ref().is_none_or(|name| *name == user.display_name)
        && (email.is_none() || *email == user.email)
}

/// A principal as it is now, unless its credential does not hold any more.
pub(super) async fn in_force(
    store: &Store,
    principal: &Principal,
    now: DateTime<Utc>,
) -> Result<Option<Principal>> {
    match principal {
        Principal::Person(person) => Ok(person.holds(now).then(|| principal.clone())),
        Principal::Token(token) => {
            let id = token.id;
            let stored = store.read(move |db| api_tokens::find(db, id)).await?;
            let usable = stored.filter(|token| token.is_usable(now));
            Ok(usable.map(Principal::Token))
        }
    }
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
    let noting = async move {
        let noted = store.write(move |db, _| api_tokens::note_use(db, id, minute));
        let noted: std::result::Result<(), StoreError> = noted.await;
        match noted {
            Ok(()) => {}
            // Each request tries it again.
            Err(error) if error.is_told() => {
                tracing::debug!(token.id = %id.to_global(), error = %chain(&error), "the use of a token was not noted");
            }
            Err(error) => {
                tracing::warn!(token.id = %id.to_global(), error = %chain(&error), "the use of a token was not noted");
            }
        }
    };
    task::spawn_local(noting.in_current_span());
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
