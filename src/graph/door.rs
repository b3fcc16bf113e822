//! The door to one tenant: sends a request as often as it takes, and says what came of it.
//!
//! ```text
//! token ─▶ lane ─▶ exchange, alone or in a batch ─▶ good body ──▶ done
//!   ▲        ▲         ├─ 401, once ───────▶ new token, again
//!   │        │         ├─ may pass ────────▶ wait (429: the lane's gate closes), again
//!   └────────┴─────────┘─ anything else ───▶ error
//! ```

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::{
    body::{BodyFault, Page},
    catalog::{ApiVersion, Bucket, Entry, LookUp, Weight},
    challenge::Challenge,
    error::{Breakdown, GraphError},
    http::Answer,
    link::{Link, Meter},
    packer::{self, Delivery},
    refusal::Refusal,
    retry::{self, FailedTry, Outcome, Tries},
    token::{Need, Token},
};

/// Share of a limit beyond which a bucket rests for [`BREATH`].
const NEARLY_THROTTLED: f64 = 0.8;
const BREATH: Duration = Duration::from_secs(1);

/// A request to Graph.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) bucket: Bucket,
    version: ApiVersion,
    /// Whether its answer is small enough to share a batch.
    is_small: bool,
    /// JSON to send along.
    body: Option<Arc<Value>>,
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
            url: door.link.address(look_up.version, &path)?,
            bucket: look_up.bucket,
            version: look_up.version,
            is_small: false,
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
            url: door.link.address(entry.version, path)?,
            bucket: entry.bucket,
            version: entry.version,
            is_small: false,
            body: None,
        })
    }

    /// The same call, fit to share a batch with others if its answer is small.
    pub(super) fn of(self, weight: Weight) -> Self {
        match weight {
            Weight::Small => self.small(),
            Weight::Large => self,
        }
    }

    /// The same call, fit to share a batch with others.
    pub(super) fn small(self) -> Self {
        Self {
            is_small: true,
            ..self
        }
    }

    /// A reading of the page behind a link. Links are used as they come, so they travel alone.
    pub(super) fn follow(&self, link: Url) -> Self {
        Self {
            method: Method::GET,
            url: link,
            is_small: false,
            body: None,
            ..self.clone()
        }
    }

    /// Whether Graph counts the request as one that may write.
    fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    fn fits_a_batch(&self) -> bool {
        self.is_small && self.method == Method::GET && self.bucket.most_in_batch() > 1
    }

    /// What the request counts as in its limit.
    fn cells(&self) -> u32 {
        match self.bucket {
            Bucket::Identity => resource_units(&self.url),
            Bucket::Intune | Bucket::Scripts | Bucket::GroupPolicy | Bucket::ConditionalAccess => 1,
        }
    }
}

/// Resource units of a request to the directory, as Graph's throttling limits list them.
fn resource_units(url: &Url) -> u32 {
    let path = url.path().trim_end_matches('/');
    let query = url.query().unwrap_or_default();
    let has = |option: &str| u32::from(query.contains(option));
    let base = match path.rsplit('/').next() {
        Some("getByIds") => 5 - 3 * has("$select="),
        Some("applications") => 2,
        _ => 1,
    };
    base + has("$expand=")
}

/// The door to one tenant for one run, with a meter of its own.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) link: Arc<Link>,
    pub(super) meter: Meter,
}

impl Door {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self {
            link,
            meter: Meter::default(),
        }
    }

    /// Reads one page of a collection.
    pub(super) async fn page(&self, call: &Call) -> Result<Page, GraphError> {
        self.ask(call, super::body::page).await
    }

    /// Reads one object.
    pub(super) async fn object(&self, call: &Call) -> Result<Value, GraphError> {
        self.ask(call, super::body::object).await
    }

    /// Reads bytes that are no JSON.
    pub(super) async fn bytes(&self, call: &Call) -> Result<Vec<u8>, GraphError> {
        self.ask(call, |bytes| Ok(bytes.to_vec())).await
    }

    async fn ask<T>(
        &self,
        call: &Call,
        read: fn(&[u8]) -> Result<T, BodyFault>,
    ) -> Result<T, GraphError> {
        let settings = &self.link.room.settings;
        let mut request = Request {
            door: self,
            call,
            tries: Tries::new(settings.tries, settings.patience, call.bucket.floor()),
            token: self.link.token().await?,
            is_alone: !(call.fits_a_batch() && self.link.packer.is_open()),
            is_fresh: false,
        };
        let mut is_renewed = false;
        loop {
            let answered = match request.is_alone {
                true => Some(request.go_alone(read).await?),
                false => request.go_packed(read).await?,
            };
            match answered {
                // It did not leave; it is tried otherwise.
                None => {}
                Some(Outcome::Done(answer)) => return Ok(answer),
                Some(Outcome::Failed(GraphError::TokenRefused { challenge, .. }))
                    if !is_renewed =>
                {
                    let (stale, challenge) = (&request.token, challenge.as_ref());
                    let renewed = self.link.new_token(Some(stale), Need::Token, challenge);
                    request.token = renewed.await?;
                    is_renewed = true;
                }
                Some(Outcome::Failed(GraphError::TokenRefused {
                    by_service: true, ..
                })) => return Err(GraphError::missing(&[])),
                Some(Outcome::Failed(error)) => return Err(error),
                Some(Outcome::Again(failed)) => {
                    // After a fault the next try opens a connection of its own, so that it does
                    // not meet the same front end again.
                    request.is_fresh = !failed.is_throttled();
                    request.is_alone |= request.is_fresh;
                    self.wait(call.bucket, &request.tries, failed).await?;
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
        let (pacing, measures) = (&self.link.room.pacing, &self.link.room.measures);
        let wait = tries.wait(&failed, &mut rand::rng());
        if failed.is_throttled() {
            self.meter.count_throttled();
            self.link.meter.count_throttled();
            measures.throttled(bucket);
            self.link.lanes.close(bucket, wait);
        }
        if !tries.are_left(&failed, wait, pacing.now()) {
            return Err(tries.used_up(failed));
        }
        let began = pacing.now();
        pacing.sleep(wait).await;
        if failed.is_throttled() {
            measures.held_up(bucket, pacing.now() - began);
        }
        measures.retried(bucket);
        Ok(())
    }

    fn judge<T>(
        &self,
        bucket: Bucket,
        answer: &Answer,
        id: Uuid,
        read: fn(&[u8]) -> Result<T, BodyFault>,
    ) -> Outcome<T> {
        self.link.room.measures.asked(bucket, Some(answer.status));
        if answer.share_of_limit() > Some(NEARLY_THROTTLED) {
            self.link.lanes.close(bucket, BREATH);
        }
        let outcome = match answer.has_content() {
            true => read(&answer.body).map_or_else(Outcome::from, Outcome::Done),
            false => self.refused(answer),
        };
        if !matches!(outcome, Outcome::Done(_)) {
            self.link.log(answer, id);
        }
        outcome
    }

    fn refused<T>(&self, answer: &Answer) -> Outcome<T> {
        let refusal = Refusal::read(&answer.body);
        let status = answer.status;
        let reason = refusal.text();
        let permissions = refusal.scopes();
        Outcome::Failed(match status {
            // Some services of Intune say 401 when a permission is missing.
            401 if permissions.is_empty() => GraphError::TokenRefused {
                by_service: refusal.is_of_service,
                reason,
                challenge: answer.header("www-authenticate").and_then(Challenge::read),
            },
            403 if refusal.is_about_premium() => GraphError::Refused { status, reason },
            401 | 403 => GraphError::PermissionMissing { permissions },
            300..400 => GraphError::Redirected { status },
            400 if refusal.is_about_licence() => GraphError::NotLicensed,
            _ if retry::may_pass(status) => {
                let asked = answer.asked_wait(self.link.room.wall.now());
                return Outcome::Again(FailedTry {
                    breakdown: Breakdown::Status { status, reason },
                    retry_after: asked.or(refusal.retry_after()),
                });
            }
            _ => GraphError::Refused { status, reason },
        })
    }
}

/// One request on its way, try by try.
struct Request<'a> {
    door: &'a Door,
    call: &'a Call,
    tries: Tries,
    token: Arc<Token>,
    is_alone: bool,
    /// Whether the next try opens a connection of its own.
    is_fresh: bool,
}

impl Request<'_> {
    async fn go_alone<T>(
        &mut self,
        read: fn(&[u8]) -> Result<T, BodyFault>,
    ) -> Result<Outcome<T>, GraphError> {
        let (link, call) = (&self.door.link, self.call);
        if call.is_write() {
            link.lanes.write_cell(call.bucket).await;
        }
        let pass = link
            .lanes
            .enter(call.bucket, call.cells(), self.deadline())
            .await
            .map_err(|_| self.tries.out_of_patience())?;
        self.begin(link.room.pacing.now());
        let id = Uuid::new_v4();
        let what = (call.method.clone(), call.url.clone(), call.body.as_deref());
        let outcome = match link.exchange(what, &self.token, self.is_fresh, id).await {
            Ok(answer) => self.door.judge(call.bucket, &answer, id, read),
            Err(no_answer) => {
                link.room.measures.asked(call.bucket, None);
                no_answer.into()
            }
        };
        match &outcome {
            Outcome::Again(failed) if failed.is_throttled() => pass.place.was_throttled(),
            Outcome::Done(_) => pass.place.went_well(),
            Outcome::Again(_) | Outcome::Failed(_) => {}
        }
        Ok(outcome)
    }

    /// None if the request did not leave.
    async fn go_packed<T>(
        &mut self,
        read: fn(&[u8]) -> Result<T, BodyFault>,
    ) -> Result<Option<Outcome<T>>, GraphError> {
        let (link, call) = (&self.door.link, self.call);
        let Some(address) = link.below(call.version, &call.url) else {
            self.is_alone = true;
            return Ok(None);
        };
        let gate = link.lanes.pass_gate(call.bucket, self.deadline()).await;
        gate.map_err(|_| self.tries.out_of_patience())?;
        let way = (call.version, call.bucket);
        Ok(
            match packer::send(link, way, address.to_owned(), call.cells()).await {
                Delivery::Answered {
                    answer,
                    token,
                    id,
                    sent_at,
                } => {
                    self.begin(sent_at);
                    self.token = token;
                    Some(self.door.judge(call.bucket, &answer, id, read))
                }
                Delivery::Lost { reason, sent_at } => {
                    self.begin(sent_at);
                    link.room.measures.asked(call.bucket, None);
                    self.is_alone = true;
                    Some(Outcome::Again(Breakdown::Batch { reason }.into()))
                }
                Delivery::Alone => {
                    self.is_alone = true;
                    None
                }
                Delivery::Closed => None,
            },
        )
    }

    fn begin(&mut self, sent_at: DateTime<Utc>) {
        self.tries.begin(sent_at);
        self.door.meter.count_request();
        self.door.link.meter.count_request();
    }

    /// Until when the request waits before a closed gate: a first try for as long as its patience.
    fn deadline(&self) -> DateTime<Utc> {
        let room = &self.door.link.room;
        let patience = TimeDelta::from_std(room.settings.patience).unwrap_or(TimeDelta::MAX);
        let at = room.pacing.now().checked_add_signed(patience);
        let deadline = self.tries.deadline();
        deadline.unwrap_or(at.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_to_the_directory_cost_what_graph_lists() {
        for (address, units) in [
            ("https://x/v1.0/directoryObjects/getByIds", 5),
            ("https://x/v1.0/directoryObjects/getByIds?$select=id", 2),
            ("https://x/v1.0/applications?$top=999", 2),
            ("https://x/v1.0/policies/authorizationPolicy", 1),
            ("https://x/v1.0/agreements?$expand=files", 2),
        ] {
            assert_eq!(
                resource_units(&address.parse().unwrap()),
                units,
                "{address}"
            );
        }
    }
}
