//! Everything that a running simulation knows, and the way of a request through it.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    answer::Answer,
    batch,
    clock::Clock,
    errors,
    fault_book::FaultBook,
    fault_effects,
    faults::Effect,
    gate::Gates,
    identity::{self, Bearer, Tokens},
    judge::{self, Violation},
    limit::{Limiter, Verdict},
    log::RequestLog,
    options::SimulatorOptions,
    request::{Incoming, Target, Version},
    routes,
    tenant::{Origin, Tenant},
    upheaval,
};

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) faults: FaultBook,
    pub(crate) gates: Gates,
    pub(crate) log: RequestLog,
    pub(crate) tokens: Tokens,
    pub(crate) clock: Clock,
    limiter: Limiter,
    latency: Duration,
    most_in_flight: Option<usize>,
    tenants: HashMap<Uuid, Tenant>,
}

impl World {
    pub(crate) fn new(options: SimulatorOptions) -> Self {
        let clock = Clock::start(options.time);
        let origin = Origin {
            seed: options.seed,
            day: options.day,
            drift_percent: options.drift_percent,
            began: clock.now(),
        };
        Self {
            faults: FaultBook::new(options.faults),
            gates: Gates::default(),
            log: RequestLog::new(clock.clone()),
            most_in_flight: options.most_in_flight,
            tokens: Tokens::new(clock.clone()),
            clock,
            limiter: Limiter::new(options.limits, options.neighbour),
            latency: options.latency,
            tenants: options
                .tenants
                .into_iter()
                .map(|spec| (spec.entra_tenant_id, Tenant::new(spec, &origin)))
                .collect(),
        }
    }

    pub(crate) fn tenant(&self, id: Uuid) -> Option<&Tenant> {
        self.tenants.get(&id)
    }

    /// What clients did wrong, as far as the log reaches back.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        judge::violations(&self.log.entries(), self.most_in_flight)
    }

    /// The time of the simulation.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.values()
    }

    /// The way of every request: noted, held, delayed, struck, answered, noted again.
    pub(crate) async fn answer(&self, request: Incoming) -> Answer {
        let target = Target::of(&request.path);
        let tenant = self.tenant_of(&target, &request);
        let arrival = self.log.arrived(&request, tenant);
        self.gates.pass(&request, tenant).await;
        let fault = self.faults.strike(&request, tenant);
        self.wait(&request, fault.as_ref()).await;
        let mut answer = match fault
            .as_ref()
            .and_then(|effect| fault_effects::refusal(effect, &request))
        {
            Some(refusal) => refusal,
            None => {
                self.lead(&target, &request, arrival.number, fault.as_ref())
                    .await
            }
        };
        if let Some(effect) = &fault {
            fault_effects::spoil(effect, &mut answer);
        }
        let name = fault.map(|effect| effect.name());
        arrival.answered(&answer, name);
        identified(answer, &request)
    }

    async fn lead(
        &self,
        target: &Target,
        request: &Incoming,
        number: u64,
        fault: Option<&Effect>,
    ) -> Answer {
        match target {
            Target::Token { tenant } => {
                identity::token(&self.tokens, self.tenant_named(tenant), request, fault)
            }
            Target::Discovery { tenant } => identity::discovery(self.tenant_named(tenant), request),
            Target::Graph { version, segments } => {
                self.graph(*version, segments, request, number, fault).await
            }
            Target::Unknown => {
                errors::plain(404, "BadRequest", "Invalid version: the path names none.")
            }
        }
    }

    async fn graph(
        &self,
        version: Version,
        segments: &[String],
        request: &Incoming,
        number: u64,
        fault: Option<&Effect>,
    ) -> Answer {
        let tenant = match self.holder(request) {
            Ok(tenant) => tenant,
            Err(refusal) => return refusal,
        };
        if let Some(effect) = fault {
            upheaval::strike(effect, tenant, segments);
        }
        if segments == ["$batch"] && request.batch.is_none() {
            return batch::answer(self, version, request, number).await;
        }
        let now = self.clock.elapsed();
        let Verdict { refusal, headers } = self.limiter.judge(&tenant.spec, segments, request, now);
        let answer =
            refusal.unwrap_or_else(|| routes::answer(tenant, version, segments, request, fault));
        headers
            .into_iter()
            .fold(answer, |answer, (name, value)| answer.with(name, value))
    }

    /// The tenant whose valid token the request carries.
    fn holder(&self, request: &Incoming) -> Result<&Tenant, Answer> {
        let token = request
            .bearer()
            .ok_or_else(|| errors::unauthorized("Access token is empty.", ""))?;
        match self.tokens.holder(token) {
            Bearer::Valid(id) => self.tenant(id),
            Bearer::Expired(_) => return Err(errors::unauthorized(errors::EXPIRED, "")),
            Bearer::Unknown => None,
        }
        .ok_or_else(|| {
            errors::unauthorized("CompactToken parsing failed with error code: 80049217", "")
        })
    }

    fn tenant_of(&self, target: &Target, request: &Incoming) -> Option<Uuid> {
        match target {
            Target::Token { tenant } | Target::Discovery { tenant } => {
                Some(self.tenant_named(tenant)?.spec.entra_tenant_id)
            }
            Target::Graph { .. } => match self.tokens.holder(request.bearer()?) {
                Bearer::Valid(id) | Bearer::Expired(id) => Some(id),
                Bearer::Unknown => None,
            },
            Target::Unknown => None,
        }
    }

    fn tenant_named(&self, name: &str) -> Option<&Tenant> {
        self.tenant(name.parse().ok()?)
    }

    /// The latency of the simulation, once for a whole batch, and the delay of a fault.
    async fn wait(&self, request: &Incoming, fault: Option<&Effect>) {
        let latency = if request.batch.is_none() {
            self.latency
        } else {
            Duration::ZERO
        };
        let delay = match fault {
            Some(Effect::Delay { milliseconds }) => Duration::from_millis(*milliseconds),
            _ => Duration::ZERO,
        };
        let wait = latency + delay;
        if !wait.is_zero() {
            sleep(wait).await;
        }
    }
}

/// Adds the headers by which a request is traced.
fn identified(answer: Answer, request: &Incoming) -> Answer {
    let id = Uuid::new_v4().to_string();
    let client = request
        .client_request_id
        .clone()
        .unwrap_or_else(|| id.clone());
    let diagnostic = json!({
        "ServerInfo": {
            "DataCenter": "Sim North", "Slice": "E", "Ring": "5", "ScaleUnit": "001", "RoleInstance": "SIM000001"
        }
    });
    answer
        .with("request-id", id)
        .with("client-request-id", client)
        .with("x-ms-ags-diagnostic", diagnostic.to_string())
        .with("Strict-Transport-Security", "max-age=31536000".to_owned())
}
