//! The audit log. Entries are added with the change they tell of and never changed, but for the number
//! of refusals that one stands for.

use std::slice;

use chrono::{DateTime, DurationRound, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::{Map, Value};

use super::{
    columns::{Origin, actor_columns, stamp},
    conn::{Db, each_backend},
    error::{Claim, StoreError},
    schema::{audit_log, refusals},
};
use crate::domain::{
    audit::{self, AuditEntry, Entry, Target},
    ids::AuditEntryId,
};

/// Entries of one statement.
const CHUNK: usize = 500;

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
pub(super) struct AuditRow {
    id: String,
    tenant_id: String,
    occurred_at: NaiveDateTime,
    actor_kind: String,
    actor_id: Option<String>,
    actor_name: String,
    action: String,
    outcome: String,
    target_kind: Option<String>,
    target_id: Option<String>,
    target_name: Option<String>,
    changes: Option<String>,
    request_id: Option<String>,
    ip_address: Option<String>,
}

impl AuditRow {
    fn of(entry: &AuditEntry, now: DateTime<Utc>) -> Self {
        let (actor_kind, actor_id, actor_name) = actor_columns(&entry.actor);
        let target = entry.target.map(Target::columns);
        Self {
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
            changes: changes_column(entry),
            request_id: entry.origin.request_id.clone(),
            ip_address: entry.origin.ip_address.clone(),
        }
    }
}

fn changes_column(entry: &AuditEntry) -> Option<String> {
    (!entry.changes.is_empty()).then(|| Value::Object(entry.changes.clone()).to_string())
}

impl TryFrom<AuditRow> for Entry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "audit entry",
            id: &row.id,
        };
        let changes = match &row.changes {
            Some(text) => serde_json::from_str(text).map_err(|error| from.corrupt(error))?,
            None => Map::new(),
        };
        let actor = from.actor(&row.actor_kind, row.actor_id.as_deref(), &row.actor_name)?;
        let told = AuditEntry {
            tenant: from.text(&row.tenant_id)?,
            actor,
            origin: audit::Origin {
                request_id: row.request_id,
                ip_address: row.ip_address,
            },
            action: from.text(&row.action)?,
            outcome: from.text(&row.outcome)?,
            target: target(from, row.target_kind.as_deref(), row.target_id.as_deref())?,
            target_name: row.target_name,
            changes,
        };
        Ok(Self {
            id: from.text(&row.id)?,
            at: row.occurred_at.and_utc(),
            told,
        })
    }
}

/// What an entry is about; none for a kind that only a newer server knows.
fn target(
    from: Origin<'_>,
    kind: Option<&str>,
    id: Option<&str>,
) -> Result<Option<Target>, StoreError> {
    let (Some(kind), Some(id)) = (kind, id) else {
        return Ok(None);
    };
    Ok(match kind {
        "TENANT" => Some(Target::Tenant(from.text(id)?)),
        "SCHEDULE" => Some(Target::Schedule(from.text(id)?)),
        "RUN" => Some(Target::Run(from.text(id)?)),
        "BACKUP_SET" => Some(Target::BackupSet(from.text(id)?)),
        "MEMBER" => Some(Target::Member(from.text(id)?)),
        "API_TOKEN" => Some(Target::ApiToken(from.text(id)?)),
        _ => None,
    })
}

/// Writes an entry.
pub fn append(db: &mut Db, entry: &AuditEntry, now: DateTime<Utc>) -> Result<(), StoreError> {
    append_all(db, slice::from_ref(entry), now)
}

/// Writes entries, in their order.
pub fn append_all(
    db: &mut Db,
    entries: &[AuditEntry],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for chunk in entries.chunks(CHUNK) {
        let rows: Vec<AuditRow> = chunk.iter().map(|entry| AuditRow::of(entry, now)).collect();
        each_backend!(db, |conn| diesel::insert_into(audit_log::table)
            .values(&rows)
            .execute(conn))?;
    }
    Ok(())
}

/// Writes a refusal, or counts it with those of the same actor, operation and minute: they are one
/// entry, which says how many.
pub fn refuse(
    db: &mut Db,
    entry: &AuditEntry,
    operation: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (_, actor_id, _) = actor_columns(&entry.actor);
    let minute = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
    let key = RefusalKey {
        tenant_id: entry.tenant.to_string(),
        actor_id: actor_id.unwrap_or_default(),
        operation: operation.to_owned(),
        minute: stamp(minute),
    };
    if count_refusal(db, entry, &key)? || begin_refusals(db, entry, &key, now)? == Claim::Ours {
        return Ok(());
    }
    // Another server refused the same caller at the same time, and was first.
    count_refusal(db, entry, &key).map(drop)
}

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = refusals)]
struct RefusalKey {
    tenant_id: String,
    actor_id: String,
    operation: String,
    minute: NaiveDateTime,
}

/// Counts a refusal in the entry of those before it; false when it is the first.
fn count_refusal(db: &mut Db, entry: &AuditEntry, key: &RefusalKey) -> Result<bool, StoreError> {
    let counted = refusals::table
        .filter(refusals::tenant_id.eq(&key.tenant_id))
        .filter(refusals::actor_id.eq(&key.actor_id))
        .filter(refusals::operation.eq(&key.operation))
        .filter(refusals::minute.eq(key.minute));
    let more = refusals::refusal_count.eq(refusals::refusal_count + 1);
    if diesel::update(counted).set(more).execute(db)? == 0 {
        return Ok(false);
    }
    let (id, count): (String, i64) = counted
        .select((refusals::audit_id, refusals::refusal_count))
        .first(db)?;
    let told = changes_column(&entry.clone().refused(count));
    diesel::update(audit_log::table.find(id))
        .set(audit_log::changes.eq(told))
        .execute(db)?;
    Ok(true)
}

/// Writes the entry of a first refusal; taken when there is one already.
fn begin_refusals(
    db: &mut Db,
    entry: &AuditEntry,
    key: &RefusalKey,
    now: DateTime<Utc>,
) -> Result<Claim, StoreError> {
    let row = AuditRow::of(&entry.clone().refused(1), now);
    let first = (
        key.clone(),
        refusals::audit_id.eq(row.id.clone()),
        refusals::refusal_count.eq(1),
    );
    Claim::of(db.transaction(|db| {
        diesel::insert_into(audit_log::table)
            .values(row)
            .execute(db)?;
        diesel::insert_into(refusals::table)
            .values(first)
            .execute(db)
    }))
}
