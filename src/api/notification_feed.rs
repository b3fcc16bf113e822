//! A feed of a person's notification events: it reads the tables from a place on.

use std::{collections::VecDeque, future::pending, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    auth,
    call::Call,
    error::{Refusal, Result},
    lookout::{BATCH, Lookout, Return},
    notifications::{Notification, with_scopes},
};
use crate::{
    domain::ids::{TenantId, UserId},
    store::{
        Db, StoreError,
        notification_events::{self as events, NotificationEvent, NotificationNews},
        notifications::unread,
        streams,
    },
};

/// What a feed tells.
#[derive(Clone)]
pub(super) enum News {
    /// One was made.
    Created(Box<Notification>),
    /// Some were marked read or unread.
    ReadStateChanged,
    /// Events were lost.
    Lost,
}

/// A piece of news, and the place after which a feed goes on from here.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) place: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) news: News,
    pub(super) unread: i64,
}

pub(super) struct Feed {
    call: Arc<Call>,
    person: UserId,
    /// Only what is about this tenant; what was read tells nothing of tenants, and is always told.
    tenant: Option<TenantId>,
    place: i64,
    pending: VecDeque<Item>,
    lookout: Lookout,
    is_over: bool,
}

impl Feed {
    /// Begins after the event last seen, or with what happens from now on.
    ///
    /// # Errors
    ///
    /// INVALID_CURSOR for a place that the stream has not reached.
    pub(super) async fn begin(
        call: Arc<Call>,
        person: UserId,
        tenant: Option<TenantId>,
        after: Option<i64>,
    ) -> Result<Self> {
        let lookout = Lookout::over(&call.watch, person);
        let beginning = call.store.read(move |db| {
            let place = streams::position(db, person)?;
            let oldest = events::oldest(db, person)?;
            Ok::<_, StoreError>((place, oldest, unread(db, person, None)?))
        });
        let (place, oldest, unread) = beginning.await?;
        let mut feed = Self {
            person,
            tenant,
            place,
            pending: VecDeque::new(),
            lookout,
            is_over: false,
            call,
        };
        match after.map(|after| Return::to(after, place, oldest)) {
            None => {}
            Some(Ok(Return::After(after))) => feed.place = after,
            Some(Ok(Return::Lost)) => feed.pending.push_back(Item {
                place,
                at: feed.call.clock.now(),
                news: News::Lost,
                unread,
            }),
            Some(Err(refusal)) => return Err(refusal),
        }
        Ok(feed)
    }

    /// The next piece of news, once there is one; none when the feed is over.
    pub(super) async fn next(&mut self) -> Option<Result<Item>> {
        loop {
            if let Some(item) = self.pending.pop_front() {
                self.call.budget.renew();
                return Some(Ok(item));
            }
            if self.is_over {
                return None;
            }
            if let Err(refusal) = self.look().await {
                self.is_over = true;
                return Some(Err(refusal));
            }
        }
    }

    /// Looks for news, now or when it is time.
    async fn look(&mut self) -> Result<()> {
        self.lookout.wait().await;
        self.still_permitted().await?;
        let (person, tenant, place) = (self.person, self.tenant, self.place);
        let read = self.call.store.read(move |db| {
            let found = events::after(db, person, place, BATCH)?;
            let last = found.last().map(|event| event.sequence);
            let is_all = i64::try_from(found.len()).unwrap_or(BATCH) < BATCH;
            let items = told(db, person, tenant, found)?;
            Ok::<_, StoreError>((items, last, is_all))
        });
        let (items, last, is_all) = read.await?;
        self.pending.extend(items);
        self.place = last.unwrap_or(self.place);
        if is_all {
            // A membership that has ended moves no stream.
            self.lookout.rest(self.call.limits.sockets.recheck);
        }
        Ok(())
    }

    /// Refuses to go on with a tenant that the person has left.
    async fn still_permitted(&self) -> Result<()> {
        while_credential_holds(&self.call).await?;
        let Some(tenant) = self.tenant else {
            return Ok(());
        };
        let standing = self.call.standing(tenant).await?;
        standing.map(drop).ok_or_else(Refusal::not_found)
    }
}

/// Goes on only with a credential that holds. With one that does not there is nothing to tell either:
/// the connection's own look at it closes the connection, with the code that says why.
async fn while_credential_holds(call: &Call) -> Result<()> {
    let held = auth::in_force(&call.store, &call.caller.principal, call.clock.now());
    match held.await? {
        Some(_) => Ok(()),
        None => pending().await,
    }
}

/// What a person is told of events: nothing of those that are not for them any more.
fn told(
    db: &mut Db,
    person: UserId,
    tenant: Option<TenantId>,
    found: Vec<NotificationEvent>,
) -> std::result::Result<Vec<Item>, StoreError> {
    let mut made = Vec::new();
    for event in &found {
        if let Some(NotificationNews::Created(notification)) = &event.news
            && tenant.is_none_or(|tenant| tenant == notification.tenant)
        {
            made.push(notification.clone());
        }
    }
    let made = with_scopes(db, person, made)?;
    let view = |id| made.iter().find(|view| view.notification.id == id).cloned();
    let items = found.into_iter().filter_map(|event| {
        let news = match event.news? {
            NotificationNews::Created(notification) => {
                News::Created(Box::new(view(notification.id)?))
            }
            NotificationNews::ReadStateChanged => News::ReadStateChanged,
        };
        Some(Item {
            place: event.sequence,
            at: event.occurred_at,
            news,
            unread: event.unread,
        })
    });
    Ok(items.collect())
}
