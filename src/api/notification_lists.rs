//! Lists of notifications: which, in which order, and their pages.

use async_graphql::{Enum, ID, InputObject};

use super::{
    access::TenantScope,
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters,
    notifications::{Notification, NotificationKind, NotificationSeverity, scopes_of},
    pages::{List, OrderDirection, PageArguments, connection, edge},
};
use crate::{
    domain::{ids::UserId, notification},
    store::{
        Db, StoreError,
        pages::{
            Direction, Page,
            notifications::{self, NotificationFilter as Conditions},
        },
    },
};

/// Which notifications to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct NotificationFilter {
    /// Read (true) or unread (false). Both when absent.
    is_read: Option<bool>,
    /// Of one of these tenants; at most 100.
    tenant_ids: Option<Vec<ID>>,
    /// Kind is one of these.
    kinds: Option<Vec<NotificationKind>>,
    /// Severity is one of these.
    severities: Option<Vec<NotificationSeverity>>,
}

impl NotificationFilter {
    pub(super) fn read(self) -> Result<Conditions> {
        Ok(Conditions {
            is_read: self.is_read,
            tenants: filters::among(self.tenant_ids, "tenantIds")?,
            kinds: filters::words(self.kinds),
            severities: filters::words(self.severities),
        })
    }
}

/// What notifications can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotificationOrderField {
    /// When it was made.
    CreatedAt,
}

/// Order of notifications. Ties are broken by ID.
#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct NotificationOrder {
    /// What to order by.
    field: NotificationOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl Default for NotificationOrder {
    fn default() -> Self {
        Self {
            field: NotificationOrderField::CreatedAt,
            direction: OrderDirection::Descending,
        }
    }
}

connection! {
    NotificationConnection "NotificationConnection" of NotificationEdge with Notification:
    "A page of notifications.", edges "The notifications with their cursors.",
    nodes "The notifications without their cursors."
}

edge! {
    NotificationEdge "NotificationEdge" with Notification:
    "A notification in a page.", node "The notification."
}

/// A page of the caller's notifications; an automation has none.
pub(super) async fn notifications_page(
    call: &Call,
    filter: Conditions,
    order: NotificationOrder,
    page: &PageArguments,
) -> Result<NotificationConnection> {
    let person = call.caller.person().map(|person| person.id);
    let NotificationOrderField::CreatedAt = order.field;
    let (way, counted) = (Direction::from(order.direction), filter.clone());
    let list = List {
        fingerprint: Fingerprint::of(("notifications", person, &filter, way)),
        load: move |db: &mut _, window: &_| match person {
            Some(person) => {
                let page = notifications::page(db, person, &filter, way, window)?;
                Ok(with_scopes(db, person, page)?)
            }
            None => Ok(Page {
                rows: Vec::new(),
                has_more: false,
            }),
        },
        count: move |db: &mut _| match person {
            Some(person) => notifications::count(db, person, &counted),
            None => Ok(0),
        },
    };
    let view = |(scope, notification)| Notification {
        scope,
        notification,
    };
    Ok(NotificationConnection(list.page(call, page, view).await?))
}

type Placed = (TenantScope, notification::Notification);

/// Adds the person's standing in each tenant. One of a tenant just left is left out.
fn with_scopes(
    db: &mut Db,
    person: UserId,
    page: Page<notification::Notification>,
) -> std::result::Result<Page<Placed>, StoreError> {
    let scopes = scopes_of(db, person, page.rows.iter().map(|(_, row)| row.tenant))?;
    let rows = page.rows.into_iter();
    let rows = rows.filter_map(|(place, notification)| {
        let scope = *scopes.get(&notification.tenant)?;
        Some((place, (scope, notification)))
    });
    Ok(Page {
        rows: rows.collect(),
        has_more: page.has_more,
    })
}
