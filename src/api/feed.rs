//! A feed of run events, from a place on.

use std::{
    collections::{HashMap, VecDeque},
    future::pending,
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{
    access::{Admission, TenantScope},
    call::Call,
    error::{Refusal, Result},
    lookout::{BATCH, Return},
    measures::Followed,
    relay::{Sight, View},
};
use crate::{
    domain::{
        ids::{RunId, ScheduleId},
        run::{Progress, Run, RunStatus},
    },
    store::{
        StoreError, active_runs,
        events::{self, RunEvent},
        runs, streams,
    },
};

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
    place_after: i64,
}

pub(super) struct Feed {
    call: Arc<Call>,
    scope: TenantScope,
    wish: Wish,
    place: i64,
    /// What happened before is told, and is not late.
    began_at: DateTime<Utc>,
    pending: VecDeque<Item>,
    told: HashMap<RunId, Progress>,
    view: View,
    /// Whether there is something to see without waiting.
    is_behind: bool,
    /// The one run that it is about had ended when the feed began, with the stream at this place:
    /// what is left is what led there.
    until: Option<i64>,
    is_over: bool,
}

impl Feed {
    /// Begins where the wish says.
    ///
    /// # Errors
    ///
    /// INVALID_CURSOR for a place that the stream has not reached.
    pub(super) async fn begin(call: Arc<Call>, scope: TenantScope, wish: Wish) -> Result<Self> {
        let view = call.relays.join(scope.tenant).view();
        let (tenant, only) = (scope.tenant, wish.topic.run);
        let began_at = call.clock.now();
        let beginning = call.store.read(move |db| {
            // The place comes first: what happens meanwhile is told again rather than not at all.
            Ok::<_, StoreError>(Beginning {
                place: streams::position(db, tenant)?,
                oldest: events::oldest(db, tenant)?,
                active: active_runs::of_tenant(db, tenant)?,
                only: only
                    .map(|run| runs::find(db, tenant, run))
                    .transpose()?
                    .flatten(),
                place_after: streams::position(db, tenant)?,
            })
        });
        let beginning = beginning.await?;
        let has_ended = |run: &Run| run.ended_at().is_some();
        let until = beginning.only.as_ref().is_some_and(has_ended);
        let until = until.then_some(beginning.place_after);
        let mut feed = Self {
            place: beginning.place,
            began_at,
            pending: VecDeque::new(),
            told: HashMap::new(),
            view,
            is_behind: true,
            until,
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
        match Return::to(after, self.place, oldest)? {
            Return::After(place) => self.place = place,
            Return::Lost => {
                let (place, at) = (self.place, self.call.clock.now());
                let news = News::Lost;
                self.pending.push_back(Item { place, at, news });
            }
        }
        Ok(())
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
        let sight = self.view.glance().await?;
        self.still_permitted(&sight).await?;
        self.call.budget.renew();
        let item = self.pending.pop_front();
        if let Some(item) = &item
            && matches!(item.news, News::Changed(_))
            && item.at >= self.began_at
        {
            let lag = self.call.clock.now() - item.at;
            self.call.measures.told(Followed::Runs, lag);
        }
        Ok(item)
    }

    /// The caller's standing when the last piece of news was given out.
    pub(super) fn scope(&self) -> TenantScope {
        self.scope
    }

    /// Looks for news, now or when there is something to see.
    async fn look(&mut self) -> Result<()> {
        let sight = if self.is_behind {
            self.view.newest().await?
        } else {
            self.view.next().await?
        };
        self.still_permitted(&sight).await?;
        match sight.after(self.place) {
            Some(events) => {
                events.for_each(|event| self.tell(event));
                self.is_behind = false;
                self.is_over |= self.until.is_some_and(|until| self.place >= until);
                self.look_at_progress(&sight);
            }
            None => self.catch_up().await?,
        }
        Ok(())
    }

    /// Reads in the tables what nobody else needs any more. What was removed there meanwhile, because
    /// it is old, is lost.
    async fn catch_up(&mut self) -> Result<()> {
        let (tenant, place) = (self.scope.tenant, self.place);
        let read = self.call.store.read(move |db| {
            let found = events::after(db, tenant, place, BATCH)?;
            Ok::<_, StoreError>((found, streams::position(db, tenant)?))
        });
        let (found, newest) = read.await?;
        let is_next = |event: &RunEvent| event.sequence == place + 1;
        if found.first().is_some_and(is_next) {
            found.iter().for_each(|event| self.tell(event));
        } else {
            self.place = newest;
            self.pending.push_back(Item {
                place: newest,
                at: self.call.clock.now(),
                news: News::Lost,
            });
        }
        self.is_behind = true;
        Ok(())
    }

    fn tell(&mut self, event: &RunEvent) {
        self.place = event.sequence;
        if self.is_over || !self.wish.topic.includes(&event.run) {
            return;
        }
        let has_ended = !event.run.state.status().is_active();
        self.is_over = has_ended && self.wish.topic.run.is_some();
        self.pending.push_back(Item {
            place: event.sequence,
            at: event.occurred_at,
            news: News::Changed(event.clone()),
        });
    }

    fn look_at_progress(&mut self, sight: &Sight) {
        if !self.wish.with_progress || self.is_over {
            return;
        }
        let active = &sight.active;
        self.told
            .retain(|id, _| active.iter().any(|run| run.id == *id));
        for run in active {
            let is_running = run.state.status() == RunStatus::Running;
            if !is_running || !self.wish.topic.includes(run) {
                continue;
            }
            let before = self.told.insert(run.id, run.progress);
            if before != Some(run.progress) {
                self.pending.push_back(Item {
                    place: self.place,
                    at: run.progress.at,
                    news: News::Progress(run.clone()),
                });
            }
        }
    }

    /// Refuses to go on for a caller whose membership is gone. With a credential that does not hold
    /// any more there is nothing to tell either: the connection's own look at it closes the
    /// connection, with the code that says why.
    async fn still_permitted(&mut self, sight: &Sight) -> Result<()> {
        let (principal, now) = (&self.call.caller.principal, self.call.clock.now());
        match sight.insiders.admit(principal, now) {
            Admission::Inside(role) => {
                self.scope.role = role;
                Ok(())
            }
            Admission::Stranger => Err(Refusal::not_found()),
            Admission::Expired => pending().await,
        }
    }
}
