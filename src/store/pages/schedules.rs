//! Schedules, a page at a time.

use chrono::NaiveDateTime;
use diesel::{prelude::*, sql_types::Bool};

use super::{
    Backend, Column, Order, Page, PageError, Window, containing, or_earliest, or_latest, page,
    words,
};
use crate::{
    domain::{ids::TenantId, kind::PolicyKind, run::RunStatus, schedule::Schedule},
    store::{conn::Db, error::StoreError, schedules::ScheduleRow, schema::schedules},
};

/// Which schedules; absent conditions hold for every schedule. Deleted ones are always left out.
#[derive(Clone, Debug, Default)]
pub struct ScheduleFilter {
    /// Enabled or not.
    pub enabled: Option<bool>,
    /// With this in their name, whatever the case.
    pub search: Option<String>,
    /// That back up at least one of these kinds.
    pub kinds: Option<Vec<PolicyKind>>,
    /// Whose last run is in one of these states.
    pub last_statuses: Option<Vec<RunStatus>>,
}

/// What schedules are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScheduleField {
    /// When the schedule was created.
    CreatedAt,
    /// When it last ran; absent counts as earliest.
    LastRunAt,
    /// Its name, folded.
    Name,
    /// When it fires next; absent counts as latest.
    NextRunAt,
}

type Condition = Box<dyn BoxableExpression<schedules::table, Backend, SqlType = Bool>>;

fn has_kind(kind: PolicyKind) -> Condition {
    let word = kind.as_str().replace('_', "\\_");
    // Kinds are joined by commas: whole words are found between commas on both sides.
    let alone = schedules::kinds.eq(kind.as_str());
    let first = schedules::kinds.like(format!("{word},%")).escape('\\');
    let last = schedules::kinds.like(format!("%,{word}")).escape('\\');
    let within = schedules::kinds.like(format!("%,{word},%")).escape('\\');
    Box::new(alone.or(first).or(last).or(within))
}

fn has_one_of(kinds: &[PolicyKind]) -> Condition {
    let none: Condition = Box::new(diesel::dsl::sql::<Bool>("1 = 0"));
    kinds
        .iter()
        .map(|kind| has_kind(*kind))
        .fold(none, |any, one| Box::new(any.or(one)))
}

fn matching(tenant: TenantId, filter: &ScheduleFilter) -> schedules::BoxedQuery<'static, Backend> {
    let mut query = schedules::table
        .filter(schedules::tenant_id.eq(tenant.to_string()))
        .filter(schedules::deleted_at.is_null())
        .into_boxed();
    if let Some(enabled) = filter.enabled {
        query = query.filter(schedules::enabled.eq(enabled));
    }
    if let Some(part) = &filter.search {
        query = query.filter(schedules::name_folded.like(containing(part)).escape('\\'));
    }
    if let Some(kinds) = &filter.kinds {
        query = query.filter(has_one_of(kinds));
    }
    if let Some(statuses) = &filter.last_statuses {
        let words = words(statuses, RunStatus::as_str);
        query = query.filter(schedules::last_run_status.eq_any(words));
    }
    query
}

/// A page of a tenant's schedules.
pub fn page(
    db: &mut Db,
    tenant: TenantId,
    filter: &ScheduleFilter,
    order: Order<ScheduleField>,
    window: &Window,
) -> Result<Page<Schedule>, PageError> {
    let query = matching(tenant, filter);
    let (by, way) = (order.field, order.direction);
    match by {
        ScheduleField::CreatedAt => {
            page!(db, query, schedules as ScheduleRow, schedules::created_at => NaiveDateTime, way, window)
        }
        ScheduleField::LastRunAt => {
            page!(db, query, schedules as ScheduleRow, or_earliest("last_run_at") => NaiveDateTime, way, window)
        }
        ScheduleField::Name => {
            page!(db, query, schedules as ScheduleRow, schedules::name_folded => String, way, window)
        }
        ScheduleField::NextRunAt => {
            page!(db, query, schedules as ScheduleRow, or_latest("next_run_at") => NaiveDateTime, way, window)
        }
    }
}

/// How many of a tenant's schedules match.
pub fn count(db: &mut Db, tenant: TenantId, filter: &ScheduleFilter) -> Result<i64, StoreError> {
    Ok(matching(tenant, filter).count().get_result(db)?)
}
