//! Policies that differ between two sets and what changed in them, as clients see it.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Value};
use futures_util::future::try_join_all;
use tokio::sync::OnceCell;

use super::{
    access::TenantScope,
    call::Call,
    captured::{Captured, ToldOrNot, Untold, told},
    error::Result,
    items::BackupItem,
    kinds::PolicyType,
    loaders::ReferencesOf,
    references::PolicyChangeAttribution,
    scalars::Json,
};
use crate::{
    domain::{
        attribution::Attribution,
        backup::PartHashes,
        comparison::CommonParts,
        diff::{self, Change, Changes, Names, label, wholes},
    },
    store::pages::items::StoredItem,
};

/// How a policy differs between two backup sets.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "diff::DiffKind")]
pub(super) enum DiffKind {
    /// Only in the later set.
    Added,
    /// In both, with a different `stateHash`.
    Changed,
    /// Only in the earlier set.
    Removed,
}

/// A part of a backup item.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "diff::Part")]
pub(super) enum BackupItemPart {
    /// The assignments.
    Assignments,
    /// The policy itself.
    Payload,
    /// The scope tags.
    ScopeTags,
}

/// Why the changes of a policy cannot be told.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangesUnavailableReason {
    /// A stored content of one of the two items is missing or damaged.
    ContentDamaged,
    /// The answer would pass its limit, or there is too much to compare for one answer. Ask for fewer entries at once.
    ResponseTooLarge,
}

/// The items of a policy that differs.
#[derive(Clone)]
pub(super) enum Sides {
    Added(Box<StoredItem>),
    Changed(Box<StoredItem>, Box<StoredItem>),
    /// And who removed it, when that is known.
    Removed(Box<StoredItem>, Option<Attribution>),
}

impl Sides {
    fn before(&self) -> Option<&StoredItem> {
        match self {
            Self::Added(_) => None,
            Self::Changed(before, _) | Self::Removed(before, _) => Some(before),
        }
    }

    fn after(&self) -> Option<&StoredItem> {
        match self {
            Self::Added(after) | Self::Changed(_, after) => Some(after),
            Self::Removed(..) => None,
        }
    }

    /// The later item, if there is one.
    fn shown(&self) -> &StoredItem {
        match self {
            Self::Added(item) | Self::Changed(_, item) | Self::Removed(item, _) => item,
        }
    }
}

#[derive(Clone)]
pub(super) struct BackupSetDiffEntry {
    scope: TenantScope,
    parts: CommonParts,
    sides: Sides,
    is_forward: bool,
    /// Worked out once, however many fields tell of it.
    changes: Arc<OnceCell<ToldOrNot>>,
}

impl BackupSetDiffEntry {
    pub(super) fn new(
        scope: TenantScope,
        parts: CommonParts,
        sides: Sides,
        is_forward: bool,
    ) -> Self {
        Self {
            scope,
            parts,
            sides,
            is_forward,
            changes: Arc::default(),
        }
    }

    fn item(&self, stored: &StoredItem) -> BackupItem {
        BackupItem {
            scope: self.scope,
            stored: stored.clone(),
        }
    }

    async fn told(&self, call: &Call) -> Result<ToldOrNot> {
        let Sides::Changed(before, after) = &self.sides else {
            return Ok(Ok(Arc::default()));
        };
        let told = self
            .changes
            .get_or_try_init(|| self.compared(call, before, after));
        told.await.cloned()
    }

    /// What cannot be told of one policy hides nothing of the others.
    async fn compared(
        &self,
        call: &Call,
        before: &StoredItem,
        after: &StoredItem,
    ) -> Result<ToldOrNot> {
        let captured = Captured::of([&before.item, &after.item], |parts| {
            self.compared_parts(parts)
        });
        let told = told(call, self.scope.tenant, captured).await?;
        Ok(told.and_then(|told| match call.budget.take(told.weight) {
            Ok(()) => Ok(told),
            Err(_) => Err(Untold::TooLarge),
        }))
    }

    /// The parts that differ, of which nothing more can be told.
    fn untold_changes(&self) -> Vec<Change> {
        let sides = self.sides.before().zip(self.sides.after());
        let parts = sides.map(|(before, after)| {
            [before, after].map(|stored| self.compared_parts(&stored.item.parts))
        });
        parts.as_ref().map(wholes).unwrap_or_default()
    }

    /// The parts that both sets hold; who changed what is pointed to is no change of the policy.
    fn compared_parts(&self, parts: &PartHashes) -> PartHashes {
        let (assignments, scope_tags) = match self.parts {
            CommonParts::All => (true, true),
            CommonParts::Some {
                assignments,
                scope_tags,
            } => (assignments, scope_tags),
        };
        PartHashes {
            assignments: parts.assignments.filter(|_| assignments),
            scope_tags: parts.scope_tags.filter(|_| scope_tags),
            references: None,
            ..*parts
        }
    }

    /// Names of what the items point to, if a change is about that.
    async fn names(&self, call: &Call, changes: &Changes) -> Result<Names> {
        let is_about_names = |change: &Change| change.part != diff::Part::Payload;
        if !changes.list.iter().any(is_about_names) {
            return Ok(Names::default());
        }
        let sides = [self.sides.before(), self.sides.after()]
            .into_iter()
            .flatten();
        let questions = sides.filter_map(|stored| {
            let list = (stored.set, stored.item.parts.references?);
            Some(call.load(ReferencesOf(self.scope.tenant, list)))
        });
        let lists = try_join_all(questions).await?;
        let named = lists.iter().flatten();
        Ok(named.flat_map(|named| named.iter()).collect())
    }
}

/// One policy that differs between two backup sets.
#[Object]
impl BackupSetDiffEntry {
    /// How it differs.
    async fn kind(&self) -> DiffKind {
        match self.sides {
            Sides::Added(_) => DiffKind::Added,
            Sides::Changed(..) => DiffKind::Changed,
            Sides::Removed(..) => DiffKind::Removed,
        }
    }

    /// Kind of the policy.
    async fn policy_type(&self) -> PolicyType {
        self.sides.shown().item.kind.into()
    }

    /// ID that Microsoft Graph gives the policy.
    async fn policy_graph_id(&self) -> &str {
        &self.sides.shown().item.graph_id
    }

    /// Name in `target`, or in `base` when it was removed.
    async fn name(&self) -> &str {
        &self.sides.shown().item.name
    }

    /// The item in `base`; null when the policy was added.
    async fn before(&self) -> Option<BackupItem> {
        self.sides.before().map(|stored| self.item(stored))
    }

    /// The item in `target`; null when the policy was removed.
    async fn after(&self) -> Option<BackupItem> {
        self.sides.after().map(|stored| self.item(stored))
    }

    /// Who added, last changed or removed it, when the audit events could be read; null when unknown, and when `base` is the later of the two. Where the two sets were made with different options, a policy may differ that nobody changed between them: this is the last change known before `target`, which may be older than `base`.
    async fn last_change(&self) -> Option<PolicyChangeAttribution> {
        let by = match &self.sides {
            Sides::Added(after) | Sides::Changed(_, after) => after.item.last_change.clone(),
            Sides::Removed(_, by) => by.clone(),
        };
        by.filter(|_| self.is_forward).map(PolicyChangeAttribution)
    }

    /// Single changes, ordered by path; empty unless `kind` is CHANGED. At most 1,000; see `isTruncated`. When they cannot be told, one for each part that is not the same, with an empty path and without values; see `unavailableReason`. Costs 20 points per entry.
    #[graphql(complexity = "20 + child_complexity")]
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<JsonChange>> {
        let call = Call::of(ctx);
        let Ok(told) = self.told(call).await? else {
            let view = |change| JsonChange {
                label: None,
                change,
            };
            return Ok(self.untold_changes().into_iter().map(view).collect());
        };
        let names = self.names(call, &told.changes).await?;
        let view = |change: &Change| JsonChange {
            label: label(change, &names),
            change: change.clone(),
        };
        Ok(told.changes.list.iter().map(view).collect())
    }

    /// Whether there are more than 1,000 changes, or they cannot be told. Costs 20 points per entry.
    #[graphql(complexity = "20")]
    async fn is_truncated(&self, ctx: &Context<'_>) -> Result<bool> {
        let told = self.told(Call::of(ctx)).await?;
        Ok(told.map_or(true, |told| told.changes.is_truncated))
    }

    /// Why the changes cannot be told; null when they are. Costs 20 points per entry.
    #[graphql(complexity = "20")]
    async fn unavailable_reason(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<ChangesUnavailableReason>> {
        let told = self.told(Call::of(ctx)).await?;
        Ok(told.err().map(|untold| match untold {
            Untold::Damaged { .. } => ChangesUnavailableReason::ContentDamaged,
            Untold::TooLarge => ChangesUnavailableReason::ResponseTooLarge,
        }))
    }
}

#[derive(Clone)]
pub(super) struct JsonChange {
    change: Change,
    label: Option<String>,
}

/// One change inside a JSON document. Fields that move without an administrator's decision, and the order of lists that have none, are no changes; elements of lists are matched by what identifies them, such as the definition of a setting or the target of an assignment.
#[Object]
impl JsonChange {
    /// Which part of the item changed.
    async fn part(&self) -> BackupItemPart {
        self.change.part.into()
    }

    /// Where, as a JSON Pointer (RFC 6901) within that part. Empty text means the part as a whole. It points into the later document, or into the earlier one when `kind` is REMOVED.
    async fn path(&self) -> String {
        self.change.pointer()
    }

    /// What the change is about, in words: the names or IDs of the settings on the way to it, or whom an assignment is for. Null when there is nothing to name. For people; its form may change.
    async fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// How it changed.
    async fn kind(&self) -> DiffKind {
        self.change.kind.into()
    }

    /// Value before; null when it was added (or when it was JSON null: see `kind`), and when it cannot be told. A sealed secret is `"[sealed]"`, also when it changed.
    async fn before(&self) -> Option<Json> {
        shown(self.change.before.as_ref())
    }

    /// Value after; null when it was removed (or when it is JSON null: see `kind`), and when it cannot be told. A sealed secret is `"[sealed]"`, also when it changed.
    async fn after(&self) -> Option<Json> {
        shown(self.change.after.as_ref())
    }
}

fn shown(value: Option<&serde_json::Value>) -> Option<Json> {
    // A stored document has no number that a value of the answer could not hold.
    value
        .and_then(|value| Value::from_json(value.clone()).ok())
        .map(Json)
}
