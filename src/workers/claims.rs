//! Claims: how a run that is queued comes into the hands of one server.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{WorkerSettings, changes, dispatch::length, flights::Flights};
use crate::{
    domain::{
        global_id::GlobalId,
        ids::TenantId,
        outage::outage,
        run::{Outcome, Run},
    },
    store::{Claim, Db, Store, StoreError, dispatcher, leases, queue, tenants},
};

/// A run that this server has just claimed.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The run.
    pub run: Run,
    /// When its lease began, in steady time.
    pub at: Duration,
    /// How long it could have been claimed before.
    pub waited: TimeDelta,
}

/// What came of a claim.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A run is this server's.
    Claimed(Box<Claimed>),
    /// Somebody is at the tenant at this moment: another server that claims, or a change by somebody.
    Held,
    /// No run of the tenant may begin now.
    Nothing,
}

/// Tenants whose runs may begin now, longest wait first; some are left out.
pub async fn waiting_tenants(
    store: &Store,
    settings: &WorkerSettings,
    most: usize,
    but: HashSet<TenantId>,
) -> Result<Vec<TenantId>, StoreError> {
    let grace = length(settings.grace);
    let look = move |db: &mut Db, now| {
        let stranded = stranded_until(db, grace, now)?;
        queue::waiting_tenants(db, most, &but, stranded, now)
    };
    store.read_now(look).await
}

/// Until when what was queued must not begin, because an outage strands it that no tick has judged yet.
fn stranded_until(
    db: &mut Db,
    grace: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let last_tick = dispatcher::last_tick(db)?;
    let outage = last_tick.and_then(|last_tick| outage(last_tick, now, None, grace));
    Ok(outage.map(|outage| outage.queued_until))
}

/// Claims the tenant's oldest queued run for a server, unless the tenant has a running one. Waits for no
/// other claim: where several servers reach for the same tenant, one has it and the rest go on to the next.
pub async fn claim(
    store: &Store,
    settings: &WorkerSettings,
    tenant: TenantId,
) -> Result<Answer, StoreError> {
    let (server, lease) = (settings.server.clone(), length(settings.lease));
    let grace = length(settings.grace);
    // Before the transaction, which may have to wait.
    let at = store.elapsed();
    let answer = store.write_telling(move |db, notices, now| {
        if !tenants::try_lock(db, tenant)? {
            return Ok(Answer::Held);
        }
        let stranded = stranded_until(db, grace, now)?;
        let Some(queued) = queue::next_queued(db, tenant, stranded, now)? else {
            return Ok(Answer::Nothing);
        };
        let run = queued.clone().claimed(&server, now + lease, now);
        match changes::change(db, &queued, &run, notices, now)? {
            Some(Claim::Ours) => {}
            Some(Claim::Taken) | None => return Ok(Answer::Nothing),
        }
        queue::give_turns(db, tenant, now)?;
        let waited = now - queue::startable_since(db, &queued)?;
        Ok::<_, StoreError>(Answer::Claimed(Box::new(Claimed { run, at, waited })))
    });
    let answer = answer.await?;
    if matches!(answer, Answer::Claimed(_)) {
        store.announce(tenant);
    }
    Ok(answer)
}

/// Gives back to the queue what this server holds of a tenant and does not carry out: a claim whose answer
/// was lost. It has cost no attempt.
pub(super) async fn give_back(
    store: &Store,
    server: &str,
    tenant: TenantId,
    flights: Flights,
) -> Result<(), StoreError> {
    let server = server.to_owned();
    let given = store.write_telling(move |db, notices, now| {
        for seen in leases::held_by(db, tenant, &server)? {
            if flights.has(seen.id) {
                continue;
            }
            let Some(run) = changes::unchanged(db, &seen)? else {
                continue;
            };
            tracing::warn!(run.id = %run.id.to_global(), tenant.id = %tenant.to_global(), "the claim of a run got no answer; it is given back");
            if run.cancel_requested_at.is_some() {
                changes::cut_short(db, &run, Outcome::Cancelled, notices, now)?;
            } else {
                changes::change(db, &run, &run.clone().handed_back(now), notices, now)?;
            }
        }
        Ok::<_, StoreError>(())
    });
    given.await?;
    store.announce(tenant);
    Ok(())
}
