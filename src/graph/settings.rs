//! How the room behaves: hosts, rates, patience. All of it can be set.

use std::time::Duration;

use url::Url;

use super::catalog::Bucket;
use crate::domain::tenant::Cloud;

/// Settings of [`Graph`](super::Graph).
#[derive(Clone, Debug)]
pub struct GraphSettings {
    /// Asked in place of the cloud's Graph host.
    pub graph_url: Option<Url>,
    /// Asked in place of the cloud's sign-in host.
    pub login_url: Option<Url>,
    /// Pace of requests.
    pub rates: Rates,
    /// Tries for one request, the first included.
    pub tries: u32,
    /// Longest time spent on one request with all its tries and waits.
    pub patience: Duration,
    /// Longest time for one answer, from connecting to the last byte.
    pub request_timeout: Duration,
    /// Longest silence on a connection while an answer is awaited or read.
    pub idle_timeout: Duration,
    /// Largest answer that is read, in bytes, after decompression.
    pub answer_limit_bytes: usize,
    /// Threads that send requests and read answers.
    pub runtime_threads: usize,
}

impl Default for GraphSettings {
    fn default() -> Self {
        Self {
            graph_url: None,
            login_url: None,
            rates: Rates::default(),
            tries: 5,
            patience: Duration::from_secs(300),
            request_timeout: Duration::from_secs(300),
            idle_timeout: Duration::from_secs(60),
            answer_limit_bytes: 64 * 1024 * 1024,
            runtime_threads: 2,
        }
    }
}

/// Pace of requests to one tenant, limit by limit, and bounds on what is in flight.
///
/// In flight is what travels: a batch is one, whatever it carries.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Intune, but for scripts.
    pub intune: Rate,
    /// Scripts, which Graph counts with devices.
    pub scripts: Rate,
    /// Conditional Access and named locations.
    pub conditional_access: Rate,
    /// Other objects of the directory; counted in resource units.
    pub identity: Rate,
    /// Requests for administrative templates in flight. Graph counts them with Intune, but
    /// throttles them long before its limit.
    pub group_policy_at_once: usize,
    /// Most requests of one tenant in flight; how many there are adapts to how it goes.
    pub tenant_at_once: usize,
    /// Requests of all tenants in flight.
    pub at_once: usize,
}

impl Rates {
    /// The pace of a bucket, and how much of it may be in flight.
    pub fn of(&self, bucket: Bucket) -> Rate {
        match bucket {
            Bucket::Intune => self.intune,
            Bucket::GroupPolicy => Rate {
                at_once: self.group_policy_at_once,
                ..self.intune
            },
            Bucket::Scripts => self.scripts,
            Bucket::ConditionalAccess => self.conditional_access,
            Bucket::Identity => self.identity,
        }
    }
}

impl Default for Rates {
    /// A tenth below the limits that Graph publishes for one app in one tenant, because requests
    /// may bunch on their way, and other apps share some of them.
    fn default() -> Self {
        Self {
            intune: Rate::new(900, 20, 20, 12),
            scripts: Rate::new(1800, 20, 20, 12),
            conditional_access: Rate::new(10, 10, 1, 1),
            // Of the smallest class of tenants.
            identity: Rate::new(3150, 10, 100, 4),
            group_policy_at_once: 2,
            tenant_at_once: 12,
            at_once: 64,
        }
    }
}

/// A pace: fewer than `requests` in any window of length `window`.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Bound on requests in a window.
    pub requests: u32,
    /// Length of the window.
    pub window: Duration,
    /// Requests that may follow each other without a wait; less than `requests`.
    pub burst: u32,
    /// Requests in flight at the same time, a batch counting as one.
    pub at_once: usize,
}

impl Rate {
    /// The pace of requests that Graph counts as writing, actions that only answer included: it
    /// allows Intune a tenth as many of them. They are rare, so half may follow each other.
    pub(super) fn of_writes(self) -> Self {
        let requests = self.requests.div_ceil(10).max(2);
        Self {
            requests,
            burst: requests / 2,
            ..self
        }
    }

    const fn new(requests: u32, window_seconds: u64, burst: u32, at_once: usize) -> Self {
        Self {
            requests,
            window: Duration::from_secs(window_seconds),
            burst,
            at_once,
        }
    }
}

/// Where a tenant signs in, and where its Graph is.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    pub(super) login: String,
    pub(super) graph: String,
    /// Audience of the token: the cloud's Graph, whatever host is asked in its place.
    pub(super) scope: String,
}

impl Hosts {
    pub(super) fn of(cloud: Cloud, settings: &GraphSettings) -> Self {
        let (login, graph) = match cloud {
            Cloud::Global => ("login.microsoftonline.com", "graph.microsoft.com"),
            Cloud::UsGovernment => ("login.microsoftonline.us", "graph.microsoft.us"),
            Cloud::UsGovernmentDod => ("login.microsoftonline.us", "dod-graph.microsoft.us"),
            Cloud::China => ("login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn"),
        };
        Self {
            login: root(settings.login_url.as_ref(), login),
            graph: root(settings.graph_url.as_ref(), graph),
            scope: format!("https://{graph}/.default"),
        }
    }
}

fn root(chosen: Option<&Url>, host: &str) -> String {
    match chosen {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("https://{host}"),
    }
}
