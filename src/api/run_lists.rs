//! Lists of runs: which, in which order, and their pages.

use async_graphql::{Enum, ID, InputObject};

use super::{
    access::TenantScope,
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters::{self, DateTimeRangeInput},
    pages::{List, OrderDirection, PageArguments, connection, edge},
    runs::BackupScheduleRun,
    words::{BackupRunErrorCode, BackupRunStatus, BackupRunTrigger},
};
use crate::{
    domain::ids::ScheduleId,
    store::pages::{
        Order,
        runs::{self, RunField, RunFilter},
    },
};

/// Which runs to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct BackupScheduleRunFilter {
    /// Of one of these schedules; at most 100.
    schedule_ids: Option<Vec<ID>>,
    /// Status is one of these.
    statuses: Option<Vec<BackupRunStatus>>,
    /// Trigger is one of these.
    triggers: Option<Vec<BackupRunTrigger>>,
    /// Error code is one of these.
    error_codes: Option<Vec<BackupRunErrorCode>>,
    /// Queued in this range.
    created_at: Option<DateTimeRangeInput>,
}

impl BackupScheduleRunFilter {
    pub(super) fn read(self) -> Result<RunFilter> {
        Ok(RunFilter {
            schedules: filters::among(self.schedule_ids, "scheduleIds")?,
            statuses: filters::words(self.statuses),
            triggers: filters::words(self.triggers),
            failures: filters::words(self.error_codes),
            created: filters::stretch(self.created_at)?,
        })
    }
}

impl RunFilter {
    /// The same filter, narrowed to one schedule.
    #[must_use]
    pub(super) fn of_schedule(mut self, schedule: ScheduleId) -> Self {
        self.schedules = Some(filters::only(self.schedules, schedule));
        self
    }
}

/// What runs can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "RunField")]
pub(super) enum BackupScheduleRunOrderField {
    /// When the run was queued.
    #[graphql(name = "CREATED_AT")]
    Queued,
    /// When the run ended; active runs come last when ascending.
    #[graphql(name = "FINISHED_AT")]
    Finished,
    /// When a worker began; runs without one come last when ascending.
    #[graphql(name = "STARTED_AT")]
    Started,
}

/// Order of runs. Ties are broken by ID.
#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct BackupScheduleRunOrder {
    /// What to order by.
    field: BackupScheduleRunOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl Default for BackupScheduleRunOrder {
    fn default() -> Self {
        Self {
            field: BackupScheduleRunOrderField::Queued,
            direction: OrderDirection::Descending,
        }
    }
}

impl From<BackupScheduleRunOrder> for Order<RunField> {
    fn from(order: BackupScheduleRunOrder) -> Self {
        Self {
            field: order.field.into(),
            direction: order.direction.into(),
        }
    }
}

connection! {
    BackupScheduleRunConnection "BackupScheduleRunConnection" of BackupScheduleRunEdge with BackupScheduleRun:
    "A page of runs.", edges "The runs with their cursors.", nodes "The runs without their cursors."
}

edge! {
    BackupScheduleRunEdge "BackupScheduleRunEdge" with BackupScheduleRun:
    "A run in a page.", node "The run."
}

/// A page of a tenant's runs.
pub(super) async fn runs_page(
    call: &Call,
    scope: TenantScope,
    filter: RunFilter,
    order: BackupScheduleRunOrder,
    page: &PageArguments,
) -> Result<BackupScheduleRunConnection> {
    let (tenant, order) = (scope.tenant, order.into());
    let counted = filter.clone();
    let list = List {
        fingerprint: Fingerprint::of(("runs", tenant, &filter, order)),
        load: move |db: &mut _, window: &_| runs::page(db, tenant, &filter, order, window),
        count: move |db: &mut _| runs::count(db, tenant, &counted),
    };
    let view = |run| BackupScheduleRun { scope, run };
    Ok(BackupScheduleRunConnection(
        list.page(call, page, view).await?,
    ))
}
