//! How long it takes until the others have what a killed server had: its runs are told as lost, and
//! what is queued is carried out elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::{
    fleet::{Trouble, Whom},
    records::{EventRecord, Records},
    server::{End, Life},
    settings::{AT_ONCE, SERVERS, TAKEN_WITHIN, TICK, TOLD_WITHIN, span},
};

/// A time that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// Of what.
    pub(crate) what: String,
    pub(crate) time: Duration,
    /// Whether another server was at work all the time that is allowed, and so was the database.
    pub(crate) is_undisturbed: bool,
}

/// The times of all kills.
#[derive(Clone, Debug, Default)]
pub(crate) struct Takeovers {
    /// From a kill until each run that the server had was told as lost.
    pub(crate) told: Vec<Taken>,
    /// From a kill until another server took what was queued then, of as much as others had places for.
    pub(crate) taken: Vec<Taken>,
}

/// Something that a run was, until it was something else.
#[derive(Clone, Copy, Debug)]
struct Stretch<'a> {
    began: &'a EventRecord,
    ended: &'a EventRecord,
}

impl Stretch<'_> {
    fn is_at(&self, at: DateTime<Utc>) -> bool {
        self.began.at() <= at && at < self.ended.at()
    }
}

impl Takeovers {
    pub(crate) fn of(records: &Records, lives: &[Life], troubles: &[Trouble]) -> Self {
        let stretches = stretches(&records.events);
        let mut times = Self::default();
        for life in lives.iter().filter(|life| life.end == End::Killed) {
            let Some(owner) = &life.owner else {
                continue;
            };
            let at = life.ended_at;
            let is_owned = |event: &EventRecord| event.owner.as_ref() == Some(owner);
            let running = stretches.iter().filter(|stretch| {
                stretch.began.status == "RUNNING" && is_owned(stretch.began) && stretch.is_at(at)
            });
            times.told.extend(running.map(|lost| Taken {
                what: format!("run {} of server {}", lost.began.run_id, life.server),
                time: since(at, lost.ended),
                is_undisturbed: is_undisturbed(life, TOLD_WITHIN, troubles),
            }));
            let running: Vec<_> = stretches
                .iter()
                .filter(|other| other.began.status == "RUNNING" && other.is_at(at))
                .collect();
            let busy = |tenant: &str| running.iter().any(|other| other.began.tenant_id == tenant);
            // A place in which a run ends at once is one.
            let elsewhere = running
                .iter()
                .filter(|other| !is_owned(other.began) && other.is_at(at + span(TICK)));
            let places = (others_undisturbed(life, TAKEN_WITHIN, troubles) * AT_ONCE)
                .saturating_sub(elsewhere.count());
            let mut queued: Vec<_> = stretches
                .iter()
                .filter(|stretch| {
                    // Later attempts wait for their time, and runs of a tenant wait for each other.
                    stretch.began.previous.is_none()
                        && stretch.began.status == "QUEUED"
                        && stretch.ended.status == "RUNNING"
                        && !is_owned(stretch.ended)
                        && stretch.is_at(at)
                        && !busy(&stretch.began.tenant_id)
                })
                .collect();
            queued.sort_by_key(|stretch| stretch.ended.at());
            let mut tenants = BTreeSet::new();
            queued.retain(|stretch| tenants.insert(&stretch.began.tenant_id));
            times
                .taken
                .extend(queued.iter().take(places).map(|taken| Taken {
                    what: format!(
                        "run {} after the end of server {}",
                        taken.began.run_id, life.server
                    ),
                    time: since(at, taken.ended),
                    is_undisturbed: is_undisturbed(life, TAKEN_WITHIN, troubles),
                }));
        }
        times
    }

    /// What took too long, although nothing else was wrong.
    pub(crate) fn late(&self) -> Vec<String> {
        let told = self.told.iter().map(|taken| (taken, TOLD_WITHIN));
        let taken = self.taken.iter().map(|taken| (taken, TAKEN_WITHIN));
        let late = told
            .chain(taken)
            .filter(|(taken, most)| taken.is_undisturbed && taken.time > *most);
        late.map(|(taken, most)| format!("{}: {:?}, more than {most:?}", taken.what, taken.time))
            .collect()
    }
}

/// All that runs were one after the other, each with what came next.
fn stretches(events: &[EventRecord]) -> Vec<Stretch<'_>> {
    let mut last: BTreeMap<&str, &EventRecord> = BTreeMap::new();
    let mut stretches = Vec::new();
    for event in events {
        if let Some(began) = last.insert(&event.run_id, event) {
            stretches.push(Stretch {
                began,
                ended: event,
            });
        }
    }
    stretches
}

fn since(at: DateTime<Utc>, event: &EventRecord) -> Duration {
    (event.at() - at).to_std().unwrap_or_default()
}

fn is_undisturbed(life: &Life, within: Duration, troubles: &[Trouble]) -> bool {
    others_undisturbed(life, within, troubles) > 0
        && !is_in_trouble(Whom::Database, life, within, troubles)
}

/// How many other servers were at work all the time after the end of a process.
fn others_undisturbed(life: &Life, within: Duration, troubles: &[Trouble]) -> usize {
    let others = (0..SERVERS).filter(|other| *other != life.server);
    let undisturbed =
        others.filter(|other| !is_in_trouble(Whom::Server(*other), life, within, troubles));
    undisturbed.count()
}

fn is_in_trouble(whom: Whom, life: &Life, within: Duration, troubles: &[Trouble]) -> bool {
    let (from, until) = (life.ended_at, life.ended_at + span(within));
    let mut of_whom = troubles.iter().filter(|trouble| trouble.whom == whom);
    of_whom.any(|trouble| trouble.from <= until && trouble.until >= from)
}
