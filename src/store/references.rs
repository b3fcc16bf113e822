//! What the groups, filters and scope tags that items point to are called, and were called when.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::{Origin, stamp, stamp_of},
    conn::{Db, each_backend},
    contents,
    error::StoreError,
    schema::{backup_sets, reference_names},
};
use crate::domain::{
    canonical::Hash,
    ids::{BackupSetId, TenantId},
    reference::{self, Knowledge, Known, Lesson, Named, Reference, ReferenceKind},
};

/// Keys in one statement: SQLite takes one parameter for each.
const CHUNK: usize = 500;

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = reference_names, treat_none_as_default_value = false)]
struct NameRow {
    tenant_id: String,
    kind: String,
    graph_id: String,
    since: NaiveDateTime,
    until: Option<NaiveDateTime>,
    name: Option<String>,
    confirmed_at: Option<NaiveDateTime>,
}

fn reference_of(kind: &str, id: String) -> Result<Reference, StoreError> {
    let from = Origin {
        what: "name of",
        id: &id,
    };
    let kind = from.text(kind)?;
    Ok(Reference { kind, id })
}

/// What some stored lists of references hold, those that are lost left out.
pub fn lists(
    db: &mut Db,
    tenant: TenantId,
    hashes: &[Hash],
) -> Result<HashMap<Hash, BTreeSet<Reference>>, StoreError> {
    let found = contents::bytes_of(db, tenant, hashes)?;
    let lists = found.into_iter().map(|(hash, bytes)| {
        let damaged = || StoreError::Corrupt {
            what: "references",
            id: hash.to_string(),
            why: "they are no lists of identifiers".to_owned(),
        };
        Ok((hash, reference::read(&bytes).ok_or_else(damaged)?))
    });
    lists.collect()
}

/// What is known now of some references of a tenant.
pub fn known(
    db: &mut Db,
    tenant: TenantId,
    references: &BTreeSet<Reference>,
) -> Result<Knowledge, StoreError> {
    let mut known = Knowledge::new();
    for chunk in ids(references.iter()).chunks(CHUNK) {
        let rows: Vec<(String, String, Option<String>, Option<NaiveDateTime>)> =
            reference_names::table
                .filter(reference_names::tenant_id.eq(tenant.to_string()))
                .filter(reference_names::kind.eq_any(kinds()))
                .filter(reference_names::graph_id.eq_any(chunk))
                .filter(reference_names::until.is_null())
                .select((
                    reference_names::kind,
                    reference_names::graph_id,
                    reference_names::name,
                    reference_names::confirmed_at,
                ))
                .load(db)?;
        for (kind, id, name, confirmed_at) in rows {
            let confirmed_at = confirmed_at.map(|at| at.and_utc());
            known.insert(reference_of(&kind, id)?, Known { name, confirmed_at });
        }
    }
    Ok(known)
}

fn ids<'a>(references: impl Iterator<Item = &'a Reference>) -> Vec<&'a str> {
    references.map(|reference| reference.id.as_str()).collect()
}

/// Writes down what a run learnt. The caller holds the run, and a tenant has one at a time.
pub fn learn(
    db: &mut Db,
    tenant: TenantId,
    lessons: &[Lesson],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for kind in ReferenceKind::ALL.iter().copied() {
        let (mut confirmed, mut learnt) = (Vec::new(), Vec::new());
        for lesson in lessons {
            match lesson {
                Lesson::Confirmed(reference) if reference.kind == kind => {
                    confirmed.push(reference);
                }
                Lesson::Learnt(reference, known) if reference.kind == kind => {
                    learnt.push((reference, known));
                }
                Lesson::Confirmed(_) | Lesson::Learnt(..) => {}
            }
        }
        for chunk in confirmed.chunks(CHUNK) {
            let rows = reference_names::table
                .filter(reference_names::tenant_id.eq(tenant.to_string()))
                .filter(reference_names::kind.eq(kind.as_str()))
                .filter(reference_names::graph_id.eq_any(ids(chunk.iter().copied())))
                .filter(reference_names::until.is_null());
            diesel::update(rows)
                .set(reference_names::confirmed_at.eq(stamp(now)))
                .execute(db)?;
        }
        for chunk in learnt.chunks(CHUNK) {
            begin(db, tenant, kind, chunk, now)?;
        }
    }
    Ok(())
}

/// Ends what held until now and lets something else hold from now on.
fn begin(
    db: &mut Db,
    tenant: TenantId,
    kind: ReferenceKind,
    learnt: &[(&Reference, &Known)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let of_kind = || {
        reference_names::table
            .filter(reference_names::tenant_id.eq(tenant.to_string()))
            .filter(reference_names::kind.eq(kind.as_str()))
            .filter(reference_names::graph_id.eq_any(ids(learnt.iter().map(|it| it.0))))
    };
    // What held for no time at all was never shown.
    diesel::delete(of_kind().filter(reference_names::since.eq(stamp(now)))).execute(db)?;
    diesel::update(of_kind().filter(reference_names::until.is_null()))
        .set(reference_names::until.eq(stamp(now)))
        .execute(db)?;
    let row = |(reference, known): &(&Reference, &Known)| NameRow {
        tenant_id: tenant.to_string(),
        kind: kind.to_string(),
        graph_id: reference.id.clone(),
        since: stamp(now),
        until: None,
        name: known.name.clone(),
        confirmed_at: stamp_of(known.confirmed_at),
    };
    let rows: Vec<NameRow> = learnt.iter().map(row).collect();
    each_backend!(db, |conn| diesel::insert_into(reference_names::table)
        .values(&rows)
        .execute(conn))?;
    Ok(())
}

/// Lists of references with their names, by the set that shows them and the list's hash.
pub type NamedLists = HashMap<(BackupSetId, Hash), Vec<Named>>;

/// What a stored list of references was called when a set was made, for some sets and lists at once.
pub fn named(
    db: &mut Db,
    tenant: TenantId,
    wanted: &[(BackupSetId, Hash)],
) -> Result<NamedLists, StoreError> {
    let mut hashes: Vec<Hash> = wanted.iter().map(|(_, hash)| *hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let lists = lists(db, tenant, &hashes)?;
    let made_at = made_at(db, tenant, wanted)?;
    let all: BTreeSet<&Reference> = lists.values().flatten().collect();
    let names = history(db, tenant, &all)?;
    let answers = wanted.iter().filter_map(|key| {
        let (at, list) = (made_at.get(&key.0)?, lists.get(&key.1)?);
        let named = list.iter().map(|reference| Named {
            name: name_at(reference, &names, *at),
            reference: reference.clone(),
        });
        Some((*key, named.collect()))
    });
    Ok(answers.collect())
}

/// When sets were made.
fn made_at(
    db: &mut Db,
    tenant: TenantId,
    wanted: &[(BackupSetId, Hash)],
) -> Result<HashMap<BackupSetId, NaiveDateTime>, StoreError> {
    let sets: BTreeSet<String> = wanted.iter().map(|(set, _)| set.to_string()).collect();
    let sets: Vec<String> = sets.into_iter().collect();
    let mut made_at = HashMap::new();
    for chunk in sets.chunks(CHUNK) {
        let rows: Vec<(String, NaiveDateTime)> = backup_sets::table
            .filter(backup_sets::tenant_id.eq(tenant.to_string()))
            .filter(backup_sets::id.eq_any(chunk))
            .select((backup_sets::id, backup_sets::created_at))
            .load(db)?;
        for (id, at) in rows {
            let from = Origin {
                what: "backup set",
                id: &id,
            };
            made_at.insert(from.text(&id)?, at);
        }
    }
    Ok(made_at)
}

/// Every kind by name: the key of a name begins with tenant and kind.
fn kinds() -> impl Iterator<Item = &'static str> {
    ReferenceKind::ALL.iter().map(|kind| kind.as_str())
}

/// From when on which name held, oldest first.
type History = HashMap<Reference, Vec<(NaiveDateTime, Option<String>)>>;

fn history(
    db: &mut Db,
    tenant: TenantId,
    references: &BTreeSet<&Reference>,
) -> Result<History, StoreError> {
    let mut names = History::new();
    for chunk in ids(references.iter().copied()).chunks(CHUNK) {
        let rows: Vec<(String, String, NaiveDateTime, Option<String>)> = reference_names::table
            .filter(reference_names::tenant_id.eq(tenant.to_string()))
            .filter(reference_names::kind.eq_any(kinds()))
            .filter(reference_names::graph_id.eq_any(chunk))
            .order(reference_names::since)
            .select((
                reference_names::kind,
                reference_names::graph_id,
                reference_names::since,
                reference_names::name,
            ))
            .load(db)?;
        for (kind, id, since, name) in rows {
            let held = names.entry(reference_of(&kind, id)?).or_default();
            held.push((since, name));
        }
    }
    Ok(names)
}

fn name_at(reference: &Reference, names: &History, at: NaiveDateTime) -> Option<String> {
    if let Some(name) = reference.well_known_name() {
        return Some(name.to_owned());
    }
    let held = names.get(reference)?;
    let (_, name) = held.iter().rfind(|(since, _)| *since <= at)?;
    name.clone()
}

/// Removes every name of a tenant that is deleted.
pub fn remove(db: &mut Db, tenant: TenantId) -> Result<usize, StoreError> {
    let rows = reference_names::table.filter(reference_names::tenant_id.eq(tenant.to_string()));
    Ok(diesel::delete(rows).execute(db)?)
}
