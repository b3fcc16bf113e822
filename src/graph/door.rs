//! The door to one tenant: sends a request as often as it takes, and says what came of it.
//!
//! ```text
//! token ─▶ lane ─▶ exchange ─▶ good body ──▶ done
//!   ▲        ▲         ├─ 401, once ───────▶ new token, again
//!   │        │         ├─ may pass ────────▶ wait (429: the lane's gate closes), again
//!   └────────┴─────────┘─ anything else ───▶ error
//! ```

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use reqwest::Method;
use tracing::debug;
use url::Url;
use uuid::Uuid;

use super::{
    Room,
    access::TenantAccess,
    body::{BodyFault, Page},
    catalog::{Bucket, Entry},
    error::{Breakdown, GraphError},
    http::{Answer, NoAnswer},
    refusal::Refusal,
    retry::{self, FailedTry, Tries},
    settings::Hosts,
    sign_in::SignInRefusal,
    throttle::Lanes,
    token::{Issued, Slot, Token},
};

/// A request to Graph.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) bucket: Bucket,
}

impl Call {
    /// A reading of `path`, which stands below the API version.
    pub(super) fn get(door: &Door, entry: &Entry, path: &str) -> Result<Self, GraphError> {
        Self::new(Method::GET, door, entry, path)
    }

    /// An action without a body.
    pub(super) fn action(door: &Door, entry: &Entry, path: &str) -> Result<Self, GraphError> {
        Self::new(Method::POST, door, entry, path)
    }

    fn new(method: Method, door: &Door, entry: &Entry, path: &str) -> Result<Self, GraphError> {
        let address = format!("{}/{}{path}", door.hosts.graph, entry.version.as_str());
        Ok(Self {
            method,
            url: Url::parse(&address).map_err(GraphError::Address)?,
            bucket: entry.bucket,
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

/// What came of one try.
enum Outcome<T> {
    Done(T),
    /// The token was refused.
    Unauthorised(Refusal),
    Again(FailedTry),
    Failed(GraphError),
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

    /// Requests sent so far, and how many of them were throttled.
    pub(super) fn counts(&self) -> (u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.requests), read(&self.throttled))
    }

    /// The token to use now.
    pub(super) async fn token(&self) -> Result<Arc<Token>, GraphError> {
        let now = self.room.pacing.now();
        self.slot
            .token(now, async || self.fetch_token().await)
            .await
    }

    /// A token in place of `refused`, or of any that is kept.
    pub(super) async fn new_token(
        &self,
        refused: Option<&Arc<Token>>,
    ) -> Result<Arc<Token>, GraphError> {
        let fetch = async || self.fetch_token().await;
        self.slot.token_after(refused, fetch).await
    }

    /// Reads one page of a collection.
    pub(super) async fn page(&self, call: &Call) -> Result<Page, GraphError> {
        self.ask(call, super::body::page).await
    }

    /// Reads one object.
    pub(super) async fn object(&self, call: &Call) -> Result<serde_json::Value, GraphError> {
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
                Outcome::Failed(error) => return Err(error),
                Outcome::Unauthorised(refusal) if renewed => return Err(unauthorised(&refusal)),
                Outcome::Unauthorised(_) => {
                    token = self.new_token(Some(&token)).await?;
                    renewed = true;
                }
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
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = match self.room.http.exchange(request).await {
            Ok(answer) => answer,
            Err(no_answer) => {
                debug!(tenant = %self.access.entra_tenant_id, client_request_id = %id, error = ?no_answer, "no answer from Graph");
                return unanswered(no_answer);
            }
        };
        if answer.is_success() {
            return match read(&answer.body) {
                Ok(read) => Outcome::Done(read),
                Err(fault) => {
                    self.log(&answer, id);
                    Outcome::Again(FailedTry {
                        breakdown: fault.into(),
                        retry_after: None,
                    })
                }
            };
        }
        self.log(&answer, id);
        self.refused(&answer)
    }

    fn log(&self, answer: &Answer, id: Uuid) {
        debug!(
            tenant = %self.access.entra_tenant_id,
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
        match status {
            401 => Outcome::Unauthorised(refusal),
            300..400 => Outcome::Failed(GraphError::Redirected { status }),
            400 if refusal.is_about_licence() => Outcome::Failed(GraphError::NotLicensed),
            403 => Outcome::Failed(GraphError::PermissionMissing {
                permissions: refusal.scopes(),
            }),
            _ if retry::may_pass(status) => Outcome::Again(FailedTry {
                retry_after: self.asked_wait(answer).or(refusal.retry_after()),
                breakdown: Breakdown::Status {
                    status,
                    reason: refusal.text(),
                },
            }),
            _ => Outcome::Failed(GraphError::Refused {
                status,
                reason: refusal.text(),
            }),
        }
    }

    /// The wait that the answer's header asks for. A date counts from the host's own time.
    fn asked_wait(&self, answer: &Answer) -> Option<Duration> {
        let sent_at = answer
            .header("date")
            .and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        let now = sent_at.map_or_else(|| self.room.pacing.now(), |date| date.to_utc());
        retry::retry_after(answer.header("retry-after")?, now)
    }

    async fn fetch_token(&self) -> Result<Token, GraphError> {
        let settings = &self.room.settings;
        let mut tries = Tries::new(settings.tries, settings.patience, Bucket::Identity.floor());
        loop {
            let asked_at = self.room.pacing.now();
            tries.begin(asked_at);
            match self.try_sign_in(asked_at).await {
                Outcome::Done(token) => return self.own(token),
                Outcome::Failed(error) => return Err(error),
                Outcome::Unauthorised(refusal) => return Err(unauthorised(&refusal)),
                Outcome::Again(failed) => {
                    let wait = tries.wait(&failed, &mut rand::rng());
                    if !tries.are_left(&failed, wait, self.room.pacing.now()) {
                        return Err(tries.used_up(failed));
                    }
                    self.room.pacing.sleep(wait).await;
                }
            }
        }
    }

    async fn try_sign_in(&self, asked_at: DateTime<Utc>) -> Outcome<Token> {
        let directory = self.access.entra_tenant_id;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.access.client_id.to_string()),
            ("scope", &self.hosts.scope),
            ("client_secret", self.access.secret.expose()),
        ];
        let request = self
            .room
            .http
            .client(false)
            .post(format!(
                "{}/{directory}/oauth2/v2.0/token",
                self.hosts.login
            ))
            .header("accept", "application/json")
            .header("client-request-id", Uuid::new_v4().to_string())
            .form(&form);
        let Some(_place) = self.room.throttle.place().await else {
            return Outcome::Failed(GraphError::Stopped);
        };
        match self.room.http.exchange(request).await {
            Ok(answer) if answer.is_success() => issued(&answer.body, asked_at),
            Ok(answer) => {
                debug!(tenant = %directory, status = answer.status, "sign-in was refused");
                self.sign_in_refused(&answer)
            }
            Err(no_answer) => {
                debug!(tenant = %directory, error = ?no_answer, "no answer from the sign-in host");
                unanswered(no_answer)
            }
        }
    }

    fn sign_in_refused(&self, answer: &Answer) -> Outcome<Token> {
        let status = answer.status;
        let refusal = SignInRefusal::read(&answer.body);
        match refusal {
            Some(refusal) if !refusal.is_transient() && !retry::may_pass(status) => {
                Outcome::Failed(GraphError::SignIn(refusal))
            }
            None if (300..400).contains(&status) => {
                Outcome::Failed(GraphError::Redirected { status })
            }
            refusal => Outcome::Again(FailedTry {
                breakdown: Breakdown::Status {
                    status,
                    reason: refusal.map_or_else(String::new, |refusal| refusal.to_string()),
                },
                retry_after: self.asked_wait(answer),
            }),
        }
    }

    fn own(&self, token: Token) -> Result<Token, GraphError> {
        match token.directory {
            Some(directory) if directory != self.access.entra_tenant_id => {
                Err(GraphError::ForeignToken)
            }
            _ => Ok(token),
        }
    }
}

fn issued(body: &[u8], asked_at: DateTime<Utc>) -> Outcome<Token> {
    match serde_json::from_slice::<Issued>(body) {
        Ok(issued) => Outcome::Done(Token::new(issued, asked_at)),
        Err(error) => Outcome::Again(FailedTry {
            breakdown: BodyFault::NotJson(error).into(),
            retry_after: None,
        }),
    }
}

fn unanswered<T>(no_answer: NoAnswer) -> Outcome<T> {
    match no_answer {
        NoAnswer::Transport(error) => Outcome::Again(FailedTry {
            breakdown: Breakdown::Transport(error),
            retry_after: None,
        }),
        NoAnswer::TooLarge { limit_bytes } => Outcome::Failed(GraphError::TooLarge { limit_bytes }),
    }
}

/// What it means that a new token was refused as well. Some services of Intune say 401 when a
/// permission is missing.
fn unauthorised(refusal: &Refusal) -> GraphError {
    let permissions = refusal.scopes();
    match permissions.is_empty() {
        true => GraphError::TokenRefused {
            reason: refusal.text(),
        },
        false => GraphError::PermissionMissing { permissions },
    }
}
