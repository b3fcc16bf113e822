//! One request: who makes it, and what answers it.

use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{
    Context,
    dataloader::{DataLoader, Loader},
};
use futures_util::future::BoxFuture;
use tracing::Instrument;

use super::{
    access::Caller,
    budget::AnswerBudget,
    error::{Refusal, Result},
    loaders::{Loaders, Question},
    measures::Measures,
    relay::Relays,
    settings::Limits,
    watch::Watch,
};
use crate::{
    clock::Clock, domain::ids::TenantId, oidc::Issuers, store::Store, task, workers::Workers,
};

/// What resolvers work with. Made anew for each request, so that nothing loaded for one caller is
/// shown to another.
pub(super) struct Call {
    /// Who asks.
    pub(super) caller: Caller,
    /// The database.
    pub(super) store: Store,
    /// Those who carry runs out.
    pub(super) workers: Workers,
    /// What time it is.
    pub(super) clock: Arc<dyn Clock>,
    /// Whose people may sign in.
    pub(super) issuers: Issuers,
    /// What a request may cost.
    pub(super) limits: Limits,
    /// What those who follow runs share.
    pub(super) relays: Arc<Relays>,
    /// What tells that a stream has moved.
    pub(super) watch: Arc<Watch>,
    /// What is counted.
    pub(super) measures: Arc<Measures>,
    /// How large the answer may still become.
    pub(super) budget: AnswerBudget,
    /// What the request was refused so far, by tenant and operation.
    refused: Mutex<HashSet<(TenantId, &'static str)>>,
    loader: DataLoader<Loaders>,
}

impl Call {
    /// A request by `caller`.
    pub(super) fn new(rooms: &Rooms, caller: Caller) -> Self {
        let loaders = Loaders {
            store: rooms.store.clone(),
        };
        Self {
            caller,
            store: rooms.store.clone(),
            workers: rooms.workers.clone(),
            clock: rooms.clock.clone(),
            issuers: rooms.issuers.clone(),
            limits: rooms.limits,
            relays: rooms.relays.clone(),
            watch: rooms.watch.clone(),
            measures: rooms.measures.clone(),
            budget: AnswerBudget::of(&rooms.limits),
            refused: Mutex::default(),
            loader: DataLoader::new(loaders, |loading: BoxFuture<'static, ()>| {
                task::spawn_local(loading.in_current_span())
            }),
        }
    }

    /// Notes that an operation was refused in a tenant; whether that is news.
    pub(super) fn is_first_refusal(&self, tenant: TenantId, operation: &'static str) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.insert((tenant, operation))
    }

    /// What the loaders know by a key, such as an object that a field points to, loaded with those of its
    /// neighbours.
    pub(super) async fn load<K>(&self, key: K) -> Result<Option<<Loaders as Loader<K>>::Value>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Loaders: Loader<K, Error = Refusal>,
    {
        self.loader.load_one(key).await
    }

    /// The same for an object that is there as long as its tenant is.
    pub(super) async fn must_load<Q: Question>(&self, question: Q) -> Result<Q::Answer> {
        self.load(question).await?.ok_or_else(Refusal::not_found)
    }

    /// The request that a resolver serves.
    pub(super) fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        ctx.data_unchecked::<Arc<Self>>()
    }

    /// The same, to be kept by what outlives the resolver.
    pub(super) fn shared(ctx: &Context<'_>) -> Arc<Self> {
        ctx.data_unchecked::<Arc<Self>>().clone()
    }
}

/// What every request is answered with.
#[derive(Clone)]
pub(super) struct Rooms {
    pub(super) store: Store,
    pub(super) workers: Workers,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) issuers: Issuers,
    pub(super) limits: Limits,
    pub(super) relays: Arc<Relays>,
    pub(super) watch: Arc<Watch>,
    pub(super) measures: Arc<Measures>,
}
