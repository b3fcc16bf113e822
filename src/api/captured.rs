//! Stored captures side by side: loaded together, and compared where waiting for the database is no harm.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use crate::{
    domain::{
        backup::PartHashes,
        canonical::Hash,
        capture::Parts,
        diff::{self, Changes},
        ids::{PolicyId, TenantId},
        kind::PolicyKind,
        version::{Version, versions},
    },
    graph::catalog,
    store::{Db, StoreError, contents, sights},
};

/// Two captures of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Captured {
    pub(super) kind: PolicyKind,
    pub(super) before: PartHashes,
    pub(super) after: PartHashes,
}

/// What changed; or the content that is missing or no JSON, and why.
pub(super) type ChangesOrDamage = std::result::Result<Arc<Changes>, (Hash, String)>;

/// What changed between some captures, whose contents are read together.
pub(super) fn changes_between(
    db: &mut Db,
    tenant: TenantId,
    captured: &[Captured],
) -> std::result::Result<Vec<(Captured, ChangesOrDamage)>, StoreError> {
    let both = |pair: &Captured| {
        pair.before
            .all()
            .chain(pair.after.all())
            .collect::<Vec<_>>()
    };
    let mut hashes: Vec<Hash> = captured.iter().flat_map(both).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let contents: HashMap<Hash, Vec<u8>> = contents::bytes_of(db, tenant, &hashes)?
        .into_iter()
        .collect();
    let compared = |pair: &Captured| {
        let (before, after) = (
            parts(&pair.before, &contents)?,
            parts(&pair.after, &contents)?,
        );
        let rules = &catalog::entry(pair.kind).capture;
        Ok(Arc::new(diff::changes(&before, &after, rules)))
    };
    Ok(captured
        .iter()
        .map(|pair| (*pair, compared(pair)))
        .collect())
}

fn parts(
    hashes: &PartHashes,
    contents: &HashMap<Hash, Vec<u8>>,
) -> std::result::Result<Parts, (Hash, String)> {
    let document = |hash: Hash| -> std::result::Result<Value, (Hash, String)> {
        let bytes = contents
            .get(&hash)
            .ok_or_else(|| (hash, "it is missing".to_owned()))?;
        serde_json::from_slice(bytes).map_err(|error| (hash, error.to_string()))
    };
    Ok(Parts {
        payload: document(hashes.payload)?,
        assignments: hashes.assignments.map(document).transpose()?,
        scope_tags: hashes.scope_tags.map(document).transpose()?,
        sealed: hashes.sealed.map(document).transpose()?,
    })
}

/// Items of a policy that its history is worked out from: the newest, and more than retention keeps of
/// any schedule.
const MOST_SIGHTINGS: i64 = 5_000;

/// Policies with their versions.
type Histories = Vec<(PolicyId, Arc<Vec<Version>>)>;

/// The versions of some policies.
pub(super) fn versions_of(
    db: &mut Db,
    tenant: TenantId,
    policies: &[PolicyId],
) -> std::result::Result<Histories, StoreError> {
    let of = |policy: &PolicyId| {
        let seen = sights::of_policy(db, tenant, *policy, MOST_SIGHTINGS)?;
        Ok((*policy, Arc::new(versions(seen))))
    };
    policies.iter().map(of).collect()
}
