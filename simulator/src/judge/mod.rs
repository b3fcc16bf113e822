//! What a client did wrong, read from the log.
//!
//! Two clocks are looked at. Waits are judged by the simulation's clock, which a test may move;
//! what happened at the same time, by that of the machine.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    time::{Duration, Instant},
};

use chrono::DateTime;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    answer::{Answer, Content},
    backend::Backend,
    batch::MOST_ITEMS,
    clock, identity,
    log::{Entry, LoggedRequest},
    paging, uri,
};

/// For so long after an answer its client may still send what it could not yet know to be unwanted.
const GRACE: Duration = Duration::from_millis(250);
/// For so long a refusal is remembered; a backup on the next day may ask again.
const MEMORY: Duration = Duration::from_secs(600);

/// Something that a client must not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    pub rule: Rule,
    /// Number of the request in the log.
    pub request: u64,
    pub tenant: Option<Uuid>,
    /// The request, for people.
    pub told: String,
}

/// What clients have to keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// No request to a backend before the wait that it announced is over. After a 503 the wait
    /// holds for the request alone.
    AnnouncedWait,
    /// No more requests of a tenant in flight than [`crate::SimulatorOptions::most_in_flight`].
    MostInFlight,
    /// Links are followed byte for byte.
    UnchangedLink,
    /// No token for another host or another version of the API.
    OwnHost,
    /// Each request has a `client-request-id`.
    RequestId,
    /// No two requests have the same one.
    FreshRequestId,
    /// One token request at a time for one tenant and application.
    OneSignIn,
    /// What was refused for good is not asked again. A refused token may be replaced once.
    FinalRefusal,
    /// At most twenty requests in a batch.
    BatchSize,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.rule, self.told)
    }
}

/// Whether an answer is a refusal that no repetition changes.
pub(crate) fn is_final(answer: &Answer) -> bool {
    match answer.status {
        400 | 401 => sign_in_code(answer).is_none_or(|code| !identity::MAY_PASS.contains(&code)),
        403..=407 | 409..=422 | 501 | 505 | 507 => true,
        _ => false,
    }
}

/// The wait that an answer just given announces, as far as it makes sense. A date is told in whole
/// seconds, so up to one of them is nobody's fault.
pub(crate) fn announced_wait(answer: &Answer) -> Option<Duration> {
    if !matches!(answer.status, 429 | 503) {
        return None;
    }
    let text = answer.header("Retry-After")?.trim();
    let seconds = match text.parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at = DateTime::parse_from_rfc2822(text).ok()?;
            (at.to_utc() - clock::now()).as_seconds_f64() - 1.0
        }
    };
    Duration::try_from_secs_f64(seconds).ok()
}

fn sign_in_code(answer: &Answer) -> Option<u64> {
    match &answer.content {
        Content::Json(body) => body.get("error_codes")?.get(0).and_then(Value::as_u64),
        Content::Text { .. } | Content::Bytes { .. } => None,
    }
}

/// All violations among these entries, which are in the order of their arrival.
pub(crate) fn violations(entries: &[Entry], most_in_flight: Option<usize>) -> Vec<Violation> {
    let case = Case {
        entries,
        by_number: entries
            .iter()
            .map(|entry| (entry.request.number, entry))
            .collect(),
    };
    let mut found = case.single();
    found.extend(case.early());
    found.extend(case.repeated());
    found.extend(case.at_once(most_in_flight));
    found.sort_by_key(|violation| violation.request);
    found
}

struct Case<'a> {
    entries: &'a [Entry],
    by_number: HashMap<u64, &'a Entry>,
}

/// What makes two requests the same.
type Identity<'a> = (Option<Uuid>, &'a str, &'a str, &'a str, u64);

/// An answer that announced a wait.
struct Closed<'a> {
    until: Duration,
    known: Instant,
    by: Identity<'a>,
    /// Whether it holds for the whole backend.
    for_all: bool,
}

impl<'a> Case<'a> {
    /// The entry that went over the wire: of an item of a batch, that of its envelope.
    fn wire(&self, entry: &'a Entry) -> &'a Entry {
        let envelope = entry.request.batch;
        envelope
            .and_then(|number| self.by_number.get(&number).copied())
            .unwrap_or(entry)
    }

    fn is_alone(entry: &&Entry) -> bool {
        entry.request.batch.is_none()
    }

    /// What a request is guilty of by itself, or by its id.
    fn single(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut ids = HashSet::new();
        for entry in self.entries {
            let request = &entry.request;
            let envelope = &self.wire(entry).request;
            if request.batch.is_some() && request.client_request_id == envelope.client_request_id {
                continue;
            }
            match request.client_request_id.as_deref() {
                None | Some("") => found.push(violation(Rule::RequestId, request)),
                Some(id) if !ids.insert(id) => {
                    found.push(violation(Rule::FreshRequestId, request));
                }
                Some(_) => {}
            }
            if entry.items > MOST_ITEMS {
                found.push(violation(Rule::BatchSize, request));
            }
        }
        for Entry { request, .. } in self.entries {
            let query = uri::decode(&request.query).to_lowercase();
            if paging::is_foreign(&request.query) {
                found.push(violation(Rule::OwnHost, request));
            } else if request.status == 400
                && request.fault.is_none()
                && query.contains("skiptoken")
            {
                found.push(violation(Rule::UnchangedLink, request));
            }
        }
        found
    }

    fn early(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut closed: HashMap<_, Vec<Closed<'_>>> = HashMap::new();
        for entry in self.entries {
            let request = &entry.request;
            let wire = self.wire(entry);
            let place = (request.tenant, Backend::of_path(&request.path));
            let waits = closed.entry(place).or_default();
            waits.retain(|wait| wait.until > wire.request.at);
            let is_early = |wait: &Closed<'_>| {
                let since = wire.arrived.checked_duration_since(wait.known);
                since.is_some_and(|since| {
                    wait.by == identity_of(entry) || (wait.for_all && since > GRACE)
                })
            };
            if waits.iter().any(is_early) {
                found.push(violation(Rule::AnnouncedWait, request));
            }
            let answered = wire.request.answered_at.zip(wire.ended);
            if let (Some((at, known)), Some(wait)) = (answered, entry.announced) {
                waits.push(Closed {
                    until: at + wait,
                    known,
                    by: identity_of(entry),
                    for_all: request.status == 429,
                });
            }
        }
        found
    }

    fn repeated(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut refused: HashMap<Identity<'_>, Vec<&Entry>> = HashMap::new();
        for entry in self.entries {
            let wire = self.wire(entry);
            let before = refused.entry(identity_of(entry)).or_default();
            before.retain(|old| {
                old.chapter == entry.chapter && old.request.at + MEMORY > wire.request.at
            });
            let known = before.iter().filter(|old| {
                let ended = self.wire(old).ended;
                ended.is_some_and(|ended| ended < wire.arrived)
            });
            let (tokens, others): (Vec<&&Entry>, Vec<&&Entry>) =
                known.partition(|old| old.request.status == 401 && old.client.is_none());
            if !others.is_empty() || tokens.len() > 1 {
                found.push(violation(Rule::FinalRefusal, &entry.request));
            }
            match entry.is_final {
                true => before.push(entry),
                false => before.clear(),
            }
        }
        found
    }

    /// What may not happen at the same time as something else.
    fn at_once(&self, most_in_flight: Option<usize>) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut flying: HashMap<Option<Uuid>, Vec<Option<Instant>>> = HashMap::new();
        let mut signing_in: HashMap<(&str, &str), Vec<Option<Instant>>> = HashMap::new();
        for entry in self.entries.iter().filter(Self::is_alone) {
            let request = &entry.request;
            let still = |end: &Option<Instant>| end.is_none_or(|end| end > entry.arrived);
            if let Some(client) = &entry.client {
                let others = signing_in.entry((&request.path, client)).or_default();
                others.retain(still);
                if !others.is_empty() {
                    found.push(violation(Rule::OneSignIn, request));
                }
                others.push(entry.ended);
                continue;
            }
            let others = flying.entry(request.tenant).or_default();
            others.retain(still);
            others.push(entry.ended);
            if most_in_flight.is_some_and(|most| others.len() > most) {
                found.push(violation(Rule::MostInFlight, request));
            }
        }
        found
    }
}

fn identity_of(entry: &Entry) -> Identity<'_> {
    let LoggedRequest {
        tenant,
        method,
        path,
        query,
        ..
    } = &entry.request;
    (*tenant, method, path, query, entry.body)
}

fn violation(rule: Rule, request: &LoggedRequest) -> Violation {
    let LoggedRequest {
        number,
        method,
        path,
        query,
        tenant,
        ..
    } = request;
    let mark = if query.is_empty() { "" } else { "?" };
    Violation {
        rule,
        request: *number,
        tenant: *tenant,
        told: format!("request {number}, {method} {path}{mark}{query}"),
    }
}

#[cfg(test)]
mod tests;
