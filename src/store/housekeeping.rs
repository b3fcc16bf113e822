//! What is old goes, some rows at a time.
//!
//! Rows that somebody else holds are left for another time, so that nobody waits in a circle.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text, Timestamp},
};

use super::{
    columns::stamp,
    conn::{Db, each_backend},
    error::StoreError,
    schema::settings,
};

/// Rows that are of no use when they are old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Litter {
    /// Events of runs.
    RunEvents,
    /// Events of notifications.
    NotificationEvents,
    /// What is remembered of mutations that may be repeated.
    IdempotencyKeys,
    /// Notifications, read or not.
    Notifications,
    /// API tokens whose time is over.
    ExpiredTokens,
    /// API tokens that somebody revoked.
    RevokedTokens,
    /// Counters of refusals; their entries say the number.
    Refusals,
    /// Entries of the audit log.
    AuditEntries,
}

/// Where old rows lie.
struct Place {
    table: &'static str,
    /// Columns that tell one row from others.
    key: &'static str,
    /// When a row began to be old.
    age: &'static str,
}

impl Litter {
    fn place(self) -> Place {
        let (table, key, age) = match self {
            Self::RunEvents => ("run_events", "tenant_id", "occurred_at"),
            Self::NotificationEvents => ("notification_events", "user_id", "occurred_at"),
            Self::IdempotencyKeys => (
                "idempotency_keys",
                "principal, operation, idempotency_key",
                "created_at",
            ),
            Self::Notifications => ("notifications", "id", "created_at"),
            Self::ExpiredTokens => ("api_tokens", "id", "expires_at"),
            Self::RevokedTokens => ("api_tokens", "id", "revoked_at"),
            Self::Refusals => (
                "refusals",
                "actor_id, tenant_id, operation, minute",
                "minute",
            ),
            Self::AuditEntries => ("audit_log", "id", "occurred_at"),
        };
        Place { table, key, age }
    }
}

/// Removes some of what was old before an instant, about `most` rows; how many.
pub fn sweep(
    db: &mut Db,
    litter: Litter,
    before: DateTime<Utc>,
    most: i64,
) -> Result<usize, StoreError> {
    let (place, before) = (litter.place(), stamp(before));
    match litter {
        Litter::RunEvents | Litter::NotificationEvents => sweep_streams(db, &place, before, most),
        Litter::AuditEntries => {
            // What still counts for an entry goes with it.
            remove(db, COUNTERS_OF_ENTRIES, before, most)?;
            sweep_rows(db, &place, before, most)
        }
        Litter::IdempotencyKeys
        | Litter::Notifications
        | Litter::ExpiredTokens
        | Litter::RevokedTokens
        | Litter::Refusals => sweep_rows(db, &place, before, most),
    }
}

/// The row that whoever keeps house holds.
const BROOM: &str = "housekeeping";

/// Whether nobody else keeps house; then nobody does until the transaction ends.
pub fn is_alone(db: &mut Db) -> Result<bool, StoreError> {
    let Db::Postgres(conn) = db else {
        // Its writers are one at a time.
        return Ok(true);
    };
    let row = (settings::name.eq(BROOM), settings::value.eq(""));
    diesel::insert_into(settings::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn)?;
    let held: Option<String> = settings::table
        .find(BROOM)
        .select(settings::name)
        .for_update()
        .skip_locked()
        .first(conn)
        .optional()?;
    Ok(held.is_some())
}

#[derive(QueryableByName)]
struct Free {
    #[diesel(sql_type = BigInt)]
    freelist_count: i64,
}

/// Pages that an embedded database keeps for what it writes next: 4 MiB.
const RESERVE: i64 = 1_024;

/// Gives up to `pages` pages of an embedded database back to the system; false when there are none to
/// give. PostgreSQL looks after itself.
pub fn give_back(db: &mut Db, pages: u32) -> Result<bool, StoreError> {
    let Db::Sqlite(conn) = db else {
        return Ok(false);
    };
    let free: Free = sql_query("PRAGMA freelist_count").get_result(conn)?;
    if free.freelist_count <= RESERVE {
        return Ok(false);
    }
    conn.batch_execute(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let left: Free = sql_query("PRAGMA freelist_count").get_result(conn)?;
    // A database that an older version made without the setting gives nothing back.
    Ok(left.freelist_count < free.freelist_count)
}

/// Where the oldest entries' counters are. Only an age of less than a day for entries leaves any.
const COUNTERS_OF_ENTRIES: &str = "DELETE FROM refusals WHERE audit_id IN \
     (SELECT id FROM audit_log WHERE occurred_at < $1 ORDER BY occurred_at, id LIMIT $2{LEFT})";

fn sweep_rows(
    db: &mut Db,
    place: &Place,
    before: NaiveDateTime,
    most: i64,
) -> Result<usize, StoreError> {
    let Place { table, key, age } = place;
    let statement = format!(
        "DELETE FROM {table} WHERE ({key}) IN \
         (SELECT {key} FROM {table} WHERE {age} < $1 ORDER BY {age}, {key} LIMIT $2{{LEFT}})"
    );
    remove(db, &statement, before, most)
}

/// Runs a statement that finds its rows itself; those that somebody holds are left out.
fn remove(
    db: &mut Db,
    statement: &str,
    before: NaiveDateTime,
    most: i64,
) -> Result<usize, StoreError> {
    let left = match db {
        Db::Sqlite(_) => "",
        Db::Postgres(_) => " FOR UPDATE SKIP LOCKED",
    };
    let statement = statement.replace("{LEFT}", left);
    Ok(each_backend!(db, |conn| sql_query(statement)
        .bind::<Timestamp, _>(before)
        .bind::<BigInt, _>(most)
        .execute(conn))?)
}

#[derive(QueryableByName)]
struct End {
    #[diesel(sql_type = Text)]
    stream: String,
    #[diesel(sql_type = BigInt)]
    sequence: i64,
}

/// Removes the beginning of streams, so that what is left of each has no gap: instants of events
/// need not come in the order of their sequences.
fn sweep_streams(
    db: &mut Db,
    place: &Place,
    before: NaiveDateTime,
    most: i64,
) -> Result<usize, StoreError> {
    let Place { table, key, age } = place;
    let oldest = format!(
        "SELECT stream, MAX(sequence) AS sequence FROM \
         (SELECT {key} AS stream, sequence FROM {table} WHERE {age} < $1 ORDER BY {age} LIMIT $2) AS old \
         GROUP BY stream ORDER BY stream"
    );
    let ends: Vec<End> = each_backend!(db, |conn| sql_query(oldest)
        .bind::<Timestamp, _>(before)
        .bind::<BigInt, _>(most)
        .load(conn))?;
    let statement = format!("DELETE FROM {table} WHERE {key} = $1 AND sequence <= $2");
    let mut removed = 0;
    for End { stream, sequence } in ends {
        removed += each_backend!(db, |conn| sql_query(&statement)
            .bind::<Text, _>(&stream)
            .bind::<BigInt, _>(sequence)
            .execute(conn))?;
    }
    Ok(removed)
}
