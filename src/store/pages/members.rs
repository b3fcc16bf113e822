//! Members of a tenant, a page at a time.

use chrono::NaiveDateTime;
use diesel::{
    dsl::{InnerJoin, IntoBoxed, sql},
    expression::SqlLiteral,
    prelude::*,
    sql_types::Text,
};

use super::{Backend, Column, Order, Page, PageError, Window, containing, page, words};
use crate::{
    domain::{ids::TenantId, member::Member, role::Role},
    store::{
        conn::Db,
        error::StoreError,
        members::MemberRow,
        schema::{members, users},
    },
};

/// Which members; absent conditions hold for every member.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// Of one of these ranks.
    pub roles: Option<Vec<Role>>,
    /// With this in their name or e-mail address, whatever the case.
    pub search: Option<String>,
}

/// What members are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberField {
    /// When the person became a member.
    CreatedAt,
    /// The person's name, folded.
    Name,
    /// The person's rank, the lowest first.
    Role,
}

type Members = IntoBoxed<'static, InnerJoin<members::table, users::table>, Backend>;

/// People whom an older version has added go by their name as it is written.
fn name() -> SqlLiteral<Text> {
    sql("COALESCE(users.name_folded, users.display_name)")
}

/// The rank as a digit: words do not sort like ranks.
fn rank() -> SqlLiteral<Text> {
    let digits = Role::ALL.iter().enumerate();
    let cases: Vec<String> = digits
        .map(|(digit, role)| format!("WHEN '{role}' THEN '{digit}'"))
        .collect();
    sql(&format!("CASE members.role {} END", cases.join(" ")))
}

fn matching(tenant: TenantId, filter: &MemberFilter) -> Members {
    let mut query = members::table
        .inner_join(users::table)
        .filter(members::tenant_id.eq(tenant.to_string()))
        .into_boxed();
    if let Some(roles) = &filter.roles {
        query = query.filter(members::role.eq_any(words(roles, Role::as_str)));
    }
    if let Some(part) = &filter.search {
        let pattern = containing(part);
        let in_name = name().like(pattern.clone()).escape('\\');
        let address = sql::<Text>("COALESCE(users.email_folded, '')");
        query = query.filter(in_name.or(address.like(pattern).escape('\\')));
    }
    query
}

/// A page of a tenant's members.
pub fn page(
    db: &mut Db,
    tenant: TenantId,
    filter: &MemberFilter,
    order: Order<MemberField>,
    window: &Window,
) -> Result<Page<Member>, PageError> {
    let query = matching(tenant, filter);
    let (by, way) = (order.field, order.direction);
    match by {
        MemberField::CreatedAt => {
            page!(db, query, members as MemberRow, members::created_at => NaiveDateTime, way, window)
        }
        MemberField::Name => {
            page!(db, query, members as MemberRow, name() => String, way, window)
        }
        MemberField::Role => {
            page!(db, query, members as MemberRow, rank() => String, way, window)
        }
    }
}

/// How many of a tenant's members match.
pub fn count(db: &mut Db, tenant: TenantId, filter: &MemberFilter) -> Result<i64, StoreError> {
    Ok(matching(tenant, filter).count().get_result(db)?)
}
