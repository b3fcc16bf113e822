//! Stored captures side by side: loaded together, and compared where waiting for the database is no harm.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use super::{call::Call, error::Result, items::LEAST_OF_VALUE, loaders::ChangesBetween};
use crate::{
    domain::{
        backup::{BackupItem, PartHashes},
        canonical::Hash,
        capture::Parts,
        diff::{self, Changes},
        global_id::GlobalId,
        ids::{PolicyId, TenantId},
        kind::PolicyKind,
        pieces::pieces,
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
    /// Size of both payloads.
    bytes: u64,
}

impl Captured {
    /// The parts of two items of a policy, or some of them.
    pub(super) fn of(
        [before, after]: [&BackupItem; 2],
        some: impl Fn(&PartHashes) -> PartHashes,
    ) -> Self {
        Self {
            kind: after.kind,
            before: some(&before.parts),
            after: some(&after.parts),
            bytes: before.payload_bytes.saturating_add(after.payload_bytes),
        }
    }
}

/// What changed, and what that counts for in an answer.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) changes: Changes,
    pub(super) weight: usize,
}

/// Why it is not told what changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Untold {
    /// A content is missing or no JSON.
    Damaged {
        /// The content.
        content: Hash,
        /// What is wrong with it.
        why: String,
    },
    /// There is too much to compare, or to tell.
    TooLarge,
}

/// What changed; or why that is not told.
pub(super) type ToldOrNot = std::result::Result<Arc<Told>, Untold>;

/// What changed between two captures, loaded and compared with those of its neighbours.
pub(super) async fn told(call: &Call, tenant: TenantId, captured: Captured) -> Result<ToldOrNot> {
    if !call.budget.compare(captured.bytes) {
        return Ok(Err(Untold::TooLarge));
    }
    let told = call.load(ChangesBetween(tenant, captured)).await?;
    let told = told.unwrap_or_else(|| Err(lost(captured.after.payload)));
    if let Err(Untold::Damaged { content, why }) = &told {
        tracing::error!(tenant.id = %tenant.to_global(), %content, why, "what changed in a policy cannot be told");
    }
    Ok(told)
}

/// Payloads that are held at once while they are compared, in bytes; more where one pair is larger.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;

/// What may be told of captures that are compared together: this much is held until it is counted.
const MOST_TOLD: usize = 32 * 1024 * 1024;

/// What changed between some captures, whose contents are read together as far as that is not too much
/// to hold.
pub(super) fn changes_between(
    db: &mut Db,
    tenant: TenantId,
    captured: &[Captured],
) -> std::result::Result<Vec<(Captured, ToldOrNot)>, StoreError> {
    let mut found = Vec::with_capacity(captured.len());
    let mut left = MOST_TOLD;
    for piece in pieces(captured, |pair| pair.bytes, PIECE_BYTES) {
        let contents = contents_of(db, tenant, piece)?;
        for pair in piece {
            let told = compared(pair, &contents).and_then(|told| {
                let rest = left.checked_sub(told.weight).ok_or(Untold::TooLarge)?;
                left = rest;
                Ok(Arc::new(told))
            });
            found.push((*pair, told));
        }
    }
    Ok(found)
}

fn contents_of(
    db: &mut Db,
    tenant: TenantId,
    captured: &[Captured],
) -> std::result::Result<HashMap<Hash, Vec<u8>>, StoreError> {
    let sides = captured.iter().flat_map(|pair| [&pair.before, &pair.after]);
    let mut hashes: Vec<Hash> = sides.flat_map(PartHashes::all).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let contents = contents::bytes_of(db, tenant, &hashes)?;
    Ok(contents.into_iter().collect())
}

fn compared(
    pair: &Captured,
    contents: &HashMap<Hash, Vec<u8>>,
) -> std::result::Result<Told, Untold> {
    let (before, after) = (
        parts(&pair.before, contents)?,
        parts(&pair.after, contents)?,
    );
    let changes = diff::changes(&before, &after, &catalog::entry(pair.kind).capture);
    let values = changes.list.iter().flat_map(|it| [&it.before, &it.after]);
    let weight = values.flatten().map(weight).sum();
    Ok(Told { changes, weight })
}

/// What a value counts for in an answer.
fn weight(value: &Value) -> usize {
    let inner = match value {
        Value::Array(elements) => elements.iter().map(weight).sum(),
        Value::Object(members) => {
            let member = |(name, value): (&String, _)| name.len() + weight(value);
            members.iter().map(member).sum()
        }
        Value::String(text) => text.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    LEAST_OF_VALUE + inner
}

fn lost(content: Hash) -> Untold {
    Untold::Damaged {
        content,
        why: "it is missing or damaged".to_owned(),
    }
}

fn parts(
    hashes: &PartHashes,
    contents: &HashMap<Hash, Vec<u8>>,
) -> std::result::Result<Parts, Untold> {
    let document = |hash: Hash| -> std::result::Result<Value, Untold> {
        let bytes = contents.get(&hash).ok_or_else(|| lost(hash))?;
        serde_json::from_slice(bytes).map_err(|error| Untold::Damaged {
            content: hash,
            why: error.to_string(),
        })
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
