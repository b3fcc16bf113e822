//! Claims: how a run that is queued comes into the hands of one server.

use std::time::Duration;

use chrono::TimeDelta;

use super::{changes, dispatch::length, flights::Flights};
use crate::{
    domain::{
        global_id::GlobalId,
        ids::TenantId,
        run::{Outcome, Run},
    },
    store::{Claim, Store, StoreError, leases, queue},
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

/// Claims the tenant's oldest queued run for a server; none when there is none, or when the tenant has
/// a running one.
pub async fn claim(
    store: &Store,
    server: &str,
    lease: Duration,
    tenant: TenantId,
) -> Result<Option<Claimed>, StoreError> {
    let (lease, server) = (length(lease), server.to_owned());
    // Before the transaction, which may have to wait.
    let at = store.elapsed();
    let claimed = store.write_telling(move |db, notices, now| {
        let Some(queued) = queue::next_queued(db, tenant, now)? else {
            return Ok(None);
        };
        let waited = now - queue::startable_since(db, &queued)?;
        let run = queued.clone().claimed(&server, now + lease, now);
        match changes::change(db, &queued, &run, notices, now)? {
            Some(Claim::Ours) => {}
            Some(Claim::Taken) | None => return Ok(None),
        }
        queue::give_turns(db, tenant, now)?;
        Ok::<_, StoreError>(Some(Claimed { run, at, waited }))
    });
    let claimed = claimed.await?;
    if claimed.is_some() {
        store.announce(tenant);
    }
    Ok(claimed)
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
