//! Events of notifications: what a person's windows are told, in the order in which it was committed.

use std::{collections::HashMap, str::FromStr};

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{dsl::min, prelude::*};

use super::{
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    notifications,
    schema::notification_events as events,
    streams::{self, Stream},
};
use crate::domain::{
    ids::{NotificationId, UserId},
    notification::{Notification, NotificationEventKind},
};

/// That something happened to a person's notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationEvent {
    /// Its place in the person's stream, from 1.
    pub sequence: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// What happened; none when the person may not know of it any more, or this server does not
    /// understand it.
    pub news: Option<NotificationNews>,
    /// How many were unread after it.
    pub unread: i64,
}

/// What happened to a person's notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationNews {
    /// One was made.
    Created(Notification),
    /// Some were marked read or unread.
    ReadStateChanged,
}

/// An event before it has a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum NewEvent<'a> {
    /// This one was made.
    Created(&'a str),
    /// Some were marked read or unread.
    ReadStateChanged,
}

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
struct EventRow {
    user_id: String,
    sequence: i64,
    occurred_at: NaiveDateTime,
    kind: String,
    notification_id: Option<String>,
    unread_count: i64,
}

/// Writes an event. Takes the person's counter, so it comes last in a transaction.
pub(super) fn append(
    db: &mut Db,
    user: UserId,
    event: NewEvent<'_>,
    unread: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (kind, notification) = match event {
        NewEvent::Created(id) => (NotificationEventKind::Created, Some(id.to_owned())),
        NewEvent::ReadStateChanged => (NotificationEventKind::ReadStateChanged, None),
    };
    let row = EventRow {
        user_id: user.to_string(),
        sequence: streams::next(db, Stream::Person(user))?,
        occurred_at: stamp(now),
        kind: kind.to_string(),
        notification_id: notification,
        unread_count: unread,
    };
    diesel::insert_into(events::table).values(row).execute(db)?;
    Ok(())
}

/// The place of a person's oldest event that is still kept.
pub fn oldest(db: &mut Db, user: UserId) -> Result<Option<i64>, StoreError> {
    Ok(events::table
        .filter(events::user_id.eq(user.to_string()))
        .select(min(events::sequence))
        .first(db)?)
}

/// The events of a person after a place, in order, with the notifications that they may see now.
pub fn after(
    db: &mut Db,
    user: UserId,
    sequence: i64,
    most: i64,
) -> Result<Vec<NotificationEvent>, StoreError> {
    let rows: Vec<EventRow> = events::table
        .filter(events::user_id.eq(user.to_string()))
        .filter(events::sequence.gt(sequence))
        .order(events::sequence)
        .limit(most)
        .load(db)?;
    let mut ids: Vec<NotificationId> = Vec::new();
    for row in &rows {
        ids.extend(row.notification()?);
    }
    let found = notifications::among(db, user, &ids)?;
    let mut found: HashMap<_, _> = found.into_iter().map(|it| (it.id, it)).collect();
    rows.into_iter()
        .map(|row| {
            let notification = row.notification()?.and_then(|id| found.remove(&id));
            Ok(row.with(notification))
        })
        .collect()
}

impl EventRow {
    fn notification(&self) -> Result<Option<NotificationId>, StoreError> {
        let from = Origin {
            what: "notification event of",
            id: &self.user_id,
        };
        from.maybe(self.notification_id.as_deref())
    }

    fn with(self, notification: Option<Notification>) -> NotificationEvent {
        let news = match NotificationEventKind::from_str(&self.kind) {
            Ok(NotificationEventKind::Created) => notification.map(NotificationNews::Created),
            Ok(NotificationEventKind::ReadStateChanged) => Some(NotificationNews::ReadStateChanged),
            Err(_) => None,
        };
        NotificationEvent {
            sequence: self.sequence,
            occurred_at: self.occurred_at.and_utc(),
            news,
            unread: self.unread_count,
        }
    }
}
