//! Tokens: fetched once for all who need them, kept in memory, renewed early.
//!
//! A token due for renewal is renewed by one caller while the others go on with it; if that fails,
//! it is used until it expires. What a token permits is read from it, but only to inform: Graph
//! decides.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;

use super::{access::TenantAccess, settings::Hosts, sign_in_refusal::SignInRefusal};

/// How long before its end a token is renewed.
const RENEWED_BEFORE_END: Duration = Duration::from_secs(300);
/// How long a token that could not be renewed is used before the next attempt.
const RENEWAL_PAUSE: TimeDelta = TimeDelta::seconds(60);

/// Application permissions that a token carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// These; none if nobody consented.
    Known(BTreeSet<String>),
    /// The token could not be read. It may be good nevertheless.
    Unknown,
}

/// A token, and what is known about it.
#[derive(Debug)]
pub(super) struct Token {
    bearer: SecretString,
    pub(super) granted: Granted,
    /// Directory that the token is for.
    pub(super) directory: Option<Uuid>,
    renew_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// Answer of the token endpoint.
#[derive(Deserialize)]
pub(super) struct Issued {
    access_token: String,
    expires_in: u64,
    refresh_in: Option<u64>,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    roles: BTreeSet<String>,
    tid: Option<Uuid>,
}

impl Token {
    /// A token issued in answer to a request made at `asked_at`.
    pub(super) fn new(issued: Issued, asked_at: DateTime<Utc>) -> Self {
        let life = Duration::from_secs(issued.expires_in);
        let early = RENEWED_BEFORE_END.min(life / 2);
        let renewal = issued.refresh_in.map_or(life, Duration::from_secs);
        let claims = claims(&issued.access_token);
        Self {
            directory: claims.as_ref().and_then(|claims| claims.tid),
            granted: claims.map_or(Granted::Unknown, |claims| Granted::Known(claims.roles)),
            bearer: issued.access_token.into(),
            renew_at: later(asked_at, renewal.min(life - early)),
            expires_at: later(asked_at, life),
        }
    }

    pub(super) fn expose(&self) -> &str {
        self.bearer.expose_secret()
    }
}

fn later(at: DateTime<Utc>, length: Duration) -> DateTime<Utc> {
    let length = TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX);
    at.checked_add_signed(length)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn claims(token: &str) -> Option<Claims> {
    let payload = token.split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// For whom, with what and for what a token was issued.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    login: String,
    scope: String,
    directory: Uuid,
    client: Uuid,
    proof: [u8; 32],
}

/// The tokens of all tenants.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    slots: Mutex<HashMap<Key, Arc<Slot>>>,
}

impl Tokens {
    pub(super) fn slot(&self, hosts: &Hosts, access: &TenantAccess) -> Arc<Slot> {
        let key = Key {
            login: hosts.login.clone(),
            scope: hosts.scope.clone(),
            directory: access.entra_tenant_id,
            client: access.client_id,
            proof: access.proof.identity(),
        };
        Arc::clone(lock(&self.slots).entry(key).or_default())
    }

    /// Forgets tokens that have expired and are not in use, and refusals that are over.
    pub(super) fn shrink(&self, now: DateTime<Utc>) {
        let mut slots = lock(&self.slots);
        slots.retain(|_, slot| {
            Arc::strong_count(slot) > 1 || slot.usable(now).is_some() || slot.is_resting(now)
        });
        slots.shrink_to_fit();
    }
}

/// Why a token is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// There is none that could be used.
    Token,
    /// There is one that will expire soon.
    Renewal,
    /// Somebody wants to know whether the credential works, whatever happened before.
    Check,
}

/// A refusal after which the sign-in host is left alone for a while.
#[derive(Clone, Debug)]
struct Rest {
    refusal: SignInRefusal,
    until: DateTime<Utc>,
    /// When the credential had last been accepted, as far as known.
    accepted_at: Option<DateTime<Utc>>,
}

/// The place of one token.
#[derive(Debug, Default)]
pub(super) struct Slot {
    current: Mutex<Option<Arc<Token>>>,
    /// Put off by a failed renewal.
    renew_after: Mutex<Option<DateTime<Utc>>>,
    rest: Mutex<Option<Rest>>,
    /// Held by whoever fetches.
    fetching: tokio::sync::Mutex<()>,
}

impl Slot {
    /// The token; fetched with `fetch` if there is none or if it is due for renewal.
    pub(super) async fn token<E>(
        &self,
        now: DateTime<Utc>,
        fetch: impl AsyncFnOnce(Need) -> Result<Token, E>,
    ) -> Result<Arc<Token>, E> {
        let Some(usable) = self.usable(now) else {
            let _fetching = self.fetching.lock().await;
            return match self.usable(now) {
                Some(token) => Ok(token),
                None => self.keep(fetch(Need::Token).await?),
            };
        };
        if !self.is_due(&usable, now) {
            return Ok(usable);
        }
        let Ok(_fetching) = self.fetching.try_lock() else {
            return Ok(usable);
        };
        match fetch(Need::Renewal).await {
            Ok(token) => self.keep(token),
            Err(_) => {
                *lock(&self.renew_after) = Some(now + RENEWAL_PAUSE);
                Ok(usable)
            }
        }
    }

    /// A token other than `stale`, which was refused; fetched unless somebody did so already.
    pub(super) async fn token_after<E>(
        &self,
        stale: Option<&Arc<Token>>,
        need: Need,
        fetch: impl AsyncFnOnce(Need) -> Result<Token, E>,
    ) -> Result<Arc<Token>, E> {
        let _fetching = self.fetching.lock().await;
        let current = lock(&self.current).clone();
        match (current, stale) {
            (Some(current), Some(stale)) if !Arc::ptr_eq(&current, stale) => Ok(current),
            _ => self.keep(fetch(need).await?),
        }
    }

    /// The refusal because of which the host is left alone, and until when; none once the
    /// credential was accepted elsewhere.
    pub(super) fn refusal(
        &self,
        now: DateTime<Utc>,
        accepted_at: Option<DateTime<Utc>>,
    ) -> Option<(SignInRefusal, DateTime<Utc>)> {
        let rest = lock(&self.rest);
        let rest = rest.as_ref().filter(|rest| now < rest.until);
        rest.filter(|rest| rest.accepted_at == accepted_at)
            .map(|rest| (rest.refusal.clone(), rest.until))
    }

    /// Leaves the host alone until then.
    pub(super) fn rest(
        &self,
        refusal: SignInRefusal,
        until: DateTime<Utc>,
        accepted_at: Option<DateTime<Utc>>,
    ) {
        *lock(&self.rest) = Some(Rest {
            refusal,
            until,
            accepted_at,
        });
    }

    fn is_resting(&self, now: DateTime<Utc>) -> bool {
        lock(&self.rest)
            .as_ref()
            .is_some_and(|rest| now < rest.until)
    }

    fn usable(&self, now: DateTime<Utc>) -> Option<Arc<Token>> {
        let current = lock(&self.current);
        current
            .as_ref()
            .filter(|token| now < token.expires_at)
            .cloned()
    }

    fn is_due(&self, token: &Token, now: DateTime<Utc>) -> bool {
        let put_off = lock(&self.renew_after).is_some_and(|after| now < after);
        now >= token.renew_at && !put_off
    }

    fn keep<E>(&self, token: Token) -> Result<Arc<Token>, E> {
        let token = Arc::new(token);
        *lock(&self.current) = Some(Arc::clone(&token));
        *lock(&self.renew_after) = None;
        *lock(&self.rest) = None;
        Ok(token)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
