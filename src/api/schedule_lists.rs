//! Lists of schedules: which, in which order, and their pages.

use async_graphql::{Enum, InputObject};

use super::{
    access::TenantScope,
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters,
    kinds::PolicyType,
    pages::{List, OrderDirection, PageArguments, connection, edge},
    schedules::BackupSchedule,
    words::BackupRunStatus,
};
use crate::store::pages::{
    Order,
    schedules::{self, ScheduleField, ScheduleFilter},
};

/// Which schedules to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct BackupScheduleFilter {
    /// Enabled or not.
    enabled: Option<bool>,
    /// Case-insensitive part of the name, 1 to 120 characters.
    search: Option<String>,
    /// Backs up at least one of these kinds.
    policy_types: Option<Vec<PolicyType>>,
    /// Status of the last run is one of these.
    last_run_statuses: Option<Vec<BackupRunStatus>>,
}

impl BackupScheduleFilter {
    fn read(self) -> Result<ScheduleFilter> {
        Ok(ScheduleFilter {
            enabled: self.enabled,
            search: filters::search(self.search)?,
            kinds: filters::words(filters::few(self.policy_types, "policyTypes")?),
            last_statuses: filters::words(self.last_run_statuses),
        })
    }
}

/// What schedules can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "ScheduleField")]
pub(super) enum BackupScheduleOrderField {
    /// When the schedule was created.
    CreatedAt,
    /// When it last ran; never counts as earliest.
    LastRunAt,
    /// Name, case-insensitive.
    Name,
    /// When it fires next; disabled ones come last when ascending.
    NextRunAt,
}

/// Order of schedules. Ties are broken by ID.
#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct BackupScheduleOrder {
    /// What to order by.
    field: BackupScheduleOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl Default for BackupScheduleOrder {
    fn default() -> Self {
        Self {
            field: BackupScheduleOrderField::Name,
            direction: OrderDirection::Ascending,
        }
    }
}

impl From<BackupScheduleOrder> for Order<ScheduleField> {
    fn from(order: BackupScheduleOrder) -> Self {
        Self {
            field: order.field.into(),
            direction: order.direction.into(),
        }
    }
}

connection! {
    BackupScheduleConnection "BackupScheduleConnection" of BackupScheduleEdge with BackupSchedule:
    "A page of schedules.", edges "The schedules with their cursors.", nodes "The schedules without their cursors."
}

edge! {
    BackupScheduleEdge "BackupScheduleEdge" with BackupSchedule:
    "A schedule in a page.", node "The schedule."
}

/// A page of a tenant's schedules.
pub(super) async fn schedules_page(
    call: &Call,
    scope: TenantScope,
    filter: BackupScheduleFilter,
    order: BackupScheduleOrder,
    page: &PageArguments,
) -> Result<BackupScheduleConnection> {
    let (tenant, order, filter) = (scope.tenant, order.into(), filter.read()?);
    let counted = filter.clone();
    let list = List {
        fingerprint: Fingerprint::of(("schedules", tenant, &filter, order)),
        load: move |db: &mut _, window: &_| schedules::page(db, tenant, &filter, order, window),
        count: move |db: &mut _| schedules::count(db, tenant, &counted),
    };
    let view = |schedule| BackupSchedule { scope, schedule };
    Ok(BackupScheduleConnection(list.page(call, page, view).await?))
}
