//! What objects were in the set that they are compared with, and what they are; by their contents where
//! hashes do not tell.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::{
    domain::{
        attribution::Attribution,
        backup::{BackupItem, PartHashes},
        canonical::Hash,
        capture::{self, Parts},
        change_notice::{ChangedPolicy, How},
        comparison::{self, Split},
        diff,
        ids::{PolicyId, TenantId},
        pieces::pieces,
    },
    graph::catalog,
    store::{Db, StoreError, contents},
};

/// Objects whose assignments are held at once.
const ASSIGNMENTS_AT_ONCE: usize = 200;

/// Payloads that are held at once, in bytes; more where one is larger.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;

/// Payloads whose state is worked out anew for one set, in bytes: this happens in the transaction that stores
/// the set, once after an update of the server that brings other rules.
pub(super) const MOST_ANEW: u64 = 32 * 1024 * 1024;

/// What objects were and are.
pub(super) struct Sides<'a> {
    pub(super) tenant: TenantId,
    pub(super) earlier: &'a HashMap<PolicyId, BackupItem>,
    pub(super) now: &'a HashMap<PolicyId, &'a BackupItem>,
}

/// Objects that count as changed only because they were captured under other rules, or may do so.
#[derive(Debug, Default)]
pub(super) struct Anew {
    /// They have the same state under today's rules.
    pub(super) same: HashSet<PolicyId>,
    /// What they were cannot be read, or is too much to be read.
    pub(super) unknown: HashSet<PolicyId>,
}

impl Sides<'_> {
    fn pairs<'b>(
        &'b self,
        policies: &'b [PolicyId],
    ) -> impl Iterator<Item = (&'b BackupItem, &'b BackupItem)> {
        let pair = |policy: &PolicyId| Some((self.earlier.get(policy)?, *self.now.get(policy)?));
        policies.iter().filter_map(pair)
    }

    /// Looks again at those of the changed objects that were captured under other rules, `left` bytes of
    /// them at most.
    pub(super) fn anew(
        &self,
        db: &mut Db,
        changed: &[PolicyId],
        left: &mut u64,
    ) -> Result<Anew, StoreError> {
        let (mut anew, mut read) = (Anew::default(), Vec::new());
        for (before, after) in self.pairs(changed) {
            if before.catalog_revision == after.catalog_revision {
                continue;
            }
            match left.checked_sub(before.payload_bytes) {
                Some(rest) => {
                    *left = rest;
                    read.push((before, after));
                }
                None => {
                    anew.unknown.insert(after.policy);
                }
            }
        }
        for piece in pieces(&read, |(before, _)| before.payload_bytes, PIECE_BYTES) {
            let parts = piece.iter().flat_map(|(before, _)| before.parts.all());
            let documents = Documents::of(db, self.tenant, parts)?;
            for (before, after) in piece {
                let rules = &catalog::entry(after.kind).capture;
                let parts = documents.parts(&before.parts);
                match parts.map(|parts| capture::state_hash(&parts, rules)) {
                    Some(state) if state == after.state_hash => anew.same.insert(after.policy),
                    Some(_) => continue,
                    None => anew.unknown.insert(after.policy),
                };
            }
        }
        Ok(anew)
    }

    /// Those of the changed objects whose assignments differ.
    pub(super) fn assigned_otherwise(
        &self,
        db: &mut Db,
        changed: &[PolicyId],
    ) -> Result<HashSet<PolicyId>, StoreError> {
        let is_else = |(before, after): &(&BackupItem, &BackupItem)| {
            before.parts.assignments != after.parts.assignments
        };
        let (sure, doubtful): (Vec<_>, Vec<_>) =
            self.pairs(changed)
                .filter(is_else)
                .partition(|(before, after)| {
                    comparison::is_assigned_otherwise_only(&before.parts, &after.parts)
                });
        let mut assigned: HashSet<PolicyId> = sure.iter().map(|(_, after)| after.policy).collect();
        for piece in doubtful.chunks(ASSIGNMENTS_AT_ONCE) {
            let both = |(before, after): &(&BackupItem, &BackupItem)| {
                [before.parts.assignments, after.parts.assignments]
            };
            let parts = piece.iter().flat_map(both).flatten();
            let documents = Documents::of(db, self.tenant, parts)?;
            let differ = |(before, after): &&(&BackupItem, &BackupItem)| {
                let lists = [before, after].map(|item| documents.get(item.parts.assignments?));
                diff::is_assigned_otherwise(lists, &catalog::entry(after.kind).capture)
            };
            assigned.extend(piece.iter().filter(differ).map(|(_, after)| after.policy));
        }
        Ok(assigned)
    }

    /// What people are told.
    pub(super) fn told(
        &self,
        split: &Split,
        assigned: &HashSet<PolicyId>,
        removals: &HashMap<PolicyId, Attribution>,
    ) -> Vec<ChangedPolicy> {
        let present = |policy: &PolicyId, how| {
            let item = self.now.get(policy)?;
            Some(ChangedPolicy {
                name: item.name.clone(),
                how,
                by: item.last_change.clone(),
            })
        };
        let added = split
            .added
            .iter()
            .filter_map(|policy| present(policy, How::Added));
        let changed = split.changed.iter().filter_map(|policy| {
            let is_assigned = assigned.contains(policy);
            present(
                policy,
                if is_assigned {
                    How::Assigned
                } else {
                    How::Changed
                },
            )
        });
        let removed = split.removed.iter().filter_map(|policy| {
            Some(ChangedPolicy {
                name: self.earlier.get(policy)?.name.clone(),
                how: How::Removed,
                by: removals.get(policy).cloned(),
            })
        });
        added.chain(changed).chain(removed).collect()
    }
}

/// Stored contents, read.
struct Documents(HashMap<Hash, Vec<u8>>);

impl Documents {
    fn of(
        db: &mut Db,
        tenant: TenantId,
        hashes: impl Iterator<Item = Hash>,
    ) -> Result<Self, StoreError> {
        let mut hashes: Vec<Hash> = hashes.collect();
        hashes.sort_unstable();
        hashes.dedup();
        let stored = contents::bytes_of(db, tenant, &hashes)?;
        Ok(Self(stored.into_iter().collect()))
    }

    /// None when it is missing or damaged.
    fn get(&self, hash: Hash) -> Option<Value> {
        serde_json::from_slice(self.0.get(&hash)?).ok()
    }

    fn parts(&self, hashes: &PartHashes) -> Option<Parts> {
        let maybe = |hash: Option<Hash>| match hash {
            Some(hash) => self.get(hash).map(Some),
            None => Some(None),
        };
        Some(Parts {
            payload: self.get(hashes.payload)?,
            assignments: maybe(hashes.assignments)?,
            scope_tags: maybe(hashes.scope_tags)?,
            sealed: maybe(hashes.sealed)?,
        })
    }
}
