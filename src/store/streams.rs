//! Streams of events: their names, and the counters that number them.
//!
//! A counter's row is locked by whoever writes an event, until the transaction ends: within a stream
//! the order of sequences is the order of commits, without gaps. Counters are therefore taken last,
//! those of tenants before those of people, and each of the two in the order of identifiers.

use std::collections::{BTreeMap, HashMap};

use diesel::{prelude::*, upsert::excluded};

use super::{
    columns::Origin,
    conn::{Db, each_backend},
    error::StoreError,
    schema::streams,
};
use crate::domain::ids::{TenantId, UserId};

/// Streams in one statement: SQLite takes one parameter for each.
const CHUNK: usize = 500;

/// Whose events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// What happens to the runs of a tenant.
    Tenant(TenantId),
    /// What happens to the notifications of a person.
    Person(UserId),
}

impl Stream {
    pub(super) fn name(self) -> String {
        match self {
            Self::Tenant(id) => format!("tenant:{id}"),
            Self::Person(id) => format!("user:{id}"),
        }
    }

    /// The stream of this name, if there is such a stream.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.split_once(':')? {
            ("tenant", id) => id.parse().ok().map(Self::Tenant),
            ("user", id) => id.parse().ok().map(Self::Person),
            _ => None,
        }
    }
}

impl From<TenantId> for Stream {
    fn from(id: TenantId) -> Self {
        Self::Tenant(id)
    }
}

impl From<UserId> for Stream {
    fn from(id: UserId) -> Self {
        Self::Person(id)
    }
}

/// The place of the next event. From here to the commit nobody else can write to the stream.
pub(super) fn next(db: &mut Db, stream: Stream) -> Result<i64, StoreError> {
    moved_by(db, stream, 1)
}

/// Makes room for as many more events of tenants as named; the place of the first one of each.
pub(super) fn reserve(
    db: &mut Db,
    more: &BTreeMap<TenantId, i64>,
) -> Result<HashMap<TenantId, i64>, StoreError> {
    let wanted: Vec<_> = more.iter().collect();
    let mut firsts = HashMap::with_capacity(more.len());
    for chunk in wanted.chunks(CHUNK) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|(tenant, more)| {
                let stream = Stream::Tenant(**tenant);
                (
                    streams::name.eq(stream.name()),
                    streams::sequence.eq(**more),
                )
            })
            .collect();
        let moved: Vec<(String, i64)> = each_backend!(db, |conn| {
            diesel::insert_into(streams::table)
                .values(&rows)
                .on_conflict(streams::name)
                .do_update()
                .set(streams::sequence.eq(streams::sequence + excluded(streams::sequence)))
                .returning((streams::name, streams::sequence))
                .get_results(conn)
        })?;
        for (name, place) in moved {
            let first = match Stream::named(&name) {
                Some(Stream::Tenant(tenant)) => {
                    more.get(&tenant).map(|more| (tenant, place - more + 1))
                }
                Some(Stream::Person(_)) | None => None,
            };
            let (tenant, first) = first.ok_or_else(|| unasked(&name))?;
            firsts.insert(tenant, first);
        }
    }
    Ok(firsts)
}

fn unasked(name: &str) -> StoreError {
    let from = Origin {
        what: "stream",
        id: name,
    };
    from.corrupt("nobody asked for it")
}

/// Locks the counter without moving it, for whoever does not know yet whether there will be an event.
pub(super) fn hold(db: &mut Db, stream: Stream) -> Result<(), StoreError> {
    moved_by(db, stream, 0).map(drop)
}

fn moved_by(db: &mut Db, stream: Stream, steps: i64) -> Result<i64, StoreError> {
    let first = (streams::name.eq(stream.name()), streams::sequence.eq(steps));
    let sequence = each_backend!(db, |conn| {
        diesel::insert_into(streams::table)
            .values(first)
            .on_conflict(streams::name)
            .do_update()
            .set(streams::sequence.eq(streams::sequence + steps))
            .returning(streams::sequence)
            .get_result(conn)
    })?;
    Ok(sequence)
}

/// The place of a stream's newest event; 0 before the first.
pub fn position(db: &mut Db, stream: impl Into<Stream>) -> Result<i64, StoreError> {
    let query = streams::table
        .find(stream.into().name())
        .select(streams::sequence);
    Ok(query.first(db).optional()?.unwrap_or(0))
}

/// The places of the newest events of these streams; those without an event are left out.
pub fn positions(db: &mut Db, of: &[Stream]) -> Result<Vec<(Stream, i64)>, StoreError> {
    let named: HashMap<String, Stream> = of.iter().map(|stream| (stream.name(), *stream)).collect();
    let names: Vec<&String> = named.keys().collect();
    let mut found = Vec::with_capacity(of.len());
    for chunk in names.chunks(CHUNK) {
        let rows: Vec<(String, i64)> = streams::table
            .filter(streams::name.eq_any(chunk.iter().copied()))
            .select((streams::name, streams::sequence))
            .load(db)?;
        let known = rows.into_iter();
        found.extend(known.filter_map(|(name, place)| Some((*named.get(&name)?, place))));
    }
    Ok(found)
}
