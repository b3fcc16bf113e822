//! Notifications: one row per addressee.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::stamp,
    conn::{Db, each_backend},
    error::StoreError,
    members,
    schema::notifications,
};
use crate::domain::{
    ids::NotificationId,
    notification::{Audience, Notice, OPERATORS},
};

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = notifications, treat_none_as_default_value = false)]
pub(super) struct NotificationRow {
    pub(super) id: String,
    pub(super) user_id: String,
    pub(super) tenant_id: String,
    pub(super) kind: String,
    pub(super) severity: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) subject_kind: String,
    pub(super) subject_id: String,
    pub(super) created_at: NaiveDateTime,
    pub(super) read_at: Option<NaiveDateTime>,
}

/// Delivers a message to each person of its audience.
pub fn deliver(db: &mut Db, notice: &Notice, now: DateTime<Utc>) -> Result<(), StoreError> {
    let addressees = match notice.audience {
        Audience::Operators { starter } => {
            let mut users = members::users_with(db, notice.tenant, OPERATORS)?;
            users.extend(starter);
            users.sort_unstable();
            users.dedup();
            users
        }
        Audience::Starter(user) => vec![user],
    };
    let (subject_kind, subject_id) = notice.subject.columns();
    let rows: Vec<NotificationRow> = addressees
        .iter()
        .map(|user| NotificationRow {
            id: NotificationId::mint().to_string(),
            user_id: user.to_string(),
            tenant_id: notice.tenant.to_string(),
            kind: notice.kind.to_string(),
            severity: notice.kind.severity().to_string(),
            title: notice.title.clone(),
            body: notice.body.clone(),
            subject_kind: subject_kind.to_owned(),
            subject_id: subject_id.clone(),
            created_at: stamp(now),
            read_at: None,
        })
        .collect();
    if !rows.is_empty() {
        each_backend!(db, |conn| diesel::insert_into(notifications::table)
            .values(&rows)
            .execute(conn))?;
    }
    Ok(())
}
