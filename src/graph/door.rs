//! The door to one tenant: sends a request as often as it takes, and says what came of it.
//!
//! ```text
//! token ─▶ lane ─▶ exchange ─▶ good body ──▶ done
//!   ▲        ▲         ├─ 401, once ───────▶ new token, again
//!   │        │         ├─ may pass ────────▶ wait (429: the lane's gate closes), again
//!   └────────┴─────────┘─ anything else ───▶ error
//! ```

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use reqwest::Method;
use serde_json::Value;
use tracing::debug;
use url::Url;
use uuid::Uuid;

use super::{
    Room,
    access::TenantAccess,
    body::{BodyFault, Page},
    catalog::{ApiVersion, Bucket, Entry, LookUp},
    error::{Breakdown, GraphError},
    http::Answer,
    refusal::Refusal,
    retry::{self, FailedTry, Outcome, Tries},
    settings::Hosts,
    throttle::Lanes,
    token::{Slot, Token},
};

/// A request to Graph.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) bucket: Bucket,
    /// JSON to send along.
    pub(super) body: Option<Arc<Value>>,
}

impl Call {
    /// A reading of `path`, which stands below the API version.
    pub(super) fn get(door: &Door, entry: &Entry, path: &str) -> Result<Self, GraphError> {
        Self::new(Method::GET, door, entry, path)
    }

    /// A reading beside the kinds.
    pub(super) fn look_up(door: &Door, look_up: &LookUp, query: &str) -> Result<Self, GraphError> {
        let path = format!("{}?{query}", look_up.path);
        Ok(Self {
            method: Method::GET,
            url: door.address(look_up.version, &path)?,
            bucket: look_up.bucket,
            body: None,
        })
    }

    /// A reading whose question is too long for an address: it changes nothing, though it is a POST.
    pub(super) fn question(
        door: &Door,
        look_up: &LookUp,
        query: &str,
        body: Value,
    ) -> Result<Self, GraphError> {
        Ok(Self {
            method: Method::POST,
            body: Some(Arc::new(body)),
            ..Self::look_up(door, look_up, query)?
        })
    }

    /// An action without a body.
    pub(super) fn action(door: &Door, entry: &Entry, path: &str) -> Result<Self, GraphError> {
        Self::new(Method::POST, door, entry, path)
    }

    fn new(method: Method, door: &Door, entry: &Entry, path: &str) -> Result<Self, GraphError> {
        Ok(Self {
            method,
            url: door.address(entry.version, path)?,
            bucket: entry.bucket,
            body: None,
        })
    }
}

/// The door to one tenant for one run.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) room: Arc<Room>,
    hosts: Hosts,
    access: TenantAccess,
    lanes: Arc<Lanes>,
    slot: Arc<Slot>,
    requests: AtomicU64,
    throttled: AtomicU64,
}

impl Door {
    pub(super) fn new(
        room: Arc<Room>,
        hosts: Hosts,
        access: TenantAccess,
        lanes: Arc<Lanes>,
    ) -> Self {
        Self {
            slot: room.tokens.slot(&hosts, &access),
            room,
            hosts,
            access,
            lanes,
            requests: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
        }
    }

    fn address(&self, version: ApiVersion, path: &str) -> Result<Url, GraphError> {
        let address = format!("{}/{}{path}", self.hosts.graph, version.as_str());
        Url::parse(&address).map_err(GraphError::Address)
    }

    /// Requests sent so far, and how many of them were throttled.
    pub(super) fn counts(&self) -> (u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.requests), read(&self.throttled))
    }

    /// The token to use now.
    pub(super) async fn token(&self) -> Result<Arc<Token>, GraphError> {
        let sign_in = async |need| self.room.sign_in(&self.hosts, &self.access, need).await;
        self.slot.token(self.room.pacing.now(), sign_in).await
    }

    /// A token in place of `refused`, or of any that is kept.
    pub(super) async fn new_token(
        &self,
        refused: Option<&Arc<Token>>,
    ) -> Result<Arc<Token>, GraphError> {
        let sign_in = async |need| self.room.sign_in(&self.hosts, &self.access, need).await;
        self.slot.token_after(refused, sign_in).await
    }

    /// Reads one page of a collection.
    pub(super) async fn page(&self, call: &Call) -> Result<Page, GraphError> {
        self.ask(call, super::body::page).await
    }

    /// Reads one object.
    pub(super) async fn object(&self, call: &Call) -> Result<Value, GraphError> {
        self.ask(call, super::body::object).await
    }

    async fn ask<T>(
        &self,
        call: &Call,
        read: fn(&[u8]) -> Result<T, BodyFault>,
    ) -> Result<T, GraphError> {
        let settings = &self.room.settings;
        let mut tries = Tries::new(settings.tries, settings.patience, call.bucket.floor());
        let mut token = self.token().await?;
        let mut renewed = false;
        let mut fresh = false;
        loop {
            let pass = self
                .lanes
                .enter(call.bucket, tries.deadline(), settings.patience)
                .await
                .map_err(|_| tries.out_of_patience())?;
            tries.begin(self.room.pacing.now());
            let outcome = self.try_once(call, &token, fresh, read).await;
            drop(pass);
            match outcome {
                Outcome::Done(answer) => return Ok(answer),
                Outcome::Failed(GraphError::TokenRefused { .. }) if !renewed => {
                    token = self.new_token(Some(&token)).await?;
                    renewed = true;
                }
                Outcome::Failed(error) => return Err(error),
                Outcome::Again(failed) => {
                    fresh = !failed.is_throttled();
                    self.wait(call.bucket, &tries, failed).await?;
                }
            }
        }
    }

    /// Waits for the next try; an error if there shall be none.
    async fn wait(
        &self,
        bucket: Bucket,
        tries: &Tries,
        failed: FailedTry,
    ) -> Result<(), GraphError> {
        let wait = tries.wait(&failed, &mut rand::rng());
        if failed.is_throttled() {
            self.throttled.fetch_add(1, Ordering::Relaxed);
            self.lanes.close(bucket, wait);
        }
        if !tries.are_left(&failed, wait, self.room.pacing.now()) {
            return Err(tries.used_up(failed));
        }
        self.room.pacing.sleep(wait).await;
        Ok(())
    }

    async fn try_once<T>(
        &self,
        call: &Call,
        token: &Token,
        fresh: bool,
        read: fn(&[u8]) -> Result<T, BodyFault>,
    ) -> Outcome<T> {
        let id = Uuid::new_v4();
        let request = self
            .room
            .http
            .client(fresh)
            .request(call.method.clone(), call.url.clone())
            .bearer_auth(token.expose())
            .header("accept", "application/json")
            .header("prefer", "include-unknown-enum-members")
            .header("client-request-id", id.to_string());
        let request = match &call.body {
            Some(body) => request.json(body.as_ref()),
            None => request,
        };
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = match self.room.http.exchange(request).await {
            Ok(answer) => answer,
            Err(no_answer) => {
                debug!(tenant.entra_id = %self.access.entra_tenant_id, client_request_id = %id, error = ?no_answer, "no answer from Graph");
                return no_answer.into();
            }
        };
        let outcome = match answer.has_content() {
            true => read(&answer.body).map_or_else(Outcome::from, Outcome::Done),
            false => self.refused(&answer),
        };
        if !matches!(outcome, Outcome::Done(_)) {
            self.log(&answer, id);
        }
        outcome
    }

    fn log(&self, answer: &Answer, id: Uuid) {
        debug!(
            tenant.entra_id = %self.access.entra_tenant_id,
            status = answer.status,
            request_id = answer.header("request-id"),
            client_request_id = %id,
            diagnostic = answer.header("x-ms-ags-diagnostic"),
            "Graph gave no good answer"
        );
    }

    fn refused<T>(&self, answer: &Answer) -> Outcome<T> {
        let refusal = Refusal::read(&answer.body);
        let status = answer.status;
        let reason = refusal.text();
        let permissions = refusal.scopes();
        Outcome::Failed(match status {
            // Some services of Intune say 401 when a permission is missing.
            401 if permissions.is_empty() => GraphError::TokenRefused { reason },
            401 | 403 => GraphError::PermissionMissing { permissions },
            300..400 => GraphError::Redirected { status },
            400 if refusal.is_about_licence() => GraphError::NotLicensed,
            _ if retry::may_pass(status) => {
                let asked = answer.asked_wait(self.room.pacing.now());
                return Outcome::Again(FailedTry {
                    breakdown: Breakdown::Status { status, reason },
                    retry_after: asked.or(refusal.retry_after()),
                });
            }
            _ => GraphError::Refused { status, reason },
        })
    }
}
