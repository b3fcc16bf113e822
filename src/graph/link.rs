//! The link to one tenant for one run: its hosts, its token, its lanes, and how something is sent.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tracing::{Instrument, Span, debug, debug_span, field::Empty};
use url::Url;
use uuid::Uuid;

use super::{
    Room,
    access::TenantAccess,
    batch,
    catalog::ApiVersion,
    challenge::Challenge,
    error::{self, GraphError},
    http::{Answer, NoAnswer},
    memo::Memo,
    packer::{Packer, Unanswered},
    settings::Hosts,
    sign_in::SignIn,
    throttle::Lanes,
    token::{Need, Slot, Token},
};
use crate::domain::run::Calls;

/// What all doors to one tenant in one run share.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) room: Arc<Room>,
    pub(super) lanes: Arc<Lanes>,
    pub(super) packer: Packer,
    pub(super) named: Memo,
    hosts: Hosts,
    access: TenantAccess,
    slot: Arc<Slot>,
    pub(super) meter: Meter,
    /// What the link was made for: what travels for several askers belongs to none of them.
    purpose: Span,
}

/// Counts requests as Graph counts them.
#[derive(Debug, Default)]
pub(super) struct Meter {
    requests: AtomicU64,
    throttled: AtomicU64,
}

impl Meter {
    pub(super) fn calls(&self) -> Calls {
        Calls {
            requests: self.requests.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
        }
    }

    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }
}

impl Link {
    pub(super) fn new(room: Arc<Room>, access: TenantAccess) -> Self {
        let hosts = Hosts::of(access.cloud, &room.settings);
        let directory = (hosts.graph.clone(), access.entra_tenant_id);
        Self {
            lanes: room.throttle.lanes(directory),
            slot: room.tokens.slot(&hosts, &access),
            packer: Packer::default(),
            named: Memo::default(),
            meter: Meter::default(),
            purpose: Span::current(),
            room,
            hosts,
            access,
        }
    }

    /// The token to use now.
    pub(super) async fn token(&self) -> Result<Arc<Token>, GraphError> {
        let sign_in = async |need| self.room.sign_in(self.sign_in(None), need).await;
        self.slot.token(self.room.pacing.now(), sign_in).await
    }

    /// A token in place of `refused`, or of any that is kept; asked for as `challenge` wants it.
    pub(super) async fn new_token(
        &self,
        refused: Option<&Arc<Token>>,
        need: Need,
        challenge: Option<&Challenge>,
    ) -> Result<Arc<Token>, GraphError> {
        let sign_in = async |need| self.room.sign_in(self.sign_in(challenge), need).await;
        self.slot.token_after(refused, need, sign_in).await
    }

    fn sign_in<'a>(&'a self, challenge: Option<&'a Challenge>) -> SignIn<'a> {
        SignIn {
            hosts: &self.hosts,
            access: &self.access,
            slot: &self.slot,
            challenge,
        }
    }

    /// Lets the room's threads do something that nobody waits for.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let work = work.instrument(self.purpose.clone());
        self.room.threads.handle.spawn(work);
    }

    /// The address of a path below the API version; `{tenant}` in it is the directory.
    pub(super) fn address(&self, version: ApiVersion, path: &str) -> Result<Url, GraphError> {
        let path = path.replace("{tenant}", &self.access.entra_tenant_id.to_string());
        Url::parse(&format!("{}{path}", self.root(version))).map_err(GraphError::Address)
    }

    /// The path below the API version to which an address leads.
    pub(super) fn below<'a>(&self, version: ApiVersion, address: &'a Url) -> Option<&'a str> {
        address.as_str().strip_prefix(&self.root(version))
    }

    fn root(&self, version: ApiVersion) -> String {
        format!("{}/{}", self.hosts.graph, version.as_str())
    }

    /// Sends one request, with JSON in it or without, and reads the answer.
    pub(super) async fn exchange(
        &self,
        (method, address, body): (Method, Url, Option<&Value>),
        token: &Token,
        fresh: bool,
        id: Uuid,
    ) -> Result<Answer, NoAnswer> {
        let span = asking(&method, &address, 1);
        let request = self.room.http.client(fresh).request(method, address);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.send(request, token, id).instrument(span).await
    }

    /// Sends some readings, each a path below the API version with its request id; their answers
    /// in the same order. Several travel in a batch.
    pub(super) async fn read_all(
        &self,
        version: ApiVersion,
        readings: &[(String, Uuid)],
        token: &Token,
    ) -> Result<Vec<Option<Answer>>, Unanswered> {
        if let [(path, id)] = readings {
            let address = self.address(version, path);
            let address = address.map_err(|_| Unanswered::Refused)?;
            let what = (Method::GET, address, None);
            let sent = self.exchange(what, token, false, *id).await;
            return sent.map(|answer| vec![Some(answer)]).map_err(unanswered);
        }
        let (address, id) = (self.address(version, "/$batch"), Uuid::new_v4());
        let address = address.map_err(|_| Unanswered::Refused)?;
        let span = asking(&Method::POST, &address, readings.len());
        let request = self.room.http.client(false).post(address);
        let request = request.json(&batch::envelope(readings));
        let sent = self.send(request, token, id).instrument(span).await;
        let envelope = sent.map_err(unanswered)?;
        if !batch::is_answered(&envelope) {
            self.log(&envelope, id);
        }
        envelope.of_each(readings.len())
    }

    async fn send(
        &self,
        request: RequestBuilder,
        token: &Token,
        id: Uuid,
    ) -> Result<Answer, NoAnswer> {
        let request = request
            .bearer_auth(token.expose())
            .header("accept", "application/json")
            .header("prefer", "include-unknown-enum-members")
            .header("client-request-id", id.to_string());
        let began = self.room.pacing.now();
        let sent = self.room.http.exchange(request).await;
        self.room.measures.travelled(self.room.pacing.now() - began);
        match &sent {
            Ok(answer) => drop(Span::current().record("http.response.status_code", answer.status)),
            Err(no_answer) => {
                debug!(tenant.entra_id = %self.access.entra_tenant_id, client_request_id = %id, error = ?no_answer, "no answer from Graph");
            }
        }
        sent
    }

    /// Logs what support asks for about an answer that is no good.
    pub(super) fn log(&self, answer: &Answer, id: Uuid) {
        debug!(
            tenant.entra_id = %self.access.entra_tenant_id,
            status = answer.status,
            request_id = answer.header("request-id"),
            client_request_id = %id,
            diagnostic = answer.header("x-ms-ags-diagnostic"),
            "Graph gave no good answer"
        );
    }
}

/// One request to Graph, as it is traced. Without its query, which may hold what opens the next page.
fn asking(method: &Method, address: &Url, readings: usize) -> Span {
    debug_span!(
        "graph request",
        otel.kind = "client",
        http.request.method = %method,
        server.address = address.host_str(),
        url.path = address.path(),
        readings,
        http.response.status_code = Empty,
    )
}

fn unanswered(no_answer: NoAnswer) -> Unanswered {
    match no_answer {
        NoAnswer::Transport(error) => Unanswered::Lost(error::transport(&error).to_owned()),
        NoAnswer::TooLarge { .. } => Unanswered::TooLarge,
    }
}
