//! A feed of run events: it reads the tables from a place on.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{
    access::TenantScope,
    call::Call,
    error::{Refusal, Result},
    lookout::{BATCH, Lookout, Return, while_credential_holds},
};
use crate::{
    domain::{
        ids::{RunId, ScheduleId},
        run::{Progress, Run, RunStatus},
    },
    store::{
        StoreError,
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
}

pub(super) struct Feed {
    call: Arc<Call>,
    scope: TenantScope,
    wish: Wish,
    place: i64,
    pending: VecDeque<Item>,
    told: HashMap<RunId, Progress>,
    lookout: Lookout,
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
        let lookout = Lookout::over(&call, scope.tenant);
        let (tenant, only) = (scope.tenant, wish.topic.run);
        let beginning = call.store.read(move |db| {
            // The place comes first: what happens meanwhile is told again rather than not at all.
            Ok::<_, StoreError>(Beginning {
                place: streams::position(db, tenant)?,
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
            lookout,
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
            self.lookout.rest();
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

    /// Refuses to go on for a caller whose membership is gone.
    async fn still_permitted(&self) -> Result<()> {
        while_credential_holds(&self.call).await?;
        let standing = self.call.standing(self.scope.tenant).await?;
        standing.map(drop).ok_or_else(Refusal::not_found)
    }
}
