//! Lists of policies that differ between two sets: which, and their pages.

use std::{collections::HashMap, sync::Arc};

use async_graphql::InputObject;
use chrono::{DateTime, Utc};

use super::{
    access::TenantScope,
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters,
    json_changes::{BackupSetDiffEntry, DiffKind, Sides},
    kinds::PolicyType,
    pages::{List, PageArguments, connection, edge},
};
use crate::{
    domain::{
        attribution::Attribution,
        diff,
        ids::{BackupItemId, BackupSetId, PolicyId},
        kind::PolicyKind,
        name::fold,
        set_difference::{Differing, Found, SetDifference},
    },
    store::{
        Db, StoreError,
        pages::{
            Direction, Page, PageError, Place, Sort, Window, items::StoredItem, lookups,
            slices::slice,
        },
        set_changes,
    },
};

/// Which entries of a diff to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct BackupSetDiffFilter {
    /// Kind of difference is one of these.
    kinds: Option<Vec<DiffKind>>,
    /// Kind of policy is one of these.
    policy_types: Option<Vec<PolicyType>>,
    /// Case-insensitive part of the name, 1 to 120 characters.
    search: Option<String>,
}

impl BackupSetDiffFilter {
    pub(super) fn read(self) -> Result<EntryFilter> {
        let search = filters::search(self.search)?;
        Ok(EntryFilter {
            kinds: filters::words(filters::few(self.kinds, "kinds")?),
            policy_kinds: filters::words(filters::few(self.policy_types, "policyTypes")?),
            search: search.as_deref().map(fold),
        })
    }
}

/// Which policies that differ; absent conditions hold for every one.
#[derive(Clone, Debug)]
pub(super) struct EntryFilter {
    kinds: Option<Vec<diff::DiffKind>>,
    policy_kinds: Option<Vec<PolicyKind>>,
    /// Folded, as names are.
    search: Option<String>,
}

impl EntryFilter {
    fn holds(&self, entry: &Differing) -> bool {
        let is_among = |kinds: &Vec<diff::DiffKind>| kinds.contains(&entry.found.kind());
        let is_of = |kinds: &Vec<PolicyKind>| kinds.contains(&entry.kind);
        let has = |part: &String| entry.name.contains(part.as_str());
        self.kinds.as_ref().is_none_or(is_among)
            && self.policy_kinds.as_ref().is_none_or(is_of)
            && self.search.as_ref().is_none_or(has)
    }
}

connection! {
    BackupSetDiffEntryConnection "BackupSetDiffEntryConnection" of BackupSetDiffEntryEdge with BackupSetDiffEntry:
    "A page of entries.", edges "The entries with their cursors.", nodes "The entries without their cursors."
}

edge! {
    BackupSetDiffEntryEdge "BackupSetDiffEntryEdge" with BackupSetDiffEntry:
    "An entry in a page.", node "The entry."
}

/// Of which difference.
#[derive(Clone)]
pub(super) struct Of {
    pub(super) scope: TenantScope,
    pub(super) sets: (BackupSetId, BackupSetId),
    /// When the sets were made.
    pub(super) made_at: (DateTime<Utc>, DateTime<Utc>),
    pub(super) difference: Arc<SetDifference>,
}

impl Of {
    fn matching<'a>(&'a self, filter: &'a EntryFilter) -> impl Iterator<Item = &'a Differing> {
        let all = self.difference.differing.iter();
        all.filter(|entry| filter.holds(entry))
    }

    /// The entries of a page, with their items.
    fn page(
        &self,
        db: &mut Db,
        filter: &EntryFilter,
        window: &Window,
    ) -> std::result::Result<Page<Entry>, PageError> {
        let rows = self.matching(filter).map(|entry| (place(entry), entry));
        let page = slice(rows, Direction::Ascending, window)?;
        let entries: Vec<&Differing> = page.rows.iter().map(|(_, entry)| *entry).collect();
        let mut items = items_of(db, self.scope, &entries)?;
        let removals = self.removals(db, &entries)?;
        let is_forward = self.made_at.0 <= self.made_at.1;
        let rows = page.rows.into_iter().filter_map(|(place, entry)| {
            let sides = match entry.found {
                Found::Added(after) => Sides::Added(Box::new(items.remove(&after)?)),
                Found::Removed(before) => {
                    let by = removals.get(&entry.policy).cloned();
                    Sides::Removed(Box::new(items.remove(&before)?), by)
                }
                Found::Changed(before, after) => Sides::Changed(
                    Box::new(items.remove(&before)?),
                    Box::new(items.remove(&after)?),
                ),
            };
            Some((place, Entry { sides, is_forward }))
        });
        Ok(Page {
            rows: rows.collect(),
            has_more: page.has_more,
        })
    }

    fn removals(
        &self,
        db: &mut Db,
        entries: &[&Differing],
    ) -> std::result::Result<HashMap<PolicyId, Attribution>, StoreError> {
        let gone = entries
            .iter()
            .filter(|it| it.found.kind() == diff::DiffKind::Removed);
        let gone: Vec<PolicyId> = gone.map(|entry| entry.policy).collect();
        set_changes::removed_by(db, self.scope.tenant, &gone, self.made_at)
    }
}

/// A policy that differs, with its items.
struct Entry {
    sides: Sides,
    /// Whether the sets are compared in the order in which they were made.
    is_forward: bool,
}

fn items_of(
    db: &mut Db,
    scope: TenantScope,
    entries: &[&Differing],
) -> std::result::Result<HashMap<BackupItemId, StoredItem>, StoreError> {
    let ids: Vec<BackupItemId> = entries.iter().flat_map(|it| it.found.items()).collect();
    let items = lookups::items(db, scope.tenant, &ids)?.into_iter();
    Ok(items.map(|stored| (stored.item.id, stored)).collect())
}

/// Where an entry stands: by its kind in capture order, then its name.
fn place(entry: &Differing) -> Place {
    let order = PolicyKind::ALL.iter().position(|kind| *kind == entry.kind);
    Place {
        // As many digits for every kind, so that the order of texts is the order of numbers.
        sort: Sort::Text(format!("{:04}{}", order.unwrap_or_default(), entry.name)),
        id: entry.found.item().to_string(),
    }
}

/// A page of the policies that differ between two sets.
pub(super) async fn entries_page(
    call: &Call,
    of: Of,
    filter: EntryFilter,
    page: &PageArguments,
) -> Result<BackupSetDiffEntryConnection> {
    let (scope, parts) = (of.scope, of.difference.ground.parts);
    let (counted, condition) = (of.clone(), filter.clone());
    let list = List {
        fingerprint: Fingerprint::of(("set diff", scope.tenant, of.sets, &filter)),
        load: move |db: &mut _, window: &_| of.page(db, &filter, window),
        count: move |_: &mut _| {
            let count = counted.matching(&condition).count();
            Ok(i64::try_from(count).unwrap_or(i64::MAX))
        },
    };
    let view = |entry: Entry| BackupSetDiffEntry::new(scope, parts, entry.sides, entry.is_forward);
    Ok(BackupSetDiffEntryConnection(
        list.page(call, page, view).await?,
    ))
}
