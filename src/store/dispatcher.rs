//! When the dispatcher last ticked, on whichever server.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::stamp,
    conn::{Db, each_backend},
    error::StoreError,
    schema::dispatcher,
};

const ONLY: i16 = 1;

/// Notes that a tick was made at `now`.
pub fn note_tick(db: &mut Db, now: DateTime<Utc>) -> Result<(), StoreError> {
    let at = dispatcher::last_tick_at.eq(stamp(now));
    each_backend!(db, |conn| diesel::insert_into(dispatcher::table)
        .values((dispatcher::id.eq(ONLY), at))
        .on_conflict(dispatcher::id)
        .do_update()
        .set(at)
        .execute(conn))?;
    Ok(())
}

/// The newest tick of any server; none before the first ever.
pub fn last_tick(db: &mut Db) -> Result<Option<DateTime<Utc>>, StoreError> {
    let last: Option<NaiveDateTime> = dispatcher::table
        .find(ONLY)
        .select(dispatcher::last_tick_at)
        .first(db)
        .optional()?;
    Ok(last.map(|at| at.and_utc()))
}
