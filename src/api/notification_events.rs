//! The subscription to notifications.

use async_graphql::{Context, Enum, ID, SimpleObject, Subscription};
use futures_util::{Stream, stream};

use super::{
    call::Call,
    cursors::EventCursor,
    error::Result,
    ids,
    notification_changes::the_person,
    notification_feed::{Feed, Item, News},
    notifications::{Notification, shown_count},
    scalars::DateTime,
};
use crate::domain::ids::{TenantId, UserId};

/// What a notification event tells.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotificationEventKind {
    /// A notification was made.
    Created,
    /// Notifications were marked read or unread, here or in another window.
    ReadStateChanged,
    /// Events were lost. Fetch the state anew, then go on with this event's cursor.
    ResyncRequired,
}

/// One event in the caller's notifications.
#[derive(SimpleObject)]
pub(super) struct NotificationEvent {
    /// Position in the caller's event stream. Opaque; pass the last one seen as `after` when subscribing again.
    cursor: String,
    /// What the event tells.
    kind: NotificationEventKind,
    /// When it happened.
    occurred_at: DateTime,
    /// The notification; null unless `kind` is CREATED.
    notification: Option<Notification>,
    /// Unread notifications of the caller over all tenants, after the event.
    unread_count: i32,
}

impl NotificationEvent {
    fn of(person: UserId, item: Item) -> Self {
        let (kind, notification) = match item.news {
            News::Created(notification) => (NotificationEventKind::Created, Some(*notification)),
            News::ReadStateChanged => (NotificationEventKind::ReadStateChanged, None),
            News::Lost => (NotificationEventKind::ResyncRequired, None),
        };
        Self {
            cursor: EventCursor::seal(person, item.place),
            kind,
            occurred_at: DateTime(item.at),
            notification,
            unread_count: shown_count(item.unread),
        }
    }
}

pub(super) struct NotificationEvents;

#[Subscription]
impl NotificationEvents {
    /// Notifications of the caller. Without `after`: from now on. With `after`: everything since, then from now on. Requires: a valid credential of a person. Errors: NOT_FOUND, INVALID_ID, INVALID_CURSOR.
    async fn notification_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this tenant.")] tenant_id: Option<ID>,
        #[graphql(desc = "Cursor of the last event seen.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<NotificationEvent>> + use<>> {
        let call = Call::shared(ctx);
        if let Some(id) = &tenant_id {
            ids::read::<TenantId>(id)?;
        }
        let person = the_person(&call, "notificationEvents").await?;
        let tenant = match &tenant_id {
            Some(id) => Some(call.scope(id).await?.tenant),
            None => None,
        };
        let open = |cursor: String| EventCursor::open(&cursor, person);
        let after = after.map(open).transpose()?;
        let feed = Feed::begin(call, person, tenant, after).await?;
        Ok(stream::unfold(feed, move |mut feed| async move {
            let event = feed.next().await?;
            Some((event.map(|item| NotificationEvent::of(person, item)), feed))
        }))
    }
}
