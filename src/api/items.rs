//! Items of backup sets, as clients see them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Value};
use serde::de::DeserializeOwned;

use super::{
    access::TenantScope,
    backups::BackupSet,
    call::Call,
    error::{Refusal, Result},
    ids,
    kinds::PolicyType,
    loaders::{ContentOf, ReferencesOf, ThePolicy, TheSet},
    policies::Policy,
    references::{PolicyChangeAttribution, PolicyReference},
    scalars::{DateTime, Json},
};
use crate::{
    domain::{canonical::Hash, reference::Named, sub_kind::SubKind},
    store::{StoreError, pages::items::StoredItem},
};

#[derive(Clone)]
pub(super) struct BackupItem {
    pub(super) scope: TenantScope,
    pub(super) stored: StoredItem,
}

impl BackupItem {
    /// The canonical JSON of a stored part of the item.
    async fn content(&self, call: &Call, hash: Hash) -> Result<Arc<Vec<u8>>> {
        let bytes = call.load(ContentOf(self.scope.tenant, hash)).await?;
        bytes.ok_or_else(|| damaged(hash, "it is missing or damaged".to_owned()))
    }

    /// A part without a size of its own: it counts once it is loaded.
    async fn small_part<T>(&self, ctx: &Context<'_>, hash: Option<Hash>) -> Result<Option<T>>
    where
        T: DeserializeOwned,
    {
        let Some(hash) = hash else {
            return Ok(None);
        };
        let call = Call::of(ctx);
        let bytes = self.content(call, hash).await?;
        call.budget.take(bytes.len().max(weight(&bytes)))?;
        parsed(hash, &bytes).map(Some)
    }
}

/// Bytes that a value of JSON counts for at least: in memory it takes several times as much, however
/// short its text.
pub(super) const LEAST_OF_VALUE: usize = 20;

/// What a content counts for if all of it is short values.
fn weight(content: &[u8]) -> usize {
    let begins = |byte: &&u8| matches!(byte, b',' | b':' | b'[' | b'{');
    content.iter().filter(begins).count() * LEAST_OF_VALUE
}

fn parsed<T: DeserializeOwned>(hash: Hash, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| damaged(hash, error.to_string()))
}

pub(super) fn damaged(content: Hash, why: String) -> Refusal {
    Refusal::from(StoreError::Corrupt {
        what: "content",
        id: content.to_string(),
        why,
    })
}

/// One policy as it was at the time of a run.
#[Object]
impl BackupItem {
    /// Opaque global ID.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.stored.item.id)
    }

    /// The backup set it is in.
    async fn backup_set(&self, ctx: &Context<'_>) -> Result<BackupSet> {
        let (scope, id) = (self.scope, self.stored.set);
        let set = Call::of(ctx).must_load(TheSet(scope.tenant, id)).await?;
        Ok(BackupSet { scope, set })
    }

    /// ID that Microsoft Graph gives the policy. Usually a UUID, but not for every kind.
    async fn policy_graph_id(&self) -> &str {
        &self.stored.item.graph_id
    }

    /// Kind of the policy.
    async fn policy_type(&self) -> PolicyType {
        self.stored.item.kind.into()
    }

    /// Partition of the kind, such as `windowsUpdateRing` or `securityBaseline`; null for the plain form.
    async fn sub_kind(&self) -> Option<&'static str> {
        self.stored.item.sub_kind.map(SubKind::as_str)
    }

    /// Name of the policy at that time.
    async fn name(&self) -> &str {
        &self.stored.item.name
    }

    /// Who last changed it in Intune, when the audit events could be read; null when unknown.
    async fn last_change(&self) -> Option<PolicyChangeAttribution> {
        let last_change = self.stored.item.last_change.clone();
        last_change.map(PolicyChangeAttribution)
    }

    /// Groups, filters and scope tags that its assignments and tags point to, with their names at that time.
    async fn references(&self, ctx: &Context<'_>) -> Result<Vec<PolicyReference>> {
        let Some(hash) = self.stored.item.parts.references else {
            return Ok(Vec::new());
        };
        let (call, question) = (
            Call::of(ctx),
            ReferencesOf(self.scope.tenant, (self.stored.set, hash)),
        );
        let named = call.load(question).await?;
        let named = named.ok_or_else(|| damaged(hash, "it is missing or damaged".to_owned()))?;
        let bytes = |it: &Named| it.reference.id.len() + it.name.as_ref().map_or(0, String::len);
        call.budget.take(named.iter().map(bytes).sum())?;
        Ok(named.iter().cloned().map(PolicyReference).collect())
    }

    /// The policy in the synced inventory; null when it is not there any more.
    async fn policy(&self, ctx: &Context<'_>) -> Result<Option<Policy>> {
        let scope = self.scope;
        let question = ThePolicy(scope.tenant, self.stored.item.policy);
        let policy = Call::of(ctx).load(question).await?;
        Ok(policy.map(|policy| Policy { scope, policy }))
    }

    /// The policy as Microsoft Graph returned it, follow-up reads merged in, nothing left out; sealed secrets appear as `"[sealed]"`. Null with RESPONSE_TOO_LARGE when the answer would pass its limit. Costs 20 points per item.
    #[graphql(complexity = "20")]
    async fn payload(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        let (call, item) = (Call::of(ctx), &self.stored.item);
        let size = usize::try_from(item.payload_bytes).unwrap_or(usize::MAX);
        call.budget.take(size)?;
        let hash = item.parts.payload;
        let bytes = self.content(call, hash).await?;
        call.budget.take(weight(&bytes).saturating_sub(size))?;
        let payload: Value = parsed(hash, &bytes)?;
        Ok(Some(Json(payload)))
    }

    /// Size of the payload in bytes, before compression.
    async fn payload_bytes(&self) -> i32 {
        i32::try_from(self.stored.item.payload_bytes).unwrap_or(i32::MAX)
    }

    /// Assignments as Microsoft Graph returned them; null when they were not asked for or the kind has none. Costs 10 points per item.
    #[graphql(complexity = "10")]
    async fn assignments(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        let hash = self.stored.item.parts.assignments;
        Ok(self.small_part(ctx, hash).await?.map(Json))
    }

    /// IDs of the scope tags, sorted; null when they were not asked for or the kind has none.
    async fn scope_tag_ids(&self, ctx: &Context<'_>) -> Result<Option<Vec<String>>> {
        let hash = self.stored.item.parts.scope_tags;
        let mut tags: Option<Vec<String>> = self.small_part(ctx, hash).await?;
        tags.iter_mut().for_each(|tags| tags.sort_unstable());
        Ok(tags)
    }

    /// SHA-256 over the canonical JSON (sorted keys, no white space) of payload, assignments and scope tags, 64 lower-case hexadecimal digits. Proves fidelity.
    async fn content_hash(&self) -> String {
        self.stored.item.content_hash.to_string()
    }

    /// The same without volatile fields and with unordered lists sorted. Two items with the same value differ in nothing that an administrator decides.
    async fn state_hash(&self) -> String {
        self.stored.item.state_hash.to_string()
    }

    /// When Microsoft Graph says the policy was last modified; null when it does not say.
    async fn policy_modified_at(&self) -> Option<DateTime> {
        self.stored.item.modified_at.map(DateTime)
    }

    /// When the item was fetched.
    async fn captured_at(&self) -> DateTime {
        DateTime(self.stored.item.captured_at)
    }
}
