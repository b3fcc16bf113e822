//! What the tables say when all is over, read without the product's own queries.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types as sql};
use tenantatlas::store::{Db, Store, StoreError};

/// Identifiers as they are stored.
pub(crate) type Id = String;

/// A run.
#[derive(Clone, Debug, QueryableByName)]
pub(crate) struct RunRecord {
    #[diesel(sql_type = sql::Text)]
    pub(crate) id: Id,
    #[diesel(sql_type = sql::Text)]
    pub(crate) schedule_id: Id,
    #[diesel(sql_type = sql::Text)]
    pub(crate) trigger_kind: String,
    #[diesel(sql_type = sql::Nullable<sql::Timestamp>)]
    pub(crate) slot: Option<NaiveDateTime>,
    #[diesel(sql_type = sql::Text)]
    pub(crate) status: String,
    #[diesel(sql_type = sql::BigInt)]
    pub(crate) claim: i64,
    #[diesel(sql_type = sql::Nullable<sql::Timestamp>)]
    pub(crate) cancel_requested_at: Option<NaiveDateTime>,
    #[diesel(sql_type = sql::Nullable<sql::Text>)]
    pub(crate) error_code: Option<String>,
    #[diesel(sql_type = sql::Nullable<sql::Timestamp>)]
    pub(crate) last_missed_at: Option<NaiveDateTime>,
    /// Items, as its summary has them.
    #[diesel(sql_type = sql::Nullable<sql::BigInt>)]
    pub(crate) items: Option<i64>,
    /// Whether it ever waited for a worker.
    #[diesel(sql_type = sql::Bool)]
    pub(crate) was_queued: bool,
}

/// A change of a run's status.
#[derive(Clone, Debug, QueryableByName)]
pub(crate) struct EventRecord {
    #[diesel(sql_type = sql::Text)]
    pub(crate) tenant_id: Id,
    #[diesel(sql_type = sql::BigInt)]
    pub(crate) sequence: i64,
    #[diesel(sql_type = sql::Timestamp)]
    pub(crate) occurred_at: NaiveDateTime,
    #[diesel(sql_type = sql::Text)]
    pub(crate) run_id: Id,
    #[diesel(sql_type = sql::Nullable<sql::Text>)]
    pub(crate) previous: Option<String>,
    #[diesel(sql_type = sql::Text)]
    pub(crate) status: String,
    #[diesel(sql_type = sql::Nullable<sql::Text>)]
    pub(crate) owner: Option<String>,
}

impl EventRecord {
    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.occurred_at.and_utc()
    }
}

/// A backup set.
#[derive(Clone, Debug, QueryableByName)]
pub(crate) struct SetRecord {
    #[diesel(sql_type = sql::Text)]
    pub(crate) id: Id,
    #[diesel(sql_type = sql::Text)]
    pub(crate) run_id: Id,
    #[diesel(sql_type = sql::Bool)]
    pub(crate) is_complete: bool,
    #[diesel(sql_type = sql::BigInt)]
    pub(crate) item_count: i64,
    /// Items that are there.
    #[diesel(sql_type = sql::BigInt)]
    pub(crate) items: i64,
    /// Items, as the completeness record of its run has them.
    #[diesel(sql_type = sql::BigInt)]
    pub(crate) recorded: i64,
    #[diesel(sql_type = sql::Bool)]
    pub(crate) is_deleted: bool,
}

/// An entry of the audit log about a run or a set.
#[derive(Clone, Debug, QueryableByName)]
pub(crate) struct AuditRecord {
    #[diesel(sql_type = sql::Text)]
    pub(crate) target_id: Id,
    #[diesel(sql_type = sql::Text)]
    pub(crate) action: String,
    /// The status that it says the run ended with.
    #[diesel(sql_type = sql::Nullable<sql::Text>)]
    pub(crate) status: Option<String>,
}

/// An event of somebody's notifications.
#[derive(Clone, Debug, QueryableByName)]
pub(crate) struct NewsRecord {
    #[diesel(sql_type = sql::Text)]
    pub(crate) user_id: Id,
    #[diesel(sql_type = sql::BigInt)]
    pub(crate) sequence: i64,
    #[diesel(sql_type = sql::Text)]
    pub(crate) kind: String,
    #[diesel(sql_type = sql::Nullable<sql::Text>)]
    pub(crate) notification_id: Option<Id>,
    #[diesel(sql_type = sql::BigInt)]
    pub(crate) unread_count: i64,
}

/// Where a stream's counter stands.
#[derive(Clone, Debug, QueryableByName)]
struct Counter {
    #[diesel(sql_type = sql::Text)]
    name: String,
    #[diesel(sql_type = sql::BigInt)]
    sequence: i64,
}

/// All that is judged.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    pub(crate) runs: Vec<RunRecord>,
    /// By tenant, in order.
    pub(crate) events: Vec<EventRecord>,
    pub(crate) sets: Vec<SetRecord>,
    pub(crate) audit: Vec<AuditRecord>,
    /// By person, in order.
    pub(crate) news: Vec<NewsRecord>,
    /// Where the streams' counters stand, by the names of the streams.
    pub(crate) counters: BTreeMap<String, i64>,
}

impl Records {
    /// Reads everything. Nothing may be under way.
    pub(crate) async fn read(store: &Store) -> Self {
        let read = store.read(Self::load);
        read.await
            .expect("the database answers, now that it is quiet")
    }

    fn load(db: &mut Db) -> Result<Self, StoreError> {
        let counters: Vec<Counter> = sql_query("SELECT name, sequence FROM streams").load(db)?;
        Ok(Self {
            runs: sql_query(
                "SELECT id, schedule_id, trigger_kind, slot, status, claim, \
                        cancel_requested_at, error_code, last_missed_at, (summary::json->>'items')::bigint AS items, \
                        EXISTS (SELECT 1 FROM run_events WHERE run_events.tenant_id = runs.tenant_id \
                                AND run_events.run_id = runs.id AND run::json->>'status' = 'QUEUED') AS was_queued \
                 FROM runs ORDER BY id",
            )
            .load(db)?,
            events: sql_query(
                "SELECT tenant_id, sequence, occurred_at, run_id, previous_status AS previous, run::json->>'status' AS status, \
                        run::json->>'owner' AS owner \
                 FROM run_events ORDER BY tenant_id, sequence",
            )
            .load(db)?,
            sets: sql_query(
                "SELECT id, run_id, is_complete, item_count::bigint AS item_count, deleted_at IS NOT NULL AS is_deleted, \
                        (SELECT COUNT(*) FROM backup_items WHERE set_id = backup_sets.id) AS items, \
                        (SELECT COALESCE(SUM(run_kinds.item_count), 0)::bigint FROM run_kinds \
                         WHERE run_kinds.run_id = backup_sets.run_id) AS recorded \
                 FROM backup_sets ORDER BY id",
            )
            .load(db)?,
            audit: sql_query(
                "SELECT target_id, action, changes::json->'status'->>'after' AS status FROM audit_log \
                 WHERE target_kind IN ('RUN', 'BACKUP_SET') AND outcome <> 'DENIED' ORDER BY id",
            )
            .load(db)?,
            news: sql_query(
                "SELECT user_id, sequence, kind, notification_id, unread_count FROM notification_events \
                 ORDER BY user_id, sequence",
            )
            .load(db)?,
            counters: counters
                .into_iter()
                .map(|counter| (counter.name, counter.sequence))
                .collect(),
        })
    }
}
