//! Objects that fields of many rows point to, loaded together: a page of any length takes as many
//! statements as a page of one row.
//!
//! Every key names its tenant, and every query is bound to it.

use std::{collections::HashMap, hash::Hash as Hashable, sync::Arc};

use async_graphql::dataloader::Loader;

use super::{
    captured::{Captured, ToldOrNot, changes_between, versions_of},
    error::{Refusal, Result},
};
use crate::{
    domain::{
        api_token::ApiToken,
        audit::Entry,
        backup::BackupSet,
        canonical::Hash,
        comparison::KindChanges,
        completeness::KindResult,
        credential::Credential,
        ids::{
            ApiTokenId, AuditEntryId, BackupItemId, BackupSetId, MemberId, PolicyId, RunId,
            ScheduleId, TenantId, UserId,
        },
        member::Member,
        reference::Named,
        run::{Run, Trigger},
        schedule::Schedule,
        tenant::Tenant,
        version::Version,
    },
    store::{
        Db, Store, StoreError, contents, credentials,
        members::User,
        pages::{items::StoredItem, lookups, policies::Policy},
        purge::Purged,
        references,
        run_failures::{self, Failures},
        run_kinds, set_changes,
    },
};

/// Loads from the database.
pub(super) struct Loaders {
    pub(super) store: Store,
}

/// Answers by what identifies their objects.
type Found<I, A> = std::result::Result<Vec<(I, A)>, StoreError>;

/// A question about an object of a tenant.
pub(super) trait Question: Copy + Eq + Hashable + Send + Sync + 'static {
    /// What identifies the object.
    type Id: Copy + Eq + Hashable + Send + Sync + 'static;
    /// What is asked for.
    type Answer: Clone + Send + Sync + 'static;

    fn tenant(self) -> TenantId;
    fn id(self) -> Self::Id;

    /// The answers for some objects of one tenant.
    fn answers(db: &mut Db, tenant: TenantId, ids: &[Self::Id]) -> Found<Self::Id, Self::Answer>;
}

macro_rules! questions {
    ($(
        $(#[$doc:meta])*
        $name:ident($id:ty) -> $answer:ty { |$db:ident, $tenant:ident, $ids:ident| $body:expr }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) struct $name(pub(super) TenantId, pub(super) $id);

        impl Question for $name {
            type Id = $id;
            type Answer = $answer;

            fn tenant(self) -> TenantId {
                self.0
            }

            fn id(self) -> $id {
                self.1
            }

            fn answers(
                $db: &mut Db,
                $tenant: TenantId,
                $ids: &[$id],
            ) -> Found<$id, $answer> {
                $body
            }
        }
    )+};
}

fn by<I, T>(objects: Vec<T>, id: impl Fn(&T) -> I) -> Vec<(I, T)> {
    objects
        .into_iter()
        .map(|object| (id(&object), object))
        .collect()
}

questions! {
    /// The tenant itself.
    TheTenant(()) -> Tenant {
        |db, tenant, _ids| Ok(by(lookups::tenants(db, &[tenant])?, |_| ()))
    }
    /// A person who is a member of the tenant.
    TheMember(UserId) -> User {
        |db, tenant, ids| Ok(by(lookups::members(db, tenant, ids)?, |user| user.id))
    }
    /// A membership in the tenant.
    TheMembership(MemberId) -> Member {
        |db, tenant, ids| Ok(by(lookups::memberships(db, tenant, ids)?, |member| member.id))
    }
    /// An API token.
    TheToken(ApiTokenId) -> ApiToken {
        |db, tenant, ids| Ok(by(lookups::api_tokens(db, tenant, ids)?, |token| token.id))
    }
    /// The entry of the audit log.
    TheEntry(AuditEntryId) -> Entry {
        |db, tenant, ids| Ok(by(lookups::audit_entries(db, tenant, ids)?, |entry| entry.id))
    }
    /// The schedule.
    TheSchedule(ScheduleId) -> Schedule {
        |db, tenant, ids| Ok(by(lookups::schedules(db, tenant, ids)?, |schedule| schedule.id))
    }
    /// The run.
    TheRun(RunId) -> Run {
        |db, tenant, ids| Ok(by(lookups::runs(db, tenant, ids)?, |run| run.id))
    }
    /// The run that retries this one.
    RetryOf(RunId) -> Run {
        |db, tenant, ids| Ok(lookups::retries(db, tenant, ids)?
            .into_iter()
            .filter_map(|run| match run.trigger {
                Trigger::Retry(of) => Some((of, run)),
                Trigger::Manual | Trigger::Scheduled(_) => None,
            })
            .collect())
    }
    /// The schedule's run that is queued or running.
    ActiveRunOf(ScheduleId) -> Run {
        |db, tenant, ids| Ok(by(lookups::active_runs(db, tenant, ids)?, |run| run.schedule))
    }
    /// The completeness record of the run.
    KindsOf(RunId) -> Vec<KindResult> {
        |db, tenant, ids| run_kinds::of(db, tenant, ids)
    }
    /// What failed in the run, by name.
    FailuresOf(RunId) -> Arc<Failures> {
        |db, tenant, ids| {
            let failures = run_failures::of(db, tenant, ids)?.into_iter();
            Ok(failures.map(|(run, failed)| (run, Arc::new(failed))).collect())
        }
    }
    /// The backup set.
    TheSet(BackupSetId) -> BackupSet {
        |db, tenant, ids| Ok(by(lookups::sets(db, tenant, ids)?, |set| set.id))
    }
    /// The backup set, if it was purged.
    ThePurgedSet(BackupSetId) -> Purged {
        |db, tenant, ids| Ok(by(lookups::purged_sets(db, tenant, ids)?, |set| set.id))
    }
    /// The set that the run made.
    SetOf(RunId) -> BackupSet {
        |db, tenant, ids| Ok(by(lookups::sets_of_runs(db, tenant, ids)?, |set| set.run))
    }
    /// The set of the same schedule before this one.
    SetBefore(BackupSetId) -> BackupSet {
        |db, tenant, ids| Ok(lookups::previous_sets(db, tenant, ids)?.into_iter().collect())
    }
    /// The item.
    TheItem(BackupItemId) -> StoredItem {
        |db, tenant, ids| Ok(by(lookups::items(db, tenant, ids)?, |item| item.item.id))
    }
    /// The object of the inventory.
    ThePolicy(PolicyId) -> Policy {
        |db, tenant, ids| Ok(by(lookups::policies(db, tenant, ids)?, |policy| policy.id))
    }
    /// What an item with this list of references points to, with the names at the time of the set.
    ReferencesOf((BackupSetId, Hash)) -> Arc<Vec<Named>> {
        |db, tenant, ids| Ok(references::named(db, tenant, ids)?
            .into_iter()
            .map(|(of, named)| (of, Arc::new(named)))
            .collect())
    }
    /// How the set differs from those before it.
    DifferencesOf(BackupSetId) -> Arc<Vec<KindChanges>> {
        |db, tenant, ids| Ok(set_changes::of_sets(db, tenant, ids)?
            .into_iter()
            .map(|(set, kinds)| (set, Arc::new(kinds)))
            .collect())
    }
    /// What changed between two captures of a policy.
    ChangesBetween(Captured) -> ToldOrNot {
        |db, tenant, captured| changes_between(db, tenant, captured)
    }
    /// The versions of a policy, oldest first.
    VersionsOf(PolicyId) -> Arc<Vec<Version>> {
        |db, tenant, ids| versions_of(db, tenant, ids)
    }
    /// The canonical bytes of a stored content.
    ContentOf(Hash) -> Arc<Vec<u8>> {
        |db, tenant, ids| Ok(contents::bytes_of(db, tenant, ids)?
            .into_iter()
            .map(|(hash, bytes)| (hash, Arc::new(bytes)))
            .collect())
    }
}

/// The Graph credential of a tenant, its secret sealed. Lists of tenants ask for it, so it is loaded
/// for many of them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CredentialOf(pub(super) TenantId);

impl Loader<CredentialOf> for Loaders {
    type Value = Credential;
    type Error = Refusal;

    async fn load(&self, keys: &[CredentialOf]) -> Result<HashMap<CredentialOf, Credential>> {
        let tenants: Vec<TenantId> = keys.iter().map(|key| key.0).collect();
        let found = self
            .store
            .read(move |db| credentials::of_tenants(db, &tenants));
        let found: Vec<Credential> = found.await?;
        let by_tenant = found.into_iter();
        Ok(by_tenant
            .map(|credential| (CredentialOf(credential.tenant), credential))
            .collect())
    }
}

impl<Q: Question> Loader<Q> for Loaders {
    type Value = Q::Answer;
    type Error = Refusal;

    async fn load(&self, keys: &[Q]) -> Result<HashMap<Q, Q::Answer>> {
        let mut of_tenant: HashMap<TenantId, HashMap<Q::Id, Q>> = HashMap::new();
        for key in keys {
            let ids = of_tenant.entry(key.tenant()).or_default();
            ids.insert(key.id(), *key);
        }
        let found = self.store.read(move |db| {
            let mut found = HashMap::new();
            for (tenant, keys) in &of_tenant {
                let ids: Vec<Q::Id> = keys.keys().copied().collect();
                for (id, answer) in Q::answers(db, *tenant, &ids)? {
                    if let Some(key) = keys.get(&id) {
                        found.insert(*key, answer);
                    }
                }
            }
            Ok::<_, StoreError>(found)
        });
        Ok(found.await?)
    }
}
