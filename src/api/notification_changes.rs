//! Mutations of notifications: a person marks its own.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DurationRound, TimeDelta};

use super::{
    access::{Attempt, home_of},
    call::Call,
    error::{Code, Refusal, Result},
    faults::{Faults, Stop, Undone, UserError, UserErrorCode, found},
    ids,
    loaders::TheTenant,
    notifications::{Notification, shown_count, with_scopes},
    pages::MAX_SIZE,
    principal::Principal,
    scalars::DateTime,
};
use crate::{
    domain::{
        audit::{AuditAction, Target},
        ids::{NotificationId, TenantId, UserId},
    },
    store::notifications,
};

/// Input of `markNotifications`, to mark notifications.
#[derive(InputObject, Clone, Debug)]
pub(super) struct MarkNotificationsInput {
    /// IDs of the notifications: 1 to 100 (REQUIRED, TOO_MANY_VALUES).
    ids: Vec<ID>,
    /// Read (true) or unread (false).
    #[graphql(default = true)]
    is_read: bool,
}

/// Outcome of `markNotifications`.
#[derive(SimpleObject)]
pub(super) struct MarkNotificationsPayload {
    /// The notifications, in the order of `ids`; empty when there are user errors.
    notifications: Vec<Notification>,
    /// Unread notifications of the caller over all tenants, afterwards.
    unread_count: i32,
    /// Expected failures; empty on success.
    user_errors: Vec<UserError>,
}

/// Input of `markAllNotificationsRead`, to mark all notifications read.
#[derive(InputObject, Clone, Debug)]
pub(super) struct MarkAllNotificationsReadInput {
    /// Only those of this tenant; all when absent.
    tenant_id: Option<ID>,
    /// Only those made up to this instant, so that one that arrives meanwhile stays unread; now when absent.
    up_to: Option<DateTime>,
}

/// Outcome of `markAllNotificationsRead`.
#[derive(SimpleObject)]
pub(super) struct MarkAllNotificationsReadPayload {
    /// How many were marked.
    marked_count: i32,
    /// Unread notifications of the caller over all tenants, afterwards.
    unread_count: i32,
    /// Expected failures; empty on success.
    user_errors: Vec<UserError>,
}

pub(super) struct NotificationChanges;

#[Object]
impl NotificationChanges {
    /// Mark notifications of the caller read or unread. Those already in that state stay as they are. Requires: a valid credential of a person. User errors: NOT_FOUND, REQUIRED, TOO_MANY_VALUES.
    async fn mark_notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which notifications.")] input: MarkNotificationsInput,
    ) -> Option<Result<MarkNotificationsPayload>> {
        Some(marked(Call::of(ctx), input).await)
    }

    /// Mark all notifications of the caller read that were made up to an instant. Requires: a valid credential of a person. User errors: NOT_FOUND.
    async fn mark_all_notifications_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which notifications.")] input: MarkAllNotificationsReadInput,
    ) -> Option<Result<MarkAllNotificationsReadPayload>> {
        Some(all_marked(Call::of(ctx), input).await)
    }
}

async fn marked(call: &Call, input: MarkNotificationsInput) -> Result<MarkNotificationsPayload> {
    let wanted: Vec<NotificationId> = input.ids.iter().map(ids::read).collect::<Result<_>>()?;
    let person = the_person(call, "markNotifications").await?;
    let (notifications, unread, faults) = match mark(call, person, wanted, input.is_read).await {
        Ok((notifications, unread)) => (notifications, unread, Faults::default()),
        Err(Stop::Faults(faults)) => (Vec::new(), unread_of(call, person).await?, faults),
        Err(Stop::Refusal(refusal)) => return Err(refusal),
    };
    Ok(MarkNotificationsPayload {
        notifications,
        unread_count: shown_count(unread),
        user_errors: faults.into_errors(),
    })
}

async fn all_marked(
    call: &Call,
    input: MarkAllNotificationsReadInput,
) -> Result<MarkAllNotificationsReadPayload> {
    if let Some(id) = &input.tenant_id {
        ids::read::<TenantId>(id)?;
    }
    let person = the_person(call, "markAllNotificationsRead").await?;
    let (marked, unread, faults) = match mark_all(call, person, input).await {
        Ok((marked, unread)) => (marked, unread, Faults::default()),
        Err(Stop::Faults(faults)) => (0, unread_of(call, person).await?, faults),
        Err(Stop::Refusal(refusal)) => return Err(refusal),
    };
    Ok(MarkAllNotificationsReadPayload {
        marked_count: i32::try_from(marked).unwrap_or(i32::MAX),
        unread_count: shown_count(unread),
        user_errors: faults.into_errors(),
    })
}

type Outcome<T> = std::result::Result<T, Stop>;

/// The person who calls. An automation has no notifications, and its attempt is written down.
pub(super) async fn the_person(call: &Call, operation: &'static str) -> Result<UserId> {
    let token = match &call.caller.principal {
        Principal::Person(person) => return Ok(person.id),
        Principal::Token(token) => token,
    };
    let scope = home_of(token);
    let tenant = call.must_load(TheTenant(scope.tenant, ())).await?;
    let attempt = Attempt {
        operation,
        action: AuditAction::Read,
        target: Target::Tenant(scope.tenant),
        name: tenant.name.to_string(),
    };
    call.write_refusal(scope, attempt).await?;
    let message = format!("{operation} is for people: an API token has no notifications");
    Err(Refusal::new(Code::Forbidden, message))
}

async fn unread_of(call: &Call, person: UserId) -> Result<i64> {
    let unread = call
        .store
        .read(move |db| notifications::unread(db, person, None));
    Ok(unread.await?)
}

async fn mark(
    call: &Call,
    person: UserId,
    wanted: Vec<NotificationId>,
    is_read: bool,
) -> Outcome<(Vec<Notification>, i64)> {
    check_number(wanted.len())?;
    let marked = call.store.write(move |db, now| {
        let mut held = notifications::hold(db, person, &wanted)?;
        check_all_found(&wanted, |id| held.iter().any(|it| it.id == id))?;
        let unread = notifications::mark(db, person, &mut held, is_read, now)?;
        let shown = with_scopes(db, person, held)?;
        let shown: HashMap<_, _> = shown
            .into_iter()
            .map(|it| (it.notification.id, it))
            .collect();
        let in_order = wanted.iter().filter_map(|id| shown.get(id).cloned());
        Ok::<_, Undone>((in_order.collect(), unread))
    });
    let marked = marked.await?;
    call.store.announce(person);
    Ok(marked)
}

fn check_number(number: usize) -> std::result::Result<(), Faults> {
    let path = ["input", "ids"];
    if number == 0 {
        let message = "name at least one notification";
        return Err(Faults::one(UserErrorCode::Required, message, &path));
    }
    if number > MAX_SIZE {
        let message = format!("`ids` takes at most {MAX_SIZE} values");
        return Err(Faults::one(UserErrorCode::TooManyValues, message, &path));
    }
    Ok(())
}

fn check_all_found(
    wanted: &[NotificationId],
    is_found: impl Fn(NotificationId) -> bool,
) -> std::result::Result<(), Faults> {
    let mut faults = Faults::default();
    for (place, id) in wanted.iter().enumerate() {
        if !is_found(*id) {
            let path = ["input", "ids", &place.to_string()];
            faults.add(UserErrorCode::NotFound, "no such object", &path);
        }
    }
    faults.or(Some(()))
}

async fn mark_all(
    call: &Call,
    person: UserId,
    input: MarkAllNotificationsReadInput,
) -> Outcome<(usize, i64)> {
    let tenant = match &input.tenant_id {
        Some(id) => Some(found(call.scope(id).await, &["input", "tenantId"])?.tenant),
        None => None,
    };
    // Clients know instants to the millisecond: what was made within the one they name is meant too.
    let before = input.up_to.and_then(|DateTime(up_to)| {
        let millisecond = TimeDelta::milliseconds(1);
        let begun = up_to.duration_trunc(millisecond).unwrap_or(up_to);
        begun.checked_add_signed(millisecond)
    });
    let marked = call
        .store
        .write(move |db, now| notifications::mark_all_read(db, person, tenant, before, now));
    let marked = marked.await.map_err(Undone::Store)?;
    call.store.announce(person);
    Ok(marked)
}
