//! Leases: the hold that a worker has on a running run, fenced by the claim it took it with.
//!
//! Every write of a worker names its claim. When the run is in other hands by now nothing is
//! written, and the answer says so.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{dsl::auto_type, prelude::*};

use super::{
    columns::stamp,
    conn::Db,
    error::StoreError,
    runs::{progress_column, readable_runs},
    schema::runs,
};
use crate::domain::{
    ids::{RunId, TenantId},
    reading::Lapsed,
    run::{Progress, Run, RunStatus},
};

/// The run that a worker holds, found by its claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which run.
    pub run: RunId,
    /// The claim it is held by.
    pub claim: i64,
}

impl Held {
    /// The hold that a claimed run gives.
    pub fn of(run: &Run) -> Self {
        Self {
            run: run.id,
            claim: run.claim,
        }
    }
}

/// What people want of a running run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// That it goes on.
    GoOn,
    /// That it stops.
    Stop,
}

#[auto_type(no_type_alias)]
fn row_of(held: Held) -> _ {
    let id: String = held.run.to_string();
    let claim: i64 = held.claim;
    let running: &'static str = RunStatus::Running.as_str();
    runs::table
        .find(id)
        .filter(runs::status.eq(running))
        .filter(runs::claim.eq(claim))
}

/// What came of renewing a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It is longer now, and this is wished.
    Done(Wish),
    /// It is as it was, because somebody is writing to the run, which may be its own landing; this was
    /// wished before.
    Postponed(Wish),
    /// It is lost.
    Lost,
}

/// Lengthens a lease, and tells whether somebody asked for the run to stop. It waits for nobody who holds
/// the row: a landing does so for long, and others need the connection. It asks for the row so many times:
/// where each statement takes long, who holds it for a short change is done after some of them.
pub fn renew(
    db: &mut Db,
    held: Held,
    until: DateTime<Utc>,
    tries: usize,
) -> Result<Renewal, StoreError> {
    let mut is_free = false;
    for _ in 0..tries {
        is_free = is_free || try_hold(db, held)?;
    }
    if is_free {
        diesel::update(row_of(held))
            .set(runs::lease_until.eq(stamp(until)))
            .execute(db)?;
    }
    Ok(match (wish(db, held)?, is_free) {
        (Some(wish), true) => Renewal::Done(wish),
        (Some(wish), false) => Renewal::Postponed(wish),
        (None, _) => Renewal::Lost,
    })
}

/// Locks the row of a held run until the transaction ends; false when somebody else holds it, or the lease
/// is lost.
fn try_hold(db: &mut Db, held: Held) -> Result<bool, StoreError> {
    let Db::Postgres(conn) = db else {
        // Its writers are one at a time.
        return Ok(true);
    };
    let row = row_of(held).select(runs::id);
    let locked: Option<String> = row
        .for_no_key_update()
        .skip_locked()
        .first(conn)
        .optional()?;
    Ok(locked.is_some())
}

/// Whether somebody asked for a held run to stop. None when the lease is lost.
pub fn wish(db: &mut Db, held: Held) -> Result<Option<Wish>, StoreError> {
    let asked: Option<Option<NaiveDateTime>> = row_of(held)
        .select(runs::cancel_requested_at)
        .first(db)
        .optional()?;
    Ok(asked.map(|asked| match asked {
        Some(_) => Wish::Stop,
        None => Wish::GoOn,
    }))
}

/// Whether a worker still holds its run. The row is locked until the transaction ends.
pub fn is_held(db: &mut Db, held: Held) -> Result<bool, StoreError> {
    let touched = diesel::update(row_of(held)).set(runs::claim.eq(held.claim));
    Ok(touched.execute(db)? == 1)
}

/// Notes how far a run is; false when its lease is lost.
pub fn note_progress(db: &mut Db, held: Held, progress: &Progress) -> Result<bool, StoreError> {
    let column = runs::progress.eq(progress_column(progress)?);
    Ok(diesel::update(row_of(held)).set(column).execute(db)? == 1)
}

/// Running runs of a tenant that a server holds. Rows that cannot be read are passed over.
pub fn held_by(db: &mut Db, tenant: TenantId, server: &str) -> Result<Vec<Run>, StoreError> {
    let query = runs::table
        .filter(runs::tenant_id.eq(tenant.to_string()))
        .filter(runs::status.eq(RunStatus::Running.as_str()))
        .filter(runs::owner.eq(server));
    Ok(readable_runs(query.load(db)?))
}

/// Running runs whose lease is nobody's any more, the one that ended first before the others. Rows that
/// cannot be read are passed over.
pub fn lost(db: &mut Db, lapsed: Lapsed, most: i64) -> Result<Vec<Run>, StoreError> {
    let is_nobodys = runs::lease_until
        .lt(stamp(lapsed.before))
        .or(runs::lease_until.gt(stamp(lapsed.behind)));
    let query = runs::table
        .filter(runs::status.eq(RunStatus::Running.as_str()))
        .filter(is_nobodys)
        .order((runs::lease_until, runs::id))
        .limit(most);
    Ok(readable_runs(query.load(db)?))
}
