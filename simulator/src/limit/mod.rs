//! Request limits of each tenant over sliding windows, as Graph enforces them.
//!
//! Refused requests count as well, so that a client that does not wait stays refused.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use uuid::Uuid;

use crate::{
    answer::Answer,
    backend::{self, Backend},
    errors,
    options::TenantSpec,
    request::Incoming,
    sync::lock,
};

/// How many requests may be made in any window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLimit {
    pub requests: u32,
    pub window: Duration,
}

/// Which limits are enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// None.
    #[default]
    None,
    /// One window for all requests of a tenant: a profile for tests.
    Single(RequestLimit),
    /// Those that Microsoft publishes, for each backend.
    Published,
}

impl From<RequestLimit> for Limits {
    fn from(limit: RequestLimit) -> Self {
        Self::Single(limit)
    }
}

/// The limits with what was used of them.
#[derive(Debug)]
pub(crate) struct Limiter {
    limits: Limits,
    /// What another application uses up of Intune in each tenant.
    neighbour: Option<RequestLimit>,
    tenants: Mutex<HashMap<(Uuid, Lane), Window>>,
}

/// What has a window of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lane {
    Everything,
    Any(Backend),
    Writes(Backend),
}

/// The limit of a lane, in requests or in resource units.
#[derive(Clone, Copy, Debug)]
struct Rule {
    lane: Lane,
    most: u64,
    window: Duration,
    announcement: Announcement,
}

/// How a refusal says when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Announcement {
    Never,
    /// Two of five do, in whole seconds, as Intune's.
    Sometimes,
    /// All do, to the millisecond.
    Always,
}

#[derive(Debug, Default)]
struct Window {
    uses: VecDeque<(Duration, u64)>,
    used: u64,
    refusals: u64,
}

/// What the limits say to a request.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) refusal: Option<Answer>,
    /// Headers for the answer, whichever it is.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Limiter {
    pub(crate) fn new(limits: Limits, neighbour: Option<RequestLimit>) -> Self {
        Self {
            limits,
            neighbour,
            tenants: Mutex::default(),
        }
    }

    /// Counts a request that arrives at `now`.
    pub(crate) fn judge(
        &self,
        tenant: &TenantSpec,
        segments: &[String],
        request: &Incoming,
        now: Duration,
    ) -> Verdict {
        let backend = Backend::of(segments);
        let is_identity = backend == Backend::Identity && self.limits == Limits::Published;
        let cost = if is_identity {
            backend::resource_units(segments, request)
        } else {
            1
        };
        let mut tenants = lock(&self.tenants);
        let mut verdict = Verdict::default();
        for rule in self.rules(backend, request.method != "GET") {
            let lane = (tenant.entra_tenant_id, rule.lane);
            let window = tenants.entry(lane).or_default();
            window.count(cost, now, rule.window);
            // The windows are looked at in parallel: the first that is full speaks.
            if window.used > rule.most && verdict.refusal.is_none() {
                verdict.refusal = Some(window.refusal(&rule, cost, now));
            }
            if is_identity {
                verdict.headers = identity_headers(tenant, cost, window.used, rule.most);
            }
        }
        verdict
    }

    fn rules(&self, backend: Backend, is_write: bool) -> Vec<Rule> {
        let intune = |any: u64, shared: u64, writes: u64| {
            let window = Duration::from_secs(20);
            let rule = |lane, most| Rule {
                lane,
                most,
                window,
                announcement: Announcement::Sometimes,
            };
            let most = any.min(shared.saturating_sub(self.taken(window)));
            let writes = is_write.then(|| rule(Lane::Writes(backend), writes));
            let any = rule(Lane::Any(backend), most);
            std::iter::once(any).chain(writes).collect()
        };
        let only = |most, seconds, announcement| {
            vec![Rule {
                lane: Lane::Any(backend),
                most,
                window: Duration::from_secs(seconds),
                announcement,
            }]
        };
        match (self.limits, backend) {
            (Limits::None, _) => Vec::new(),
            (Limits::Single(limit), _) => vec![Rule {
                lane: Lane::Everything,
                most: u64::from(limit.requests).saturating_sub(self.taken(limit.window)),
                window: limit.window,
                announcement: Announcement::Sometimes,
            }],
            (Limits::Published, Backend::Intune) => intune(1000, 2000, 100),
            (Limits::Published, Backend::Devices) => intune(2000, 4000, 200),
            (Limits::Published, Backend::ConditionalAccess) => only(1, 1, Announcement::Never),
            // That of a tenant with less than 50 users, the smallest.
            (Limits::Published, Backend::Identity) => only(3500, 10, Announcement::Always),
        }
    }

    /// What the other application uses up of a window that it shares.
    fn taken(&self, window: Duration) -> u64 {
        let Some(neighbour) = self.neighbour else {
            return 0;
        };
        let share = u128::from(neighbour.requests) * window.as_millis();
        let taken = share.checked_div(neighbour.window.as_millis());
        taken.map_or(0, |taken| taken.try_into().unwrap_or(u64::MAX))
    }
}

impl Window {
    fn count(&mut self, cost: u64, now: Duration, length: Duration) {
        while let Some((at, cost)) = self.uses.front().copied()
            && now.saturating_sub(at) >= length
        {
            self.uses.pop_front();
            self.used -= cost;
        }
        self.uses.push_back((now, cost));
        self.used += cost;
    }

    fn refusal(&mut self, rule: &Rule, cost: u64, now: Duration) -> Answer {
        self.refusals += 1;
        let wait = self.wait(rule, cost, now);
        errors::throttled(match rule.announcement {
            Announcement::Never => None,
            Announcement::Sometimes => {
                matches!(self.refusals % 5, 2 | 4).then(|| whole_seconds(wait).to_string())
            }
            Announcement::Always => Some(format!("{:.3}", wait.as_secs_f64().max(0.001))),
        })
    }

    /// Until enough has left the window for a request of this cost.
    fn wait(&self, rule: &Rule, cost: u64, now: Duration) -> Duration {
        let mut left = self.used + cost;
        for (at, cost) in &self.uses {
            left -= cost;
            if left <= rule.most {
                return (*at + rule.window).saturating_sub(now);
            }
        }
        rule.window
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis()
        .div_ceil(1000)
        .try_into()
        .unwrap_or(u64::MAX)
        .max(1)
}

/// What the directory tells of its limit: the cost and, above four fifths, how much is used.
fn identity_headers(
    tenant: &TenantSpec,
    cost: u64,
    used: u64,
    most: u64,
) -> Vec<(&'static str, String)> {
    let mut headers = vec![("x-ms-resource-unit", cost.to_string())];
    // In hundredths, rounded down, so that 1.00 is not said before the limit is reached.
    let hundredths = (used * 100).checked_div(most).unwrap_or(180).min(180);
    if used * 5 > most * 4 {
        let percentage = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        headers.push(("x-ms-throttle-limit-percentage", percentage));
    }
    if used > most {
        let scope = format!(
            "Tenant_Application/ReadWrite/{}/{}",
            tenant.client_id, tenant.entra_tenant_id
        );
        headers.push(("x-ms-throttle-scope", scope));
        let reason = "ResourceUnitLimitExceeded".to_owned();
        headers.push(("x-ms-throttle-information", reason));
    }
    headers
}

#[cfg(test)]
mod tests;
