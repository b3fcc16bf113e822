//! Claims: how a run that is queued comes into the hands of one server.

use std::time::Duration;

use super::{changes, dispatch::length};
use crate::{
    domain::{ids::TenantId, run::Run},
    store::{Claim, Store, StoreError, queue},
};

/// A run that this server has just claimed.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The run.
    pub run: Run,
    /// When its lease began, in steady time.
    pub at: Duration,
}

/// Claims the tenant's oldest queued run for a server; none when there is none, or when the tenant has
/// a running one.
pub async fn claim(
    store: &Store,
    server: &str,
    lease: Duration,
    tenant: TenantId,
) -> Result<Option<Claimed>, StoreError> {
    let (lease, server, steady) = (length(lease), server.to_owned(), store.clone());
    let claimed = store.write_telling(move |db, notices, now| {
        let at = steady.elapsed();
        let Some(queued) = queue::next_queued(db, tenant, now)? else {
            return Ok(None);
        };
        let run = queued.clone().claimed(&server, now + lease, now);
        match changes::change(db, &queued, &run, notices, now)? {
            Some(Claim::Ours) => {}
            Some(Claim::Taken) | None => return Ok(None),
        }
        queue::give_turns(db, tenant, now)?;
        Ok::<_, StoreError>(Some(Claimed { run, at }))
    });
    let claimed = claimed.await?;
    if claimed.is_some() {
        store.announce(tenant);
    }
    Ok(claimed)
}
