//! Where a person stands: membership and existence of what it names, loaded together like all else.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use super::{
    access::TenantScope,
    error::{Refusal, Result},
    loaders::{
        Loaders, Question, TheEntry, TheItem, TheMember, TheMembership, ThePolicy, ThePurgedSet,
        TheRun, TheSchedule, TheSet, TheToken,
    },
};
use crate::{
    domain::ids::{TenantId, UserId},
    store::{
        Db, StoreError,
        pages::standings::{self, Standing},
    },
};

/// A question about an object that is named by its identifier alone, without its tenant.
pub(super) trait Reachable: Question {
    /// Where the person stands beside those of the objects that are in its tenants.
    fn standings(
        db: &mut Db,
        person: UserId,
        ids: &[Self::Id],
    ) -> std::result::Result<Vec<Standing<Self::Id>>, StoreError>;
}

macro_rules! reachable {
    ($($question:ident by $query:ident)+) => {$(
        impl Reachable for $question {
            fn standings(
                db: &mut Db,
                person: UserId,
                ids: &[Self::Id],
            ) -> std::result::Result<Vec<Standing<Self::Id>>, StoreError> {
                standings::$query(db, person, ids)
            }
        }
    )+};
}

reachable! {
    TheEntry by with_entries
    TheItem by with_items
    TheMember by with_people
    TheMembership by with_members
    ThePolicy by with_policies
    ThePurgedSet by with_purged_sets
    TheRun by with_runs
    TheSchedule by with_schedules
    TheSet by with_sets
    TheToken by with_tokens
}

/// A person's standing beside an object that the question `Q` is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Beside<Q: Reachable> {
    person: UserId,
    id: Q::Id,
}

impl<Q: Reachable> Beside<Q> {
    pub(super) fn of(person: UserId, id: Q::Id) -> Self {
        Self { person, id }
    }
}

/// A person's standing in a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Within(pub(super) UserId, pub(super) TenantId);

impl<Q: Reachable> Loader<Beside<Q>> for Loaders {
    type Value = TenantScope;
    type Error = Refusal;

    async fn load(&self, keys: &[Beside<Q>]) -> Result<HashMap<Beside<Q>, TenantScope>> {
        let pairs = keys.iter().map(|key| (key.person, key.id)).collect();
        let found = self.find(pairs, Q::standings).await?;
        let scopes = found.into_iter();
        Ok(scopes
            .map(|(person, id, scope)| (Beside { person, id }, scope))
            .collect())
    }
}

impl Loader<Within> for Loaders {
    type Value = TenantScope;
    type Error = Refusal;

    async fn load(&self, keys: &[Within]) -> Result<HashMap<Within, TenantScope>> {
        let pairs = keys.iter().map(|key| (key.0, key.1)).collect();
        let found = self.find(pairs, standings::in_tenants).await?;
        let scopes = found.into_iter();
        Ok(scopes
            .map(|(person, tenant, scope)| (Within(person, tenant), scope))
            .collect())
    }
}

/// Asks for the standings of one person beside many things.
type Ask<I> = fn(&mut Db, UserId, &[I]) -> std::result::Result<Vec<Standing<I>>, StoreError>;

impl Loaders {
    /// The keys of a request are all of one person, who makes it; the first names it.
    async fn find<I: Copy + Send + 'static>(
        &self,
        pairs: Vec<(UserId, I)>,
        ask: Ask<I>,
    ) -> Result<Vec<(UserId, I, TenantScope)>> {
        let Some((person, _)) = pairs.first().copied() else {
            return Ok(Vec::new());
        };
        let ids: Vec<I> = pairs.into_iter().map(|(_, id)| id).collect();
        let found = self.store.read(move |db| ask(db, person, &ids)).await?;
        let scopes = found.into_iter();
        Ok(scopes
            .map(|(id, tenant, role)| (person, id, TenantScope { tenant, role }))
            .collect())
    }
}
