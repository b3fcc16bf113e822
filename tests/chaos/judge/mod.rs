//! What has to hold when all is quiet. Each judge names the culprits.

mod audit;
mod effort;
mod following;
mod order;
mod promises;
mod proof;
mod sets;
mod slots;
mod stops;

use chrono::{DateTime, Utc};
use tenantatlas::domain::schedule::Schedule;

pub(crate) use self::{following::misheard, proof::judges_see};
use crate::{
    fleet::Trouble, followers::Heard, people::Asked, records::Records, server::Life,
    takeover::Takeovers,
};

/// What somebody heard who followed, by whom or what was followed.
#[derive(Debug)]
pub(crate) struct Testimony {
    /// The stored ID of the tenant, or of the person.
    pub(crate) of: String,
    pub(crate) heard: Heard,
}

/// What `tenantatlas verify` says of what is stored.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub(crate) is_sound: bool,
    pub(crate) told: String,
}

/// All that is known of a trial.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) records: Records,
    pub(crate) schedules: Vec<Schedule>,
    /// Slots until then are settled.
    pub(crate) settled_until: DateTime<Utc>,
    /// Of those who followed runs.
    pub(crate) runs_heard: Vec<Testimony>,
    /// Of those who followed notifications.
    pub(crate) news_heard: Vec<Testimony>,
    pub(crate) asked: Asked,
    pub(crate) lives: Vec<Life>,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) takeovers: Takeovers,
    /// What was done to servers and database, in words, so often.
    pub(crate) acts: Vec<&'static str>,
    pub(crate) verified: Verified,
    /// Runs that were active when there was no more time to wait, or would have been for too long.
    pub(crate) stuck: Vec<String>,
}

/// A rule, and what breaks it.
pub(crate) type Finding = (&'static str, Vec<String>);

/// All rules.
pub(crate) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let Evidence { records, .. } = evidence;
    vec![
        ("the trial tried something", effort::lacking(evidence)),
        ("no run is stuck", evidence.stuck.clone()),
        ("no slot has two runs", slots::twice(records)),
        (
            "every slot has a run or was missed",
            slots::lost(records, &evidence.schedules, evidence.settled_until),
        ),
        (
            "every run of the scheduler has a slot of its schedule",
            slots::invented(records, &evidence.schedules),
        ),
        ("sets are whole or absent", sets::incomplete(records)),
        (
            "what is stored is what it was",
            sets::unproven(records, &evidence.verified)
                .into_iter()
                .collect(),
        ),
        (
            "runs of a tenant come one after the other",
            order::overlapping(records),
        ),
        ("events have no gaps", order::gaps(records)),
        (
            "events tell the life of each run",
            order::torn_lives(records),
        ),
        (
            "the audit log tells the same story",
            audit::contradictions(records),
        ),
        (
            "followers heard everything once and in order",
            misheard(records, &evidence.runs_heard, &evidence.news_heard),
        ),
        (
            "what people were told holds",
            promises::broken(records, &evidence.asked),
        ),
        (
            "servers end when they are asked to, and only then",
            stops::untimely(&evidence.lives, &evidence.troubles),
        ),
        (
            "what a killed server had is taken over in time",
            evidence.takeovers.late(),
        ),
    ]
}
