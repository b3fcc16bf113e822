//! Lists of backup sets: which, in which order, and their pages.

use async_graphql::{Enum, ID, InputObject};

use super::{
    access::TenantScope,
    backups::BackupSet,
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters::{self, DateTimeRangeInput},
    pages::{List, OrderDirection, PageArguments, connection, edge},
};
use crate::{
    domain::ids::ScheduleId,
    store::pages::{
        Order,
        backups::{self, Deleted, SetField, SetFilter},
    },
};

/// Whether deleted objects are listed.
#[derive(Enum, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[graphql(remote = "Deleted")]
pub(super) enum DeletedFilter {
    /// Leave deleted ones out.
    #[default]
    #[graphql(name = "EXCLUDE")]
    Excluded,
    /// List deleted ones with the others.
    #[graphql(name = "INCLUDE")]
    Included,
    /// List deleted ones only.
    Only,
}

/// Which backup sets to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct BackupSetFilter {
    /// Of one of these schedules; at most 100.
    schedule_ids: Option<Vec<ID>>,
    /// Completed in this range.
    created_at: Option<DateTimeRangeInput>,
    /// Complete or not.
    is_complete: Option<bool>,
    /// Whether deleted sets are listed.
    #[graphql(default)]
    deleted: DeletedFilter,
}

impl BackupSetFilter {
    pub(super) fn read(self) -> Result<SetFilter> {
        Ok(SetFilter {
            schedules: filters::among(self.schedule_ids, "scheduleIds")?,
            created: filters::stretch(self.created_at)?,
            is_complete: self.is_complete,
            deleted: self.deleted.into(),
        })
    }
}

impl SetFilter {
    /// The same filter, narrowed to one schedule.
    #[must_use]
    pub(super) fn of_schedule(mut self, schedule: ScheduleId) -> Self {
        self.schedules = Some(filters::only(self.schedules, schedule));
        self
    }
}

/// What backup sets can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "SetField")]
pub(super) enum BackupSetOrderField {
    /// When the set was completed.
    CreatedAt,
    /// When the set was deleted; existing ones come last when ascending.
    DeletedAt,
}

/// Order of backup sets. Ties are broken by ID.
#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct BackupSetOrder {
    /// What to order by.
    field: BackupSetOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl Default for BackupSetOrder {
    fn default() -> Self {
        Self {
            field: BackupSetOrderField::CreatedAt,
            direction: OrderDirection::Descending,
        }
    }
}

impl From<BackupSetOrder> for Order<SetField> {
    fn from(order: BackupSetOrder) -> Self {
        Self {
            field: order.field.into(),
            direction: order.direction.into(),
        }
    }
}

connection! {
    BackupSetConnection "BackupSetConnection" of BackupSetEdge with BackupSet:
    "A page of backup sets.", edges "The backup sets with their cursors.", nodes "The backup sets without their cursors."
}

edge! {
    BackupSetEdge "BackupSetEdge" with BackupSet:
    "A backup set in a page.", node "The backup set."
}

/// A page of a tenant's sets.
pub(super) async fn sets_page(
    call: &Call,
    scope: TenantScope,
    filter: SetFilter,
    order: BackupSetOrder,
    page: &PageArguments,
) -> Result<BackupSetConnection> {
    let (tenant, order) = (scope.tenant, order.into());
    let counted = filter.clone();
    let list = List {
        fingerprint: Fingerprint::of(("sets", tenant, &filter, order)),
        load: move |db: &mut _, window: &_| backups::page(db, tenant, &filter, order, window),
        count: move |db: &mut _| backups::count(db, tenant, &counted),
    };
    let view = |set| BackupSet { scope, set };
    Ok(BackupSetConnection(list.page(call, page, view).await?))
}
