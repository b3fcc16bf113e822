//! What the API measures: requests, refusals, connections, and how soon subscribers are told.

use std::time::Duration;

use async_graphql::parser::types::OperationType;
use chrono::TimeDelta;
use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::{Registry, Unit},
};

use super::codes::Code;
use crate::measure::{Counts, Labels, Lengths, brief, counts, each, lengths, seconds};

/// The addresses that are answered, as they are counted: `other` is the console's files, and whatever is not
/// there.
const ROUTES: [&str; 10] = [
    "/",
    "/console.json",
    "/export/{name}",
    "/graphiql",
    "/graphiql/{name}",
    "/graphql",
    "/healthz",
    "/readyz",
    "/schema.graphql",
    "other",
];

/// Answers, by the first digit of their status.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What is followed.
const STREAMS: [&str; 2] = ["runs", "notifications"];

/// A stream that subscribers follow.
#[derive(Clone, Copy, Debug)]
pub(super) enum Followed {
    /// The runs of a tenant.
    Runs,
    /// The notifications of a person.
    Notifications,
}

/// The measures of one API.
#[derive(Debug)]
pub(super) struct Measures {
    requests: Counts<2>,
    request_lengths: Lengths<1>,
    operations: Counts<1>,
    errors: Counts<1>,
    failed_sign_ins: Counter,
    /// Connections that are open.
    pub(super) sockets: Gauge,
    /// Subscriptions that go on.
    pub(super) subscriptions: Gauge,
    lags: Lengths<1>,
}

fn word(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

fn request(route: &'static str, class: &'static str) -> Labels<2> {
    [("route", route), ("status", class)]
}

impl Default for Measures {
    fn default() -> Self {
        let requests = ROUTES
            .into_iter()
            .flat_map(|route| CLASSES.map(|class| request(route, class)));
        let operations = [
            OperationType::Query,
            OperationType::Mutation,
            OperationType::Subscription,
        ];
        Self {
            requests: counts(requests),
            request_lengths: lengths(brief, each("route", ROUTES)),
            operations: counts(each("operation", operations.map(word))),
            errors: counts(each("code", Code::ALL.iter().map(|code| code.as_str()))),
            failed_sign_ins: Counter::default(),
            sockets: Gauge::default(),
            subscriptions: Gauge::default(),
            lags: lengths(brief, each("stream", STREAMS)),
        }
    }
}

impl Measures {
    /// Counts an answer to a request that matched this pattern.
    pub(super) fn answered(&self, pattern: Option<&str>, status: u16, length: Duration) {
        let known = ROUTES.into_iter().find(|route| Some(*route) == pattern);
        let route = known.unwrap_or("other");
        let digit = usize::from(status / 100).saturating_sub(1);
        let class = CLASSES.get(digit).copied().unwrap_or("5xx");
        self.requests.get_or_create(&request(route, class)).inc();
        let lengths = self.request_lengths.get_or_create(&[("route", route)]);
        lengths.observe(length.as_secs_f64());
    }

    /// Counts an operation that is carried out.
    pub(super) fn begun(&self, operation: OperationType) {
        let operation = word(operation);
        self.operations
            .get_or_create(&[("operation", operation)])
            .inc();
    }

    /// Counts an error that somebody is told.
    pub(super) fn refused(&self, code: Code) {
        self.errors.get_or_create(&[("code", code.as_str())]).inc();
    }

    /// Counts a credential that does not hold.
    pub(super) fn failed_sign_in(&self) {
        self.failed_sign_ins.inc();
    }

    /// Counts an event that a subscriber is told of so long after it happened.
    pub(super) fn told(&self, of: Followed, lag: TimeDelta) {
        let [runs, notifications] = STREAMS;
        let stream = match of {
            Followed::Runs => runs,
            Followed::Notifications => notifications,
        };
        self.lags
            .get_or_create(&[("stream", stream)])
            .observe(seconds(lag));
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_requests",
            "Requests by the address that they matched and the first digit of the answer's status; \
             upgrades to WebSocket are 1xx",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "From the head of a request to the head of its answer",
            Unit::Seconds,
            self.request_lengths.clone(),
        );
        registry.register(
            "graphql_operations",
            "Operations that were carried out, by HTTP or WebSocket",
            self.operations.clone(),
        );
        registry.register(
            "graphql_errors",
            "Errors that callers were told, by code, refusals of exports included",
            self.errors.clone(),
        );
        registry.register(
            "failed_sign_ins",
            "Requests and connections with a credential that does not hold",
            self.failed_sign_ins.clone(),
        );
        registry.register(
            "sockets",
            "WebSocket connections that are open",
            self.sockets.clone(),
        );
        registry.register(
            "subscriptions",
            "Subscriptions that go on",
            self.subscriptions.clone(),
        );
        registry.register_with_unit(
            "event_lag",
            "From the transaction of an event to when a subscriber was told; what was missed \
             before is not counted",
            Unit::Seconds,
            self.lags.clone(),
        );
    }
}
