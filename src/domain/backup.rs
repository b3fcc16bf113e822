//! What a run stored: a set, and the items in it.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    actor::Actor,
    attribution::Attribution,
    canonical::Hash,
    ids::{BackupItemId, BackupSetId, PolicyId, RunId, ScheduleId, TenantId},
    kind::PolicyKind,
    run::Scope,
    sub_kind::SubKind,
    words::words,
};

words! {
    /// Why a backup set was deleted.
    DeletionReason {
        /// The schedule's retention.
        Retention "RETENTION"
        /// A user or an API token.
        User "USER"
    }
}

/// How long a deleted set can be brought back before it is purged for good.
pub const PURGE_AFTER: TimeDelta = TimeDelta::days(30);

/// That a set was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: DeletionReason,
    /// By whom.
    pub by: Actor,
}

impl Deletion {
    /// When the set will be purged for good.
    pub fn purge_at(&self) -> DateTime<Utc> {
        self.at + PURGE_AFTER
    }
}

/// All that one run stored. It never changes, apart from being deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupSet {
    /// Its identifier.
    pub id: BackupSetId,
    /// The tenant.
    pub tenant: TenantId,
    /// The schedule of the run.
    pub schedule: ScheduleId,
    /// The run that made it.
    pub run: RunId,
    /// When it was completed.
    pub created_at: DateTime<Utc>,
    /// Whether all kinds asked for are in it in full.
    pub is_complete: bool,
    /// What it holds in full.
    pub scope: Scope,
    /// Kinds that were asked for and are not in it in full.
    pub missing_kinds: Vec<PolicyKind>,
    /// Items in it.
    pub item_count: u32,
    /// Size of the payloads in bytes, before compression.
    pub payload_bytes: u64,
    /// Over the sorted content hashes of its items.
    pub content_hash: Hash,
    /// That it was deleted.
    pub deletion: Option<Deletion>,
    /// When all its hashes were last checked; none when never.
    pub verified_at: Option<DateTime<Utc>>,
    /// Items found damaged by the last check, or since.
    pub damaged_items: u32,
}

/// Where the parts of an item are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartHashes {
    /// The object itself.
    pub payload: Hash,
    /// Its assignments.
    pub assignments: Option<Hash>,
    /// Its scope tags.
    pub scope_tags: Option<Hash>,
    /// Where its sealed values stand.
    pub sealed: Option<Hash>,
    /// What it points to; none in items of versions that did not look.
    pub references: Option<Hash>,
}

impl PartHashes {
    /// Every part that is there.
    pub fn all(&self) -> impl Iterator<Item = Hash> {
        [
            Some(self.payload),
            self.assignments,
            self.scope_tags,
            self.sealed,
            self.references,
        ]
        .into_iter()
        .flatten()
    }
}

/// One object as it was at the time of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupItem {
    /// Its identifier.
    pub id: BackupItemId,
    /// The object in the inventory.
    pub policy: PolicyId,
    /// Kind of the object.
    pub kind: PolicyKind,
    /// The slice of the kind that it belongs to.
    pub sub_kind: Option<SubKind>,
    /// Its identifier at Graph.
    pub graph_id: String,
    /// Its name at that time.
    pub name: String,
    /// Where its parts are stored.
    pub parts: PartHashes,
    /// Size of the payload in bytes, before compression.
    pub payload_bytes: u64,
    /// Over all parts as they are.
    pub content_hash: Hash,
    /// Without volatile members and order.
    pub state_hash: Hash,
    /// Value of the kind's change marker.
    pub marker: Option<String>,
    /// Version of the kind's catalog entry that read it.
    pub catalog_revision: u16,
    /// When Graph says the object was last modified.
    pub modified_at: Option<DateTime<Utc>>,
    /// When it was read in full.
    pub captured_at: DateTime<Utc>,
    /// Who changed the object last; none when that is unknown.
    pub last_change: Option<Attribution>,
}
