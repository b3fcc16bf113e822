//! Who changed what the run read: one question for the audit events, and only when something changed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{compare, deps::Deps, run_backup::Harvest};
use crate::{
    domain::{
        attribution::AuditTrail,
        backup::{BackupItem, BackupSet},
        completeness::KindResult,
        global_id::GlobalId,
        ids::PolicyId,
        kind::PolicyKind,
        last_change::{self, EarlierItems},
        run::{Run, Scope},
    },
    graph::TenantGraph,
    store::{Db, StoreError, backups, items, runs},
};

/// Says of each item who changed its object last, and who removed what is not there any more. `own` is
/// the app through which the tenant is read.
pub(super) async fn attribute(
    deps: &Deps,
    run: &Run,
    door: &TenantGraph,
    own: Uuid,
    harvest: &mut Harvest,
) -> Result<(), StoreError> {
    let before = before(deps, run, harvest).await?;
    let changed = last_change::changed_kinds(&harvest.items, &before.removed, &before.earlier);
    let now = deps.store.now();
    let oldest = last_change::oldest_read(before.last_read, &before.bases_read, &changed, now);
    let from = last_change::asked_from(oldest).filter(|_| !changed.is_empty());
    let trail = match from {
        Some(from) => trail(run, door, from).await,
        None => None,
    };
    last_change::attribute(&mut harvest.items, &before.earlier, trail.as_ref(), own);
    harvest.removals = last_change::removals(&before.removed, trail.as_ref(), (from, own));
    Ok(())
}

/// What there was before a run.
struct Before {
    /// What the objects were.
    earlier: EarlierItems,
    /// The last items of those that are not there any more.
    removed: Vec<BackupItem>,
    /// When the run of the schedule's last set began.
    last_read: Option<DateTime<Utc>>,
    /// When the run began that made the set with which a kind is compared.
    bases_read: BTreeMap<PolicyKind, DateTime<Utc>>,
}

/// When the run of a set began to read.
fn read_from(db: &mut Db, set: &BackupSet) -> Result<DateTime<Utc>, StoreError> {
    let run = runs::find(db, set.tenant, set.run)?;
    let started_at = run.and_then(|run| run.started_at);
    Ok(started_at.unwrap_or(set.created_at))
}

async fn before(deps: &Deps, run: &Run, harvest: &Harvest) -> Result<Before, StoreError> {
    let (tenant, schedule, kinds) = (run.tenant, run.schedule, run.scope.kinds.clone());
    let whole = harvest
        .results
        .iter()
        .filter(|result| KindResult::is_whole(result));
    let scope = Scope {
        kinds: whole.map(|result| result.kind).collect(),
        ..run.scope.clone()
    };
    let items: Vec<PolicyId> = harvest.items.iter().map(|item| item.policy).collect();
    let now = deps.store.now();
    let load = move |db: &mut Db| {
        let last_read = match backups::previous(db, schedule, now)? {
            Some(set) => Some(read_from(db, &set)?),
            None => None,
        };
        let bases = compare::bases(db, schedule, &scope, now)?;
        let mut bases_read = BTreeMap::new();
        for (base, kinds) in compare::kinds_by_base(&bases) {
            if let Some(set) = backups::find(db, tenant, base)? {
                let at = read_from(db, &set)?;
                bases_read.extend(kinds.into_iter().map(|kind| (kind, at)));
            }
        }
        Ok(Before {
            earlier: items::latest(db, tenant, &kinds)?,
            removed: compare::removed(db, &bases, &items)?,
            last_read,
            bases_read,
        })
    };
    deps.store.read(load).await
}

/// The audit events; none when they cannot be read, which makes no run fail.
async fn trail(run: &Run, door: &TenantGraph, from: DateTime<Utc>) -> Option<AuditTrail> {
    match door.audit_trail(from).await {
        Ok(trail) => Some(trail),
        Err(error) => {
            let failure = error.failure();
            tracing::warn!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), code = %failure.code, reason = failure.message, "who changed what could not be read");
            None
        }
    }
}
