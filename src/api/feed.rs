//! A feed of run events: it reads the tables from a place on.
//!
//! An announcement of this process is a hint to look at once; without one it looks every second,
//! which is how it hears of what other servers do.

use std::{
    collections::{HashMap, VecDeque},
    future::pending,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep_until},
};

use super::{
    access::TenantScope,
    auth,
    call::Call,
    error::{Refusal, Result},
};
use crate::{
    domain::{
        ids::{RunId, ScheduleId, TenantId},
        run::{Progress, Run, RunStatus},
    },
    store::{
        StoreError,
        events::{self, RunEvent},
        runs,
    },
};

/// Events read at once.
const BATCH: i64 = 100;

/// A reader further behind than this has to fetch the state anew.
const FARTHEST: i64 = 10_000;

/// Which runs a feed is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Topic {
    /// Only those of this schedule.
    pub(super) schedule: Option<ScheduleId>,
    /// Only this one.
    pub(super) run: Option<RunId>,
}

impl Topic {
    fn includes(&self, run: &Run) -> bool {
        self.schedule
            .is_none_or(|schedule| schedule == run.schedule)
            && self.run.is_none_or(|only| only == run.id)
    }
}

/// What a subscriber wants.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) topic: Topic,
    pub(super) with_progress: bool,
    /// The place of the last event seen.
    pub(super) after: Option<i64>,
}

/// What a feed tells.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// A run that is active when the feed begins.
    Snapshot(Run),
    /// A run changed its status.
    Changed(RunEvent),
    /// How far a run is.
    Progress(Run),
    /// Events were lost.
    Lost,
}

/// A piece of news, and the place after which a feed goes on from here.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) place: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) news: News,
}

/// What the tables say when a feed begins.
struct Beginning {
    place: i64,
    oldest: Option<i64>,
    active: Vec<Run>,
    only: Option<Run>,
}

pub(super) struct Feed {
    call: Arc<Call>,
    scope: TenantScope,
    wish: Wish,
    place: i64,
    pending: VecDeque<Item>,
    told: HashMap<RunId, Progress>,
    announcements: Receiver<TenantId>,
    next_look: Instant,
    /// The one run that it is about had ended when the feed began: what is left is what led there,
    /// at least what happened between the readings of the place and of the run.
    has_ended: bool,
    is_over: bool,
}

impl Feed {
    /// Begins where the wish says.
    ///
    /// # Errors
    ///
    /// INVALID_CURSOR for a place that the stream has not reached.
    pub(super) async fn begin(call: Arc<Call>, scope: TenantScope, wish: Wish) -> Result<Self> {
        let announcements = call.store.announcements();
        let (tenant, only) = (scope.tenant, wish.topic.run);
        let beginning = call.store.read(move |db| {
            // The place comes first: what happens meanwhile is told again rather than not at all.
            Ok::<_, StoreError>(Beginning {
                place: events::position(db, tenant)?,
                oldest: events::oldest(db, tenant)?,
                active: runs::active_of_tenant(db, tenant)?,
                only: only
                    .map(|run| runs::find(db, tenant, run))
                    .transpose()?
                    .flatten(),
            })
        });
        let beginning = beginning.await?;
        let has_ended = beginning
            .only
            .as_ref()
            .is_some_and(|run| run.ended_at().is_some());
        let mut feed = Self {
            place: beginning.place,
            pending: VecDeque::new(),
            told: HashMap::new(),
            announcements,
            next_look: Instant::now(),
            has_ended,
            is_over: false,
            call,
            scope,
            wish,
        };
        match feed.wish.after {
            None => feed.take_snapshot(beginning.active),
            Some(after) => feed.go_back(after, beginning.oldest)?,
        }
        Ok(feed)
    }

    fn take_snapshot(&mut self, active: Vec<Run>) {
        let at = self.call.clock.now();
        for run in active
            .into_iter()
            .filter(|run| self.wish.topic.includes(run))
        {
            self.told.insert(run.id, run.progress);
            let news = News::Snapshot(run);
            let place = self.place;
            self.pending.push_back(Item { place, at, news });
        }
    }

    fn go_back(&mut self, after: i64, oldest: Option<i64>) -> Result<()> {
        if after > self.place || after < 0 {
            return Err(Refusal::invalid_cursor());
        }
        let is_kept = after == self.place || oldest.is_some_and(|oldest| oldest <= after + 1);
        if is_kept && self.place - after <= FARTHEST {
            self.place = after;
        } else {
            let (place, at) = (self.place, self.call.clock.now());
            let news = News::Lost;
            self.pending.push_back(Item { place, at, news });
        }
        Ok(())
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
        self.wait().await;
        self.still_permitted().await?;
        let (tenant, place) = (self.scope.tenant, self.place);
        let read = self
            .call
            .store
            .read(move |db| events::after(db, tenant, place, BATCH));
        let found: Vec<RunEvent> = read.await?;
        let is_all = i64::try_from(found.len()).unwrap_or(BATCH) < BATCH;
        for event in found {
            self.tell(event);
        }
        if is_all {
            self.is_over |= self.has_ended;
            self.look_at_progress().await?;
            self.next_look = Instant::now() + self.call.limits.sockets.poll;
        }
        Ok(())
    }

    fn tell(&mut self, event: RunEvent) {
        self.place = event.sequence;
        if self.is_over || !self.wish.topic.includes(&event.run) {
            return;
        }
        let has_ended = !event.run.state.status().is_active();
        self.is_over = has_ended && self.wish.topic.run.is_some();
        self.pending.push_back(Item {
            place: event.sequence,
            at: event.occurred_at,
            news: News::Changed(event),
        });
    }

    async fn look_at_progress(&mut self) -> Result<()> {
        if !self.wish.with_progress || self.is_over {
            return Ok(());
        }
        let tenant = self.scope.tenant;
        let read = self
            .call
            .store
            .read(move |db| runs::active_of_tenant(db, tenant));
        let active: Vec<Run> = read.await?;
        self.told
            .retain(|id, _| active.iter().any(|run| run.id == *id));
        for run in active {
            let is_running = run.state.status() == RunStatus::Running;
            if !is_running || !self.wish.topic.includes(&run) {
                continue;
            }
            let before = self.told.insert(run.id, run.progress);
            if before != Some(run.progress) {
                self.pending.push_back(Item {
                    place: self.place,
                    at: run.progress.at,
                    news: News::Progress(run),
                });
            }
        }
        Ok(())
    }

    /// Waits until it is time to look, or somebody says that there is something to see.
    async fn wait(&mut self) {
        let time = sleep_until(self.next_look);
        tokio::pin!(time);
        loop {
            tokio::select! {
                () = &mut time => return,
                announced = self.announcements.recv() => match announced {
                    Ok(tenant) if tenant != self.scope.tenant => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                    // The store lives as long as the feed, so this is the end of both.
                    Err(RecvError::Closed) => {
                        time.as_mut().await;
                        return;
                    }
                },
            }
        }
    }

    /// Refuses to go on for a caller whose membership is gone. With a credential that does not hold
    /// any more there is nothing to tell either: the connection's own look at it closes the
    /// connection, with the code that says why.
    async fn still_permitted(&self) -> Result<()> {
        let principal = &self.call.caller.principal;
        let held = auth::in_force(&self.call.store, principal, self.call.clock.now());
        if held.await?.is_none() {
            return pending().await;
        }
        let standing = self.call.standing(self.scope.tenant).await?;
        standing.map(drop).ok_or_else(Refusal::not_found)
    }
}
