//! What an operator can set of the API.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use super::console::Guest;

/// Where the API is served, to whom, and within which limits.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// Address to listen at; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Origins of other sites that browsers may use the API from, exactly as browsers send them.
    /// The server's own always may.
    pub cors_origins: Vec<String>,
    /// Proxies whose word on the caller's address is taken.
    pub trusted_proxies: TrustedProxies,
    /// How long without a tick the server still counts as ready.
    pub stale_tick: Duration,
    /// Whether GraphiQL is served.
    pub graphiql: bool,
    /// Who can sign in by one click, in a demonstration.
    pub guests: Option<Vec<Guest>>,
    /// What a request may cost.
    pub limits: Limits,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            cors_origins: Vec::new(),
            trusted_proxies: TrustedProxies::default(),
            stale_tick: Duration::from_secs(300),
            graphiql: false,
            guests: None,
            limits: Limits::default(),
        }
    }
}

/// Which addresses are those of proxies that tell the truth about whom they speak for.
#[derive(Clone)]
pub struct TrustedProxies(Arc<dyn Fn(IpAddr) -> bool + Send + Sync>);

impl TrustedProxies {
    /// Those that `trusts` says so of.
    pub fn new(trusts: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(trusts))
    }

    pub(super) fn trust(&self, address: IpAddr) -> bool {
        (self.0)(address)
    }
}

impl Default for TrustedProxies {
    /// None at all.
    fn default() -> Self {
        Self::new(|_| false)
    }
}

impl fmt::Debug for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrustedProxies")
    }
}

/// What a request may cost. Clients read some of it from `serverInfo.limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of what stands before it: address and headers.
    pub head_bytes: usize,
    /// Time for a request to arrive: one half for its head, the other for its body.
    pub arrival: Duration,
    /// Tokens of a document.
    pub tokens: usize,
    /// Nesting of brackets in a document.
    pub nesting: usize,
    /// Selections of a document, as written and with its fragments put in place.
    pub selections: usize,
    /// Depth of nested selections.
    pub depth: usize,
    /// Points of a request.
    pub complexity: usize,
    /// Aliases in a document.
    pub aliases: usize,
    /// Directives on one field.
    pub directives_per_field: usize,
    /// Directives in a document.
    pub directives: usize,
    /// Fields at the root of a query.
    pub query_fields: usize,
    /// Fields at the root of a mutation.
    pub mutation_fields: usize,
    /// Whether the schema may be asked about itself.
    pub introspection: bool,
    /// Lists of the schema nested in each other in an introspection query.
    pub introspection_lists: usize,
    /// Errors of an answer.
    pub errors: usize,
    /// Time for a request.
    pub timeout: Duration,
    /// Bytes of an answer.
    pub answer_bytes: usize,
    /// Values in an answer: fields, and members of lists.
    pub answer_values: usize,
    /// Requests of one caller in a minute.
    pub requests_per_minute: NonZeroU32,
    /// Points of the requests of one caller in a minute.
    pub points_per_minute: NonZeroU32,
    /// Sign-ins from one address that may fail in a minute.
    pub failed_sign_ins_per_minute: NonZeroU32,
    /// How long events are kept for those who come back; the workers remove them.
    pub events_kept: Duration,
    /// Limits of WebSocket connections.
    pub sockets: SocketLimits,
    /// Limits of exports that are sent.
    pub exports: ExportLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 128 * 1024,
            head_bytes: 16 * 1024,
            arrival: Duration::from_secs(10),
            tokens: 4_000,
            nesting: 64,
            selections: 400,
            depth: 15,
            complexity: 10_000,
            aliases: 30,
            directives_per_field: 5,
            directives: 20,
            query_fields: 20,
            mutation_fields: 10,
            introspection: true,
            introspection_lists: 2,
            errors: 10,
            timeout: Duration::from_secs(10),
            answer_bytes: 16 * 1024 * 1024,
            answer_values: 150_000,
            requests_per_minute: NonZeroU32::new(600).unwrap_or(NonZeroU32::MIN),
            points_per_minute: NonZeroU32::new(200_000).unwrap_or(NonZeroU32::MIN),
            failed_sign_ins_per_minute: NonZeroU32::new(30).unwrap_or(NonZeroU32::MIN),
            events_kept: Duration::from_secs(24 * 60 * 60),
            sockets: SocketLimits::default(),
            exports: ExportLimits::default(),
        }
    }
}

/// Limits of WebSocket connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketLimits {
    /// Connections of one caller.
    pub per_caller: usize,
    /// Connections of one address (IPv6: of one /64) that have not said yet who they are.
    pub waiting: usize,
    /// Operations active at once on a connection.
    pub operations: usize,
    /// Bytes of a message.
    pub message_bytes: usize,
    /// Time for the first message to come.
    pub init_timeout: Duration,
    /// Time between pings; after two without an answer the connection is closed.
    pub ping: Duration,
    /// Time between looks at whether the credential and the membership still hold. A look takes time
    /// as well, and whoever has lost them is to hear of it within five seconds.
    pub recheck: Duration,
    /// Time between looks for events that nobody announced.
    pub poll: Duration,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            per_caller: 10,
            waiting: 100,
            operations: 50,
            message_bytes: 64 * 1024,
            init_timeout: Duration::from_secs(10),
            ping: Duration::from_secs(25),
            recheck: Duration::from_secs(4),
            poll: Duration::from_secs(1),
        }
    }
}

/// Limits of exports that are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportLimits {
    /// Exports of one caller at once.
    pub per_caller: usize,
    /// Exports of all callers of this server at once.
    pub at_once: usize,
    /// Time in which a caller has to take something of it.
    pub patience: Duration,
    /// Time for the whole of it.
    pub longest: Duration,
}

impl Default for ExportLimits {
    fn default() -> Self {
        Self {
            per_caller: 2,
            at_once: 8,
            patience: Duration::from_secs(30),
            longest: Duration::from_secs(60 * 60),
        }
    }
}
