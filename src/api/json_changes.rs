//! Policies that differ between two sets and what changed in them, as clients see it.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Value};
use futures_util::future::try_join_all;
use tokio::sync::OnceCell;

use super::{
    access::TenantScope,
    call::Call,
    captured::Captured,
    error::Result,
    items::{BackupItem, LEAST_OF_VALUE, damaged},
    kinds::PolicyType,
    loaders::{ChangesBetween, ReferencesOf},
    references::PolicyChangeAttribution,
    scalars::Json,
};
use crate::{
    domain::{
        attribution::Attribution,
        backup::PartHashes,
        comparison::CommonParts,
        diff::{self, Change, Changes, Names, label},
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
    changes: Arc<OnceCell<Arc<Changes>>>,
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

    async fn all_changes(&self, call: &Call) -> Result<Arc<Changes>> {
        let Sides::Changed(before, after) = &self.sides else {
            return Ok(Arc::default());
        };
        let changes = self
            .changes
            .get_or_try_init(|| self.compared(call, before, after));
        changes.await.cloned()
    }

    async fn compared(
        &self,
        call: &Call,
        before: &StoredItem,
        after: &StoredItem,
    ) -> Result<Arc<Changes>> {
        // What is told is part of both payloads, and these are in memory while they are compared.
        let sizes = [before, after].map(|it| usize::try_from(it.item.payload_bytes));
        let size = sizes.into_iter().fold(0_usize, |sum, size| {
            sum.saturating_add(size.unwrap_or(usize::MAX))
        });
        call.budget.take(size)?;
        let captured = Captured {
            kind: after.item.kind,
            before: self.compared_parts(&before.item.parts),
            after: self.compared_parts(&after.item.parts),
        };
        let changes = call
            .load(ChangesBetween(self.scope.tenant, captured))
            .await?;
        let missing = || damaged(captured.after.payload, "it was not compared".to_owned());
        let changes = changes.ok_or_else(missing)?;
        let changes = changes.map_err(|(hash, why)| damaged(hash, why))?;
        let values = changes.list.iter().flat_map(|it| [&it.before, &it.after]);
        let weight = values.flatten().map(weight).sum::<usize>();
        call.budget.take(weight.saturating_sub(size))?;
        Ok(changes)
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

/// What a value counts for in an answer.
fn weight(value: &serde_json::Value) -> usize {
    let inner = match value {
        serde_json::Value::Array(elements) => elements.iter().map(weight).sum(),
        serde_json::Value::Object(members) => {
            let member = |(name, value): (&String, _)| name.len() + weight(value);
            members.iter().map(member).sum()
        }
        serde_json::Value::String(text) => text.len(),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => 0,
    };
    LEAST_OF_VALUE + inner
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

    /// Who added, last changed or removed it between the two sets, when the audit events could be read; null when unknown, and when `base` is the later of the two.
    async fn last_change(&self) -> Option<PolicyChangeAttribution> {
        let by = match &self.sides {
            Sides::Added(after) | Sides::Changed(_, after) => after.item.last_change.clone(),
            Sides::Removed(_, by) => by.clone(),
        };
        by.filter(|_| self.is_forward).map(PolicyChangeAttribution)
    }

    /// Single changes, ordered by path; empty unless `kind` is CHANGED. At most 1,000; see `isTruncated`. Costs 20 points per entry.
    #[graphql(complexity = "20 + child_complexity")]
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<JsonChange>> {
        let call = Call::of(ctx);
        let changes = self.all_changes(call).await?;
        let names = self.names(call, &changes).await?;
        let view = |change: &Change| JsonChange {
            label: label(change, &names),
            change: change.clone(),
        };
        Ok(changes.list.iter().map(view).collect())
    }

    /// Whether there are more than 1,000 changes. Costs 20 points per entry.
    #[graphql(complexity = "20")]
    async fn is_truncated(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.all_changes(Call::of(ctx)).await?.is_truncated)
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

    /// Value before; null when it was added (or when it was JSON null: see `kind`). A sealed secret is `"[sealed]"`, also when it changed.
    async fn before(&self) -> Option<Json> {
        shown(self.change.before.as_ref())
    }

    /// Value after; null when it was removed (or when it is JSON null: see `kind`). A sealed secret is `"[sealed]"`, also when it changed.
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
