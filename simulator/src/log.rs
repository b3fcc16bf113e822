//! The log of all requests, in the order of their arrival.

use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{request::Incoming, sync::lock};

/// The oldest entries go when there are more.
const MOST_ENTRIES: usize = 200_000;

/// One request, as it was received and answered. The items of a batch have entries of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Order of arrival, counted from 1 and never reset.
    pub number: u64,
    /// Time of arrival, since the simulator started.
    pub at: Duration,
    pub method: String,
    /// The path exactly as received.
    pub path: String,
    /// The query exactly as received, without the question mark.
    pub query: String,
    /// The tenant of the token, or of the token request.
    pub tenant: Option<Uuid>,
    /// Status of the answer; 0 as long as there is none.
    pub status: u16,
    /// Name of the fault that struck.
    pub fault: Option<String>,
    /// SHA-256 of the authorization header, in hexadecimal.
    pub authorization: Option<String>,
    pub client_request_id: Option<String>,
    /// Number of the envelope, for an item of a batch.
    pub batch: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct RequestLog {
    started: Instant,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    last: u64,
    by_number: BTreeMap<u64, LoggedRequest>,
}

impl RequestLog {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            entries: Mutex::default(),
        }
    }

    /// Notes a request when it arrives; the number is that of its entry.
    pub(crate) fn arrived(&self, request: &Incoming, tenant: Option<Uuid>) -> u64 {
        let mut entries = lock(&self.entries);
        entries.last += 1;
        let number = entries.last;
        let entry = LoggedRequest {
            number,
            at: self.started.elapsed(),
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            tenant,
            status: 0,
            fault: None,
            authorization: request.authorization.as_deref().map(digest),
            client_request_id: request.client_request_id.clone(),
            batch: request.batch,
        };
        entries.by_number.insert(number, entry);
        if entries.by_number.len() > MOST_ENTRIES {
            entries.by_number.pop_first();
        }
        number
    }

    pub(crate) fn answered(&self, number: u64, status: u16, fault: Option<String>) {
        if let Some(entry) = lock(&self.entries).by_number.get_mut(&number) {
            entry.status = status;
            entry.fault = fault;
        }
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        lock(&self.entries).by_number.values().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.entries).by_number.clear();
    }
}

fn digest(secret: &str) -> String {
    Sha256::digest(secret)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
