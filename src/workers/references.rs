//! The names of what the items of a run point to: asked once a run, after all kinds were read.
//!
//! No answer is a failure of the run: a name that nobody could tell is unknown, and the log says why.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::deps::Deps;
use crate::{
    domain::{
        backup::BackupItem,
        canonical::Hash,
        completeness::KindResult,
        global_id::GlobalId,
        kind::PolicyKind,
        reference::{self, Knowledge, Lesson, Questions, Reference, Told},
        run::Run,
    },
    graph::{GraphError, MOST_GROUPS, TenantGraph, catalog},
    store::{Db, StoreError, references},
    telemetry::chain,
};

/// Requests for groups of one run; with more groups than that the others stay without a name.
const MOST_REQUESTS: usize = 100;

/// What the run learns about the names of what its items point to. `renewed` asks for all of them.
pub(super) async fn resolve(
    deps: &Deps,
    run: &Run,
    door: &TenantGraph,
    (results, items): (&[KindResult], &[BackupItem]),
    renewed: bool,
) -> Result<Vec<Lesson>, StoreError> {
    let (references, known) = stored(deps, run, items).await?;
    let now = deps.store.now();
    let listed = |kind| {
        let is_whole = |result: &KindResult| result.kind == kind && result.is_whole();
        results.iter().any(is_whole).then(|| names(items, kind))
    };
    let mut told = Told {
        filters: listed(PolicyKind::AssignmentFilter),
        scope_tags: listed(PolicyKind::ScopeTag),
        ..Told::default()
    };
    let questions = reference::questions(&references, &known, &told, renewed, now);
    ask(run, door, questions, &mut told).await;
    Ok(reference::lessons(&references, &known, &told, now))
}

/// What all items point to, and what is known of it.
async fn stored(
    deps: &Deps,
    run: &Run,
    items: &[BackupItem],
) -> Result<(BTreeSet<Reference>, Knowledge), StoreError> {
    let lists = items.iter().filter_map(|item| item.parts.references);
    let lists: HashSet<Hash> = lists.collect();
    let (tenant, hashes) = (run.tenant, lists.into_iter().collect::<Vec<_>>());
    let load = move |db: &mut Db| {
        let lists = references::lists(db, tenant, &hashes)?;
        let references = lists.into_values().flatten().collect();
        let known = references::known(db, tenant, &references)?;
        Ok((references, known))
    };
    match deps.store.read(load).await {
        Err(error @ StoreError::Corrupt { .. }) => {
            tracing::warn!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), error = %chain(&error), "names of groups, filters and scope tags are left as they were known");
            Ok((BTreeSet::new(), Knowledge::new()))
        }
        loaded => loaded,
    }
}

/// The names of all objects of a kind that this run read.
fn names(items: &[BackupItem], kind: PolicyKind) -> HashMap<String, String> {
    let of_kind = items.iter().filter(|item| item.kind == kind);
    of_kind
        .map(|item| (item.graph_id.clone(), item.name.clone()))
        .collect()
}

async fn ask(run: &Run, door: &TenantGraph, questions: Questions, told: &mut Told) {
    if questions.filters {
        told.filters = list(run, door, PolicyKind::AssignmentFilter).await;
    }
    if questions.scope_tags {
        told.scope_tags = list(run, door, PolicyKind::ScopeTag).await;
    }
    for ids in questions.groups.chunks(MOST_GROUPS).take(MOST_REQUESTS) {
        match door.group_names(ids.to_vec()).await {
            Ok(names) => told.groups.extend(names),
            Err(error) => {
                log(run, "groups", &error);
                return;
            }
        }
    }
}

async fn list(run: &Run, door: &TenantGraph, kind: PolicyKind) -> Option<HashMap<String, String>> {
    let named = |object: &Value| {
        let listed = catalog::entry(kind).listed(object).ok()?;
        Some((listed.graph_id, listed.name))
    };
    match door.list(kind).await {
        Ok(objects) => Some(objects.iter().filter_map(named).collect()),
        Err(error) => {
            log(run, kind.title(), &error);
            None
        }
    }
}

fn log(run: &Run, what: &str, error: &GraphError) {
    let failure = error.failure();
    tracing::warn!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), code = %failure.code, what, reason = failure.message, "names could not be read");
}
