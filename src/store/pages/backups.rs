//! Backup sets, a page at a time.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{Backend, Column, Order, Page, PageError, Stretch, Window, or_latest, page};
use crate::{
    domain::{
        backup::BackupSet,
        ids::{ScheduleId, TenantId},
    },
    store::{backups::SetRow, columns::stamp, conn::Db, error::StoreError, schema::backup_sets},
};

/// What becomes of deleted sets in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Deleted {
    /// They are left out.
    #[default]
    Excluded,
    /// They are listed with the others.
    Included,
    /// They alone are listed.
    Only,
}

/// Which sets; absent conditions hold for every set.
#[derive(Clone, Debug, Default)]
pub struct SetFilter {
    /// Of one of these schedules.
    pub schedules: Option<Vec<ScheduleId>>,
    /// Completed within this stretch.
    pub created: Stretch,
    /// Complete or not.
    pub is_complete: Option<bool>,
    /// What becomes of deleted ones.
    pub deleted: Deleted,
}

/// What sets are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetField {
    /// When the set was completed.
    CreatedAt,
    /// When it was deleted; absent counts as latest.
    DeletedAt,
}

fn matching(tenant: TenantId, filter: &SetFilter) -> backup_sets::BoxedQuery<'static, Backend> {
    let mut query = backup_sets::table
        .filter(backup_sets::tenant_id.eq(tenant.to_string()))
        .filter(backup_sets::purged_at.is_null())
        .into_boxed();
    if let Some(schedules) = &filter.schedules {
        let ids: Vec<String> = schedules.iter().map(ToString::to_string).collect();
        query = query.filter(backup_sets::schedule_id.eq_any(ids));
    }
    if let Some(from) = filter.created.from {
        query = query.filter(backup_sets::created_at.ge(stamp(from)));
    }
    if let Some(to) = filter.created.to {
        query = query.filter(backup_sets::created_at.lt(stamp(to)));
    }
    if let Some(is_complete) = filter.is_complete {
        query = query.filter(backup_sets::is_complete.eq(is_complete));
    }
    match filter.deleted {
        Deleted::Excluded => query.filter(backup_sets::deleted_at.is_null()),
        Deleted::Included => query,
        Deleted::Only => query.filter(backup_sets::deleted_at.is_not_null()),
    }
}

/// A page of a tenant's sets.
pub fn page(
    db: &mut Db,
    tenant: TenantId,
    filter: &SetFilter,
    order: Order<SetField>,
    window: &Window,
) -> Result<Page<BackupSet>, PageError> {
    let query = matching(tenant, filter);
    let (by, way) = (order.field, order.direction);
    match by {
        SetField::CreatedAt => {
            page!(db, query, backup_sets as SetRow, backup_sets::created_at => NaiveDateTime, way, window)
        }
        SetField::DeletedAt => {
            page!(db, query, backup_sets as SetRow, or_latest("deleted_at") => NaiveDateTime, way, window)
        }
    }
}

/// How many of a tenant's sets match.
pub fn count(db: &mut Db, tenant: TenantId, filter: &SetFilter) -> Result<i64, StoreError> {
    Ok(matching(tenant, filter).count().get_result(db)?)
}
