//! Who changed what the run read: one question for the audit events, and only when something changed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::deps::Deps;
use crate::{
    domain::{
        attribution::AuditTrail,
        backup::BackupItem,
        last_change::{self, EarlierItems},
        run::Run,
    },
    graph::TenantGraph,
    store::{Db, StoreError, backups, items, runs},
};

/// Says of each item who changed its object last. `own` is the app through which the tenant is read.
pub(super) async fn attribute(
    deps: &Deps,
    run: &Run,
    door: &TenantGraph,
    own: Uuid,
    items: &mut [BackupItem],
) -> Result<(), StoreError> {
    let (earlier, last_read) = before(deps, run).await?;
    let from = last_change::asked_from(last_read)
        .filter(|_| last_change::is_anything_changed(items, &earlier));
    let trail = match from {
        Some(from) => trail(run, door, from).await,
        None => None,
    };
    last_change::attribute(items, &earlier, trail.as_ref(), own);
    Ok(())
}

/// What the objects were, and when the run of the schedule's last set began.
async fn before(
    deps: &Deps,
    run: &Run,
) -> Result<(EarlierItems, Option<DateTime<Utc>>), StoreError> {
    let (tenant, schedule, kinds) = (run.tenant, run.schedule, run.scope.kinds.clone());
    let now = deps.store.now();
    let load = move |db: &mut Db| {
        let earlier = items::latest(db, tenant, &kinds)?;
        let last_read = match backups::previous(db, schedule, now)? {
            Some(set) => runs::find(db, tenant, set.run)?
                .and_then(|run| run.started_at)
                .or(Some(set.created_at)),
            None => None,
        };
        Ok((earlier, last_read))
    };
    deps.store.read(load).await
}

/// The audit events; none when they cannot be read, which makes no run fail.
async fn trail(run: &Run, door: &TenantGraph, from: DateTime<Utc>) -> Option<AuditTrail> {
    match door.audit_trail(from).await {
        Ok(trail) => Some(trail),
        Err(error) => {
            let failure = error.failure();
            tracing::warn!(run.id = %run.id, tenant.id = %run.tenant, code = %failure.code, "who changed what could not be read: {}", failure.message);
            None
        }
    }
}
