//! A feed of a person's notification events: it reads the tables from a place on.

use std::{collections::VecDeque, future::pending, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    auth,
    call::Call,
    error::{Refusal, Result},
    lookout::{BATCH, Lookout, Return},
    measures::Followed,
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

/// A feed that has no membership to look after looks by itself as often, in case that all else fails.
const IDLE: Duration = Duration::from_secs(60);

/// What a look has seen.
enum Seen {
    /// What is told of the events, the place of the last of them, and whether that is all.
    Events(Vec<Item>, i64, bool),
    /// Some of the events were removed meanwhile, because they are old: where the stream is, and how
    /// many notifications are unread.
    Gone(i64, i64),
}

pub(super) struct Feed {
    call: Arc<Call>,
    person: UserId,
    /// Only what is about this tenant; what was read tells nothing of tenants, and is always told.
    tenant: Option<TenantId>,
    place: i64,
    /// What happened before is told, and is not late.
    began_at: DateTime<Utc>,
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
        let began_at = call.clock.now();
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
            began_at,
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
            match self.take().await {
                Ok(Some(item)) => return Some(Ok(item)),
                Ok(None) if self.is_over && self.pending.is_empty() => return None,
                Ok(None) => {}
                Err(refusal) => {
                    self.pending.clear();
                    self.is_over = true;
                    return Some(Err(refusal));
                }
            }
        }
    }

    /// What is at hand, or a look for more. What was read for a reader who took its time is told only
    /// if the reader may know of it now.
    async fn take(&mut self) -> Result<Option<Item>> {
        if self.pending.is_empty() {
            if !self.is_over {
                self.look().await?;
            }
            return Ok(None);
        }
        self.still_permitted().await?;
        self.call.budget.renew();
        let item = self.pending.pop_front();
        if let Some(item) = &item
            && !matches!(item.news, News::Lost)
            && item.at >= self.began_at
        {
            let lag = self.call.clock.now() - item.at;
            self.call.measures.told(Followed::Notifications, lag);
        }
        Ok(item)
    }

    /// Looks for news, now or when it is time.
    async fn look(&mut self) -> Result<()> {
        self.lookout.wait().await;
        self.still_permitted().await?;
        let (person, tenant, place) = (self.person, self.tenant, self.place);
        let read = self.call.store.read(move |db| {
            // The place comes first: what is written meanwhile is no gap.
            let newest = streams::position(db, person)?;
            let found = events::after(db, person, place, BATCH)?;
            let is_gone = match found.first() {
                Some(first) => first.sequence != place + 1,
                None => newest > place,
            };
            if is_gone {
                return Ok(Seen::Gone(newest, unread(db, person, None)?));
            }
            let last = found.last().map_or(place, |event| event.sequence);
            let is_all = i64::try_from(found.len()).unwrap_or(BATCH) < BATCH;
            let items = told(db, person, tenant, found)?;
            Ok::<_, StoreError>(Seen::Events(items, last, is_all))
        });
        match read.await? {
            Seen::Events(items, last, is_all) => {
                self.pending.extend(items);
                self.place = last;
                if is_all {
                    self.lookout.rest(self.patience());
                }
            }
            Seen::Gone(place, unread) => {
                self.place = place;
                self.pending.push_back(Item {
                    place,
                    at: self.call.clock.now(),
                    news: News::Lost,
                    unread,
                });
            }
        }
        Ok(())
    }

    /// How long to wait for the stream to move: a membership that has ended moves none.
    fn patience(&self) -> Duration {
        match self.tenant {
            Some(_) => self.call.limits.sockets.recheck,
            None => IDLE,
        }
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
