//! What an issuer knows: its people, its keys, and the codes that it has given out.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Draft, IssuerOptions, Person, keys::Keys};
use crate::{SimulatorError, clock::Clock, sync::lock};

/// How long tokens hold, in seconds.
pub(super) const LIFETIME: i64 = 3600;
/// How long a code can be used.
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(1);
/// Most codes at a time. Whoever takes more loses the older ones.
const MOST_CODES: usize = 1000;

/// What stands behind a code.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) person: Person,
    pub(super) client: String,
    pub(super) redirect: String,
    pub(super) challenge: String,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    pub(super) given_at: DateTime<Utc>,
}

/// The state of an issuer.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) url: String,
    pub(super) audience: String,
    pub(super) people: Vec<Person>,
    clock: Clock,
    rsa_keys: Vec<Vec<u8>>,
    keys: Mutex<Keys>,
    rotations: AtomicUsize,
    key_requests: AtomicUsize,
    is_down: AtomicBool,
    codes: Mutex<HashMap<String, Grant>>,
}

impl Provider {
    pub(super) fn new(url: String, options: IssuerOptions) -> Result<Self, SimulatorError> {
        let first = options.rsa_keys.first().map(Vec::as_slice);
        Ok(Self {
            url,
            audience: options.audience,
            people: options.people,
            clock: Clock::start(options.time),
            keys: Mutex::new(Keys::new(first)?),
            rsa_keys: options.rsa_keys,
            rotations: AtomicUsize::default(),
            key_requests: AtomicUsize::default(),
            is_down: AtomicBool::default(),
            codes: Mutex::default(),
        })
    }

    pub(super) fn directory_url(&self, directory: &str) -> String {
        format!("{}/{directory}/v2.0", self.url)
    }

    pub(super) fn person(&self, login: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.login == login)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn keys(&self) -> MutexGuard<'_, Keys> {
        lock(&self.keys)
    }

    pub(super) fn rotate(&self) -> Result<(), SimulatorError> {
        let turn = self.rotations.fetch_add(1, Ordering::Relaxed) + 1;
        let rsa = turn
            .checked_rem(self.rsa_keys.len())
            .and_then(|turn| self.rsa_keys.get(turn));
        *self.keys() = Keys::new(rsa.map(Vec::as_slice))?;
        Ok(())
    }

    pub(super) fn note_key_request(&self) {
        self.key_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn key_requests(&self) -> usize {
        self.key_requests.load(Ordering::Relaxed)
    }

    pub(super) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    pub(super) fn is_down(&self) -> bool {
        self.is_down.load(Ordering::Relaxed)
    }

    /// An access token (RFC 9068) of somebody, before it is signed.
    pub(super) fn access_token(&self, person: &Person, client: &str, scope: &str) -> Draft {
        let mut claims = self.claims(person, &self.audience);
        claims.insert("client_id".to_owned(), client.into());
        claims.insert("scope".to_owned(), scope.into());
        claims.insert("roles".to_owned(), json!(person.roles));
        Draft {
            header: Map::from_iter([("typ".to_owned(), "at+jwt".into())]),
            claims,
        }
    }

    /// What a console is told of who has signed in.
    pub(super) fn id_token(&self, grant: &Grant) -> Draft {
        let mut claims = self.claims(&grant.person, &grant.client);
        if let Some(nonce) = &grant.nonce {
            claims.insert("nonce".to_owned(), nonce.as_str().into());
        }
        Draft {
            header: Map::from_iter([("typ".to_owned(), "JWT".into())]),
            claims,
        }
    }

    fn claims(&self, person: &Person, audience: &str) -> Map<String, Value> {
        let now = self.now().timestamp();
        Map::from_iter([
            ("iss".to_owned(), self.url.as_str().into()),
            ("sub".to_owned(), person.subject.as_str().into()),
            ("aud".to_owned(), audience.into()),
            ("iat".to_owned(), now.into()),
            ("nbf".to_owned(), now.into()),
            ("exp".to_owned(), (now + LIFETIME).into()),
            ("jti".to_owned(), Uuid::new_v4().to_string().into()),
            ("name".to_owned(), person.name.as_str().into()),
            ("email".to_owned(), person.email.as_str().into()),
        ])
    }

    /// A new code for a grant.
    pub(super) fn give(&self, grant: Grant) -> String {
        let code = Uuid::new_v4().simple().to_string();
        let mut codes = lock(&self.codes);
        let now = grant.given_at;
        codes.retain(|_, other| now - other.given_at < CODE_LIFETIME);
        if codes.len() >= MOST_CODES {
            codes.clear();
        }
        codes.insert(code.clone(), grant);
        code
    }

    /// What stands behind a code, which is used up by this.
    pub(super) fn redeem(&self, code: &str) -> Option<Grant> {
        let grant = lock(&self.codes).remove(code)?;
        (self.now() - grant.given_at < CODE_LIFETIME).then_some(grant)
    }
}
