//! Tenants, a page at a time.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{Backend, Column, Order, Page, PageError, Window, containing, page, words};
use crate::{
    domain::{
        ids::{TenantId, UserId},
        role::Role,
        tenant::{ConnectionStatus, Tenant},
    },
    store::{
        conn::Db,
        error::StoreError,
        schema::{members, tenants},
        tenants::TenantRow,
    },
};

/// Which tenants.
#[derive(Clone, Debug, Default)]
pub struct TenantFilter {
    /// Of these, which the caller may know of.
    pub among: Among,
    /// With this in their name, whatever the case.
    pub search: Option<String>,
    /// Connected in one of these ways.
    pub connections: Option<Vec<ConnectionStatus>>,
}

/// Which tenants somebody may know of.
#[derive(Clone, Debug)]
pub enum Among {
    /// None, or one.
    Only(Option<TenantId>),
    /// Those that a person is a member of, with this rank or a higher one.
    Memberships(UserId, Role),
}

impl Default for Among {
    fn default() -> Self {
        Self::Only(None)
    }
}

/// What tenants are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TenantField {
    /// When the tenant was added.
    CreatedAt,
    /// Its name, folded.
    Name,
}

fn matching(filter: &TenantFilter) -> tenants::BoxedQuery<'static, Backend> {
    let mut query = tenants::table
        .filter(tenants::deleted_at.is_null())
        .into_boxed();
    query = match filter.among {
        Among::Only(tenant) => query.filter(tenants::id.eq_any(tenant.map(|id| id.to_string()))),
        Among::Memberships(person, least) => {
            let ranks = Role::ALL.iter().filter(|role| **role >= least);
            let ranks: Vec<&str> = ranks.map(|role| role.as_str()).collect();
            let own = members::table
                .filter(members::user_id.eq(person.to_string()))
                .filter(members::role.eq_any(ranks))
                .select(members::tenant_id);
            query.filter(tenants::id.eq_any(own))
        }
    };
    if let Some(part) = &filter.search {
        query = query.filter(tenants::name_folded.like(containing(part)).escape('\\'));
    }
    if let Some(connections) = &filter.connections {
        let words = words(connections, ConnectionStatus::as_str);
        query = query.filter(tenants::connection_status.eq_any(words));
    }
    query
}

/// A page of tenants.
pub fn page(
    db: &mut Db,
    filter: &TenantFilter,
    order: Order<TenantField>,
    window: &Window,
) -> Result<Page<Tenant>, PageError> {
    let query = matching(filter);
    let (by, way) = (order.field, order.direction);
    match by {
        TenantField::CreatedAt => {
            page!(db, query, tenants as TenantRow, tenants::created_at => NaiveDateTime, way, window)
        }
        TenantField::Name => {
            page!(db, query, tenants as TenantRow, tenants::name_folded => String, way, window)
        }
    }
}

/// How many tenants match.
pub fn count(db: &mut Db, filter: &TenantFilter) -> Result<i64, StoreError> {
    Ok(matching(filter).count().get_result(db)?)
}
