//! When the dispatcher last ticked, on whichever server; and facts about the database itself.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::stamp,
    conn::Db,
    error::StoreError,
    schema::{dispatcher, settings},
};

const ONLY: i16 = 1;

/// Notes a tick and gives the one before it; none for the first ever.
pub fn note_tick(db: &mut Db, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row = dispatcher::table.find(ONLY);
    let last: Option<NaiveDateTime> = row.select(dispatcher::last_tick_at).first(db).optional()?;
    let at = dispatcher::last_tick_at.eq(stamp(now));
    match last {
        Some(_) => diesel::update(row).set(at).execute(db)?,
        None => diesel::insert_into(dispatcher::table)
            .values((dispatcher::id.eq(ONLY), at))
            .execute(db)?,
    };
    Ok(last.map(|at| at.and_utc()))
}

/// The newest tick of any server.
pub fn last_tick(db: &mut Db) -> Result<Option<DateTime<Utc>>, StoreError> {
    let last: Option<NaiveDateTime> = dispatcher::table
        .find(ONLY)
        .select(dispatcher::last_tick_at)
        .first(db)
        .optional()?;
    Ok(last.map(|at| at.and_utc()))
}

/// A fact about the database; when there is none yet, `value` becomes it.
pub fn settle(db: &mut Db, name: &str, value: &str) -> Result<String, StoreError> {
    let row = settings::table.find(name);
    let known: Option<String> = row.select(settings::value).first(db).optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let new = (settings::name.eq(name), settings::value.eq(value));
    diesel::insert_into(settings::table)
        .values(new)
        .execute(db)?;
    Ok(value.to_owned())
}
