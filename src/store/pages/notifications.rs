//! Notifications of a person, a page at a time.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{Backend, Column, Direction, Page, PageError, Window, page, words};
use crate::{
    domain::{
        ids::{TenantId, UserId},
        notification::{Notification, NotificationKind, Severity},
    },
    store::{
        conn::Db,
        error::StoreError,
        notifications::{NotificationRow, visible_to},
        schema::notifications,
    },
};

/// Which notifications; absent conditions hold for every one.
#[derive(Clone, Debug, Default)]
pub struct NotificationFilter {
    /// Read or unread.
    pub is_read: Option<bool>,
    /// Of one of these tenants.
    pub tenants: Option<Vec<TenantId>>,
    /// About one of these.
    pub kinds: Option<Vec<NotificationKind>>,
    /// As urgent as one of these.
    pub severities: Option<Vec<Severity>>,
}

fn matching(
    user: UserId,
    filter: &NotificationFilter,
) -> notifications::BoxedQuery<'static, Backend> {
    let mut query = visible_to(user);
    query = match filter.is_read {
        Some(true) => query.filter(notifications::read_at.is_not_null()),
        Some(false) => query.filter(notifications::read_at.is_null()),
        None => query,
    };
    if let Some(tenants) = &filter.tenants {
        let ids: Vec<String> = tenants.iter().map(ToString::to_string).collect();
        query = query.filter(notifications::tenant_id.eq_any(ids));
    }
    if let Some(kinds) = &filter.kinds {
        query = query.filter(notifications::kind.eq_any(words(kinds, NotificationKind::as_str)));
    }
    if let Some(severities) = &filter.severities {
        query = query.filter(notifications::severity.eq_any(words(severities, Severity::as_str)));
    }
    query
}

/// A page of a person's notifications by when they were made.
pub fn page(
    db: &mut Db,
    user: UserId,
    filter: &NotificationFilter,
    way: Direction,
    window: &Window,
) -> Result<Page<Notification>, PageError> {
    let query = matching(user, filter);
    page!(db, query, notifications as NotificationRow, notifications::created_at => NaiveDateTime, way, window)
}

/// How many of a person's notifications match.
pub fn count(db: &mut Db, user: UserId, filter: &NotificationFilter) -> Result<i64, StoreError> {
    Ok(matching(user, filter).count().get_result(db)?)
}
