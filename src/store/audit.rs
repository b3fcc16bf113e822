//! The audit log. Entries are added with the change they tell of and never changed.

use chrono::{DateTime, DurationRound, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::{
    columns::{actor_columns, stamp},
    conn::Db,
    error::{Claim, StoreError},
    schema::{audit_log, refusals},
};
use crate::domain::{
    audit::{AuditEntry, Target},
    ids::AuditEntryId,
};

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = audit_log)]
pub(super) struct AuditRow {
    pub(super) id: String,
    pub(super) tenant_id: String,
    pub(super) occurred_at: NaiveDateTime,
    pub(super) actor_kind: String,
    pub(super) actor_id: Option<String>,
    pub(super) actor_name: String,
    pub(super) action: String,
    pub(super) outcome: String,
    pub(super) target_kind: Option<String>,
    pub(super) target_id: Option<String>,
    pub(super) target_name: Option<String>,
    pub(super) changes: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) ip_address: Option<String>,
}

/// Writes an entry.
pub fn append(db: &mut Db, entry: &AuditEntry, now: DateTime<Utc>) -> Result<(), StoreError> {
    insert(db, entry, now).map(drop)
}

fn insert(db: &mut Db, entry: &AuditEntry, now: DateTime<Utc>) -> Result<String, StoreError> {
    let (actor_kind, actor_id, actor_name) = actor_columns(&entry.actor);
    let target = entry.target.map(Target::columns);
    let changes =
        (!entry.changes.is_empty()).then(|| Value::Object(entry.changes.clone()).to_string());
    let row = AuditRow {
        id: AuditEntryId::mint().to_string(),
        tenant_id: entry.tenant.to_string(),
        occurred_at: stamp(now),
        actor_kind: actor_kind.to_owned(),
        actor_id,
        actor_name,
        action: entry.action.to_string(),
        outcome: entry.outcome.to_string(),
        target_kind: target.as_ref().map(|(kind, _)| (*kind).to_owned()),
        target_id: target.map(|(_, id)| id),
        target_name: entry.target_name.clone(),
        changes,
        request_id: entry.origin.request_id.clone(),
        ip_address: entry.origin.ip_address.clone(),
    };
    let id = row.id.clone();
    diesel::insert_into(audit_log::table)
        .values(row)
        .execute(db)?;
    Ok(id)
}

/// Writes a refusal, or counts it with those of the same actor, operation and minute.
pub fn refuse(
    db: &mut Db,
    entry: &AuditEntry,
    operation: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (_, actor_id, _) = actor_columns(&entry.actor);
    let actor_id = actor_id.unwrap_or_default();
    let minute = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
    let counted = refusals::table
        .filter(refusals::tenant_id.eq(entry.tenant.to_string()))
        .filter(refusals::actor_id.eq(&actor_id))
        .filter(refusals::operation.eq(operation))
        .filter(refusals::minute.eq(stamp(minute)));
    let count = refusals::refusal_count.eq(refusals::refusal_count + 1);
    if diesel::update(counted).set(count).execute(db)? > 0 {
        return Ok(());
    }
    let audit_id = insert(db, entry, now)?;
    let first = (
        refusals::tenant_id.eq(entry.tenant.to_string()),
        refusals::actor_id.eq(actor_id),
        refusals::operation.eq(operation),
        refusals::minute.eq(stamp(minute)),
        refusals::audit_id.eq(audit_id),
        refusals::refusal_count.eq(1),
    );
    // Two servers may refuse the same caller at once: then the log has two lines, which is no harm.
    let claim = Claim::of(db.transaction(|db| {
        diesel::insert_into(refusals::table)
            .values(first)
            .execute(db)
    }))?;
    if claim == Claim::Taken {
        tracing::debug!(
            operation,
            "a refusal was counted by another server at the same time"
        );
    }
    Ok(())
}
