//! Runs, a page at a time.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{Backend, Column, Order, Page, PageError, Stretch, Window, or_latest, page, words};
use crate::{
    domain::{
        failure::FailureCode,
        ids::{ScheduleId, TenantId},
        run::{Run, RunStatus, TriggerKind},
    },
    store::{columns::stamp, conn::Db, error::StoreError, runs::RunRow, schema::runs},
};

/// Which runs; absent conditions hold for every run.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Of one of these schedules.
    pub schedules: Option<Vec<ScheduleId>>,
    /// In one of these states.
    pub statuses: Option<Vec<RunStatus>>,
    /// With one of these triggers.
    pub triggers: Option<Vec<TriggerKind>>,
    /// That failed for one of these reasons.
    pub failures: Option<Vec<FailureCode>>,
    /// Queued within this stretch.
    pub created: Stretch,
}

/// What runs are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunField {
    /// When the run was queued.
    Queued,
    /// When it ended; absent counts as latest.
    Finished,
    /// When a worker began; absent counts as latest.
    Started,
}

fn matching(tenant: TenantId, filter: &RunFilter) -> runs::BoxedQuery<'static, Backend> {
    let mut query = runs::table
        .filter(runs::tenant_id.eq(tenant.to_string()))
        .into_boxed();
    if let Some(schedules) = &filter.schedules {
        let ids: Vec<String> = schedules.iter().map(ToString::to_string).collect();
        query = query.filter(runs::schedule_id.eq_any(ids));
    }
    if let Some(statuses) = &filter.statuses {
        query = query.filter(runs::status.eq_any(words(statuses, RunStatus::as_str)));
    }
    if let Some(triggers) = &filter.triggers {
        query = query.filter(runs::trigger_kind.eq_any(words(triggers, TriggerKind::as_str)));
    }
    if let Some(failures) = &filter.failures {
        query = query.filter(runs::error_code.eq_any(words(failures, FailureCode::as_str)));
    }
    if let Some(from) = filter.created.from {
        query = query.filter(runs::created_at.ge(stamp(from)));
    }
    if let Some(to) = filter.created.to {
        query = query.filter(runs::created_at.lt(stamp(to)));
    }
    query
}

/// A page of a tenant's runs.
pub fn page(
    db: &mut Db,
    tenant: TenantId,
    filter: &RunFilter,
    order: Order<RunField>,
    window: &Window,
) -> Result<Page<Run>, PageError> {
    let query = matching(tenant, filter);
    let (by, way) = (order.field, order.direction);
    match by {
        RunField::Queued => {
            page!(db, query, runs as RunRow, runs::created_at => NaiveDateTime, way, window)
        }
        RunField::Finished => {
            page!(db, query, runs as RunRow, or_latest("finished_at") => NaiveDateTime, way, window)
        }
        RunField::Started => {
            page!(db, query, runs as RunRow, or_latest("started_at") => NaiveDateTime, way, window)
        }
    }
}

/// How many of a tenant's runs match.
pub fn count(db: &mut Db, tenant: TenantId, filter: &RunFilter) -> Result<i64, StoreError> {
    Ok(matching(tenant, filter).count().get_result(db)?)
}
