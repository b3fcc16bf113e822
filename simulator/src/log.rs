//! The log of all requests, in the order of their arrival.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Mutex,
    time::{Duration, Instant},
};

use serde::{Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{answer::Answer, clock::Clock, identity, judge, request::Incoming, sync::lock, uri};

/// The oldest entries go when there are more.
const MOST_ENTRIES: usize = 200_000;

/// One request, as it was received and answered. The items of a batch have entries of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedRequest {
    /// Order of arrival, counted from 1 and never reset.
    pub number: u64,
    /// Time of arrival, since the simulator started.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
    /// When the answer was there; none as long as there is none.
    #[serde(serialize_with = "optional_seconds")]
    pub answered_at: Option<Duration>,
    pub method: String,
    /// The path exactly as received.
    pub path: String,
    /// The query exactly as received, without the question mark.
    pub query: String,
    /// The tenant of the token, or of the token request.
    pub tenant: Option<Uuid>,
    /// Status of the answer; 0 as long as there is none.
    pub status: u16,
    /// The wait that the answer announced.
    pub retry_after: Option<String>,
    /// Name of the fault that struck.
    pub fault: Option<String>,
    /// SHA-256 of the authorization header, in hexadecimal.
    pub authorization: Option<String>,
    pub client_request_id: Option<String>,
    /// The claims that a token request asks for.
    pub claims: Option<String>,
    /// The client's port, which tells connections apart; an item of a batch has none.
    pub connection: Option<u16>,
    /// Number of the envelope, for an item of a batch.
    pub batch: Option<u64>,
}

/// A logged request with what only the judge looks at.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) request: LoggedRequest,
    /// By the clock of the machine, whatever the simulation's says.
    pub(crate) arrived: Instant,
    /// When it was answered, or its client went away.
    pub(crate) ended: Option<Instant>,
    /// The client that a token request is for.
    pub(crate) client: Option<String>,
    /// Requests in the envelope of a batch.
    pub(crate) items: usize,
    pub(crate) body: u64,
    /// Whether the answer was a refusal that no repetition changes.
    pub(crate) is_final: bool,
    /// How often refusals had been forgiven before.
    pub(crate) chapter: u64,
    /// The wait that the answer announced, as a length.
    pub(crate) announced: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct RequestLog {
    clock: Clock,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    last: u64,
    chapter: u64,
    by_number: BTreeMap<u64, Entry>,
}

/// A request that is being answered. Dropping it tells that its client went away.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    log: &'a RequestLog,
    pub(crate) number: u64,
}

impl RequestLog {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            entries: Mutex::default(),
        }
    }

    /// Notes a request when it arrives.
    pub(crate) fn arrived(&self, request: &Incoming, tenant: Option<Uuid>) -> Arrival<'_> {
        let is_sign_in = request.path.ends_with(identity::TOKEN_PATH);
        let field = |name: &str| {
            let body = is_sign_in.then_some(&request.body)?;
            uri::form_field(&String::from_utf8_lossy(body), name)
        };
        let mut entry = Entry {
            request: LoggedRequest {
                number: 0,
                at: self.clock.elapsed(),
                answered_at: None,
                method: request.method.clone(),
                path: request.path.clone(),
                query: request.query.clone(),
                tenant,
                status: 0,
                retry_after: None,
                fault: None,
                authorization: request.authorization.as_deref().map(digest),
                client_request_id: request.client_request_id.clone(),
                claims: field("claims"),
                connection: request.connection,
                batch: request.batch,
            },
            arrived: Instant::now(),
            ended: None,
            client: field("client_id"),
            items: items_in(request),
            body: hash(&request.body),
            is_final: false,
            chapter: 0,
            announced: None,
        };
        let mut entries = lock(&self.entries);
        entries.last += 1;
        let number = entries.last;
        entry.request.number = number;
        entry.chapter = entries.chapter;
        entries.by_number.insert(number, entry);
        if entries.by_number.len() > MOST_ENTRIES {
            entries.by_number.pop_first();
        }
        Arrival { log: self, number }
    }

    /// Lets everything that was refused so far be asked again.
    pub(crate) fn forgive(&self) {
        lock(&self.entries).chapter += 1;
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        let entries = lock(&self.entries);
        let requests = entries.by_number.values().map(|entry| &entry.request);
        requests.cloned().collect()
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        lock(&self.entries).by_number.values().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.entries).by_number.clear();
    }
}

impl Arrival<'_> {
    /// Notes the answer.
    pub(crate) fn answered(&self, answer: &Answer, fault: Option<String>) {
        let at = self.log.clock.elapsed();
        if let Some(entry) = lock(&self.log.entries).by_number.get_mut(&self.number) {
            entry.ended = Some(Instant::now());
            entry.is_final = judge::is_final(answer);
            entry.announced = judge::announced_wait(answer);
            entry.request.answered_at = Some(at);
            entry.request.status = answer.status;
            entry.request.retry_after = answer.header("Retry-After").map(str::to_owned);
            entry.request.fault = fault;
        }
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        if let Some(entry) = lock(&self.log.entries).by_number.get_mut(&self.number) {
            entry.ended.get_or_insert_with(Instant::now);
        }
    }
}

fn items_in(request: &Incoming) -> usize {
    if !request.path.ends_with("/$batch") {
        return 0;
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let items = body.get("requests").and_then(Value::as_array);
    items.map_or(0, Vec::len)
}

fn digest(secret: &str) -> String {
    Sha256::digest(secret)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

fn seconds<S: Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(length.as_secs_f64())
}

fn optional_seconds<S: Serializer>(
    length: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    length
        .map(|length| length.as_secs_f64())
        .serialize(serializer)
}
