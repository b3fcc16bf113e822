//! The audit log of a tenant, a page at a time.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Backend, Column, Direction, Page, PageError, Stretch, Window, page, words};
use crate::{
    domain::{
        actor::Component,
        audit::{AuditAction, AuditOutcome, Entry},
        ids::TenantId,
    },
    store::{audit::AuditRow, columns::stamp, conn::Db, error::StoreError, schema::audit_log},
};

/// Which entries; absent conditions hold for every one.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// That tell of one of these actions.
    pub actions: Option<Vec<AuditAction>>,
    /// Done by one of these people or API tokens.
    pub actors: Option<Vec<Uuid>>,
    /// Done to one of these objects.
    pub targets: Option<Vec<Uuid>>,
    /// That ended in one of these ways.
    pub outcomes: Option<Vec<AuditOutcome>>,
    /// Within this stretch.
    pub occurred: Stretch,
}

fn texts(ids: &[Uuid]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// A tenant's entries whose words this server knows. Those of a newer one that shares the database are
/// left out.
pub(super) fn readable(tenant: TenantId) -> audit_log::BoxedQuery<'static, Backend> {
    let components = words(Component::ALL, Component::as_str);
    audit_log::table
        .filter(audit_log::tenant_id.eq(tenant.to_string()))
        .filter(audit_log::action.eq_any(words(AuditAction::ALL, AuditAction::as_str)))
        .filter(audit_log::outcome.eq_any(words(AuditOutcome::ALL, AuditOutcome::as_str)))
        .filter(
            audit_log::actor_kind
                .ne("SYSTEM")
                .or(audit_log::actor_name.eq_any(components)),
        )
        .into_boxed()
}

fn matching(tenant: TenantId, filter: &AuditFilter) -> audit_log::BoxedQuery<'static, Backend> {
    let mut query = readable(tenant);
    if let Some(actions) = &filter.actions {
        query = query.filter(audit_log::action.eq_any(words(actions, AuditAction::as_str)));
    }
    if let Some(actors) = &filter.actors {
        query = query.filter(audit_log::actor_id.eq_any(texts(actors)));
    }
    if let Some(targets) = &filter.targets {
        query = query.filter(audit_log::target_id.eq_any(texts(targets)));
    }
    if let Some(outcomes) = &filter.outcomes {
        query = query.filter(audit_log::outcome.eq_any(words(outcomes, AuditOutcome::as_str)));
    }
    if let Some(from) = filter.occurred.from {
        query = query.filter(audit_log::occurred_at.ge(stamp(from)));
    }
    if let Some(to) = filter.occurred.to {
        query = query.filter(audit_log::occurred_at.lt(stamp(to)));
    }
    query
}

/// A page of a tenant's entries by when they were written.
pub fn page(
    db: &mut Db,
    tenant: TenantId,
    filter: &AuditFilter,
    way: Direction,
    window: &Window,
) -> Result<Page<Entry>, PageError> {
    let query = matching(tenant, filter);
    page!(db, query, audit_log as AuditRow, audit_log::occurred_at => NaiveDateTime, way, window)
}

/// How many of a tenant's entries match.
pub fn count(db: &mut Db, tenant: TenantId, filter: &AuditFilter) -> Result<i64, StoreError> {
    Ok(matching(tenant, filter).count().get_result(db)?)
}
