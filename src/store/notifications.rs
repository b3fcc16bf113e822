//! Notifications: one row per addressee, and what becomes of it.
//!
//! A person sees those of the tenants that they are a member of. The others stay, and are seen again
//! if the person comes back.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::{Origin, stamp, stamp_of},
    conn::{Db, each_backend},
    error::StoreError,
    members,
    notification_events::{self, NewEvent},
    schema::{members as memberships, notifications},
    streams::{self, Stream},
};
use crate::domain::{
    ids::{NotificationId, TenantId, UserId},
    notification::{Audience, Notice, Notification, NotificationKind, OPERATORS, Subject},
};

/// Rows of one statement.
const CHUNK: usize = 500;

/// The database type behind either connection, for conditions put together at run time.
type Backend = <Db as Connection>::Backend;

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = notifications, treat_none_as_default_value = false)]
pub(super) struct NotificationRow {
    id: String,
    user_id: String,
    tenant_id: String,
    kind: String,
    severity: String,
    title: String,
    body: String,
    subject_kind: String,
    subject_id: String,
    created_at: NaiveDateTime,
    read_at: Option<NaiveDateTime>,
}

impl NotificationRow {
    fn of(notice: &Notice, user: UserId, now: DateTime<Utc>) -> Self {
        let (subject_kind, subject_id) = notice.subject.columns();
        Self {
            id: NotificationId::mint().to_string(),
            user_id: user.to_string(),
            tenant_id: notice.tenant.to_string(),
            kind: notice.kind.to_string(),
            severity: notice.kind.severity().to_string(),
            title: notice.title.clone(),
            body: notice.body.clone(),
            subject_kind: subject_kind.to_owned(),
            subject_id,
            created_at: stamp(now),
            read_at: None,
        }
    }
}

impl TryFrom<NotificationRow> for Notification {
    type Error = StoreError;

    fn try_from(row: NotificationRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "notification",
            id: &row.id,
        };
        let subject = match row.subject_kind.as_str() {
            "SCHEDULE" => Some(Subject::Schedule(from.text(&row.subject_id)?)),
            "RUN" => Some(Subject::Run(from.text(&row.subject_id)?)),
            "TENANT" => Some(Subject::Tenant(from.text(&row.subject_id)?)),
            // A newer server shares the database, and knows more things to lead to.
            _ => None,
        };
        Ok(Self {
            id: from.text(&row.id)?,
            tenant: from.text(&row.tenant_id)?,
            kind: from.text(&row.kind)?,
            severity: from.text(&row.severity)?,
            subject,
            created_at: row.created_at.and_utc(),
            read_at: row.read_at.map(|at| at.and_utc()),
            title: row.title,
            body: row.body,
        })
    }
}

/// Those that a person may see: addressed to them, of a tenant that they are a member of, and of a
/// kind that this server knows; a newer one may share the database.
pub(super) fn visible_to(user: UserId) -> notifications::BoxedQuery<'static, Backend> {
    let own = memberships::table
        .filter(memberships::user_id.eq(user.to_string()))
        .select(memberships::tenant_id);
    let kinds: Vec<&str> = NotificationKind::ALL
        .iter()
        .map(|kind| kind.as_str())
        .collect();
    notifications::table
        .filter(notifications::user_id.eq(user.to_string()))
        .filter(notifications::tenant_id.eq_any(own))
        .filter(notifications::kind.eq_any(kinds))
        .into_boxed()
}

/// Delivers messages to everybody they are for, and says who was told how many. Call it last in a
/// transaction, and once: it takes the counters of all of them in the order in which everybody does.
pub(super) fn deliver(
    db: &mut Db,
    notices: &[Notice],
    now: DateTime<Utc>,
) -> Result<Vec<(UserId, usize)>, StoreError> {
    let mut letters = Vec::new();
    for notice in notices {
        for user in addressees(db, notice)? {
            letters.push((user, NotificationRow::of(notice, user, now)));
        }
    }
    // Stable: what one person is told stays in the order in which it came up.
    letters.sort_by_key(|(user, _)| *user);
    for chunk in letters.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|(_, row)| row.clone()).collect();
        each_backend!(db, |conn| diesel::insert_into(notifications::table)
            .values(&rows)
            .execute(conn))?;
    }
    let mut told = Vec::new();
    for letters in letters.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((user, _)) = letters.first() else {
            continue;
        };
        // Held before it is counted, so that the counts come in the order of the events.
        streams::hold(db, Stream::Person(*user))?;
        let mut unread = unread(db, *user, None)? - number(letters.len());
        for (_, row) in letters {
            unread += 1;
            let event = NewEvent::Created(&row.id);
            notification_events::append(db, *user, event, unread, now)?;
        }
        told.push((*user, letters.len()));
    }
    Ok(told)
}

fn number(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn addressees(db: &mut Db, notice: &Notice) -> Result<Vec<UserId>, StoreError> {
    let mut users = match &notice.audience {
        Audience::Operators { .. } | Audience::OperatorsBut(_) => {
            members::users_with(db, notice.tenant, OPERATORS)?
        }
        Audience::Starter(_) => Vec::new(),
    };
    match &notice.audience {
        Audience::Operators { starter: None } => {}
        Audience::Operators {
            starter: Some(starter),
        }
        | Audience::Starter(starter) => {
            let is_known = users.contains(starter);
            if !is_known && members::role_of(db, notice.tenant, *starter)?.is_some() {
                users.push(*starter);
            }
        }
        Audience::OperatorsBut(actor) => users.retain(|user| Some(*user) != actor.person()),
    }
    Ok(users)
}

/// How many a person has not read, of one tenant or of all.
pub fn unread(db: &mut Db, user: UserId, tenant: Option<TenantId>) -> Result<i64, StoreError> {
    let mut query = visible_to(user).filter(notifications::read_at.is_null());
    if let Some(tenant) = tenant {
        query = query.filter(notifications::tenant_id.eq(tenant.to_string()));
    }
    Ok(query.count().get_result(db)?)
}

/// Those of a person that can be seen, in no order; what is missing is left out.
pub fn among(
    db: &mut Db,
    user: UserId,
    ids: &[NotificationId],
) -> Result<Vec<Notification>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows: Vec<NotificationRow> = visible_to(user)
            .filter(notifications::id.eq_any(ids))
            .load(db)?;
        for row in rows {
            found.push(Notification::try_from(row)?);
        }
    }
    Ok(found)
}

/// As [`among`], for whoever is about to mark them: nobody else marks any of the person's until the
/// transaction ends.
pub fn hold(
    db: &mut Db,
    user: UserId,
    ids: &[NotificationId],
) -> Result<Vec<Notification>, StoreError> {
    streams::hold(db, Stream::Person(user))?;
    among(db, user, ids)
}

/// Marks notifications of a person, which are held, read or unread; how many are unread then. Those
/// in that state stay as they are, and when all are, nothing has happened.
pub fn mark(
    db: &mut Db,
    user: UserId,
    held: &mut [Notification],
    is_read: bool,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let read_at = is_read.then_some(now);
    let mut marked = Vec::new();
    for notification in held {
        if notification.read_at.is_some() != is_read {
            notification.read_at = read_at;
            marked.push(notification.id.to_string());
        }
    }
    let rows = notifications::table
        .filter(notifications::user_id.eq(user.to_string()))
        .filter(notifications::id.eq_any(&marked));
    diesel::update(rows)
        .set(notifications::read_at.eq(stamp_of(read_at)))
        .execute(db)?;
    note_reading(db, user, marked.len(), now)
}

/// Marks what a person has not read: of one tenant or of all, made before an instant or ever. How
/// many these were, and how many are unread then.
pub fn mark_all_read(
    db: &mut Db,
    user: UserId,
    tenant: Option<TenantId>,
    before: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(usize, i64), StoreError> {
    streams::hold(db, Stream::Person(user))?;
    let mut query = visible_to(user).filter(notifications::read_at.is_null());
    if let Some(tenant) = tenant {
        query = query.filter(notifications::tenant_id.eq(tenant.to_string()));
    }
    if let Some(before) = before {
        query = query.filter(notifications::created_at.lt(stamp(before)));
    }
    let ids: Vec<String> = query.select(notifications::id).load(db)?;
    for chunk in ids.chunks(CHUNK) {
        let rows = notifications::table.filter(notifications::id.eq_any(chunk));
        diesel::update(rows)
            .set(notifications::read_at.eq(stamp(now)))
            .execute(db)?;
    }
    let unread = note_reading(db, user, ids.len(), now)?;
    Ok((ids.len(), unread))
}

/// Writes that a person has fewer or more unread notifications than before, because a tenant with
/// some has gone or come.
pub fn note_membership(
    db: &mut Db,
    user: UserId,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let of_tenant = notifications::table
        .filter(notifications::user_id.eq(user.to_string()))
        .filter(notifications::tenant_id.eq(tenant.to_string()))
        .filter(notifications::read_at.is_null());
    let concerned: i64 = of_tenant.count().get_result(db)?;
    if concerned > 0 {
        streams::hold(db, Stream::Person(user))?;
        let unread = unread(db, user, None)?;
        notification_events::append(db, user, NewEvent::ReadStateChanged, unread, now)?;
    }
    Ok(())
}

/// Writes that a person's notifications were marked, unless none was; how many are unread then.
fn note_reading(
    db: &mut Db,
    user: UserId,
    marked: usize,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let unread = unread(db, user, None)?;
    if marked > 0 {
        notification_events::append(db, user, NewEvent::ReadStateChanged, unread, now)?;
    }
    Ok(unread)
}
