//! What the workers measure: ticks, slots, claims, and what their runs read and store.

use std::{sync::atomic::AtomicU64, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::{damage::Damage, dispatch::Verdict};
use crate::{
    measure::{Counts, brief, counts, each, long, seconds},
    store::contents::Packed,
};

/// How ticks end.
const TICKS: [&str; 2] = ["done", "failed"];

/// What becomes of slots.
const SLOTS: [&str; 3] = ["queued", "skipped", "missed"];

/// How runs are lost by those who hold them.
const LOSSES: [&str; 3] = ["taken", "silent", "ended"];

/// How items come into a set.
const ITEMS: [&str; 2] = ["read", "reused"];

/// What of what is stored can be damaged.
const FINDINGS: [&str; 2] = ["content", "secret"];

/// How a run was lost by the server that held it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Somebody else has it.
    Taken,
    /// No renewal was answered for as long as the lease was.
    Silent,
    /// It had ended when its end was to be written.
    Ended,
}

/// The measures of one server's workers.
#[derive(Debug)]
pub struct Measures {
    ticks: Counts<1>,
    tick_lengths: Histogram,
    last_tick: Gauge<f64, AtomicU64>,
    slots: Counts<1>,
    lags: Histogram,
    disabled: Counter,
    waits: Histogram,
    pub(super) places: Gauge,
    pub(super) in_flight: Gauge,
    losses: Counts<1>,
    items: Counts<1>,
    contents: Counter,
    content_bytes: Counter,
    scrubbed: Counter,
    findings: Counts<1>,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            ticks: counts(each("result", TICKS)),
            tick_lengths: brief(),
            last_tick: Gauge::default(),
            slots: counts(each("verdict", SLOTS)),
            lags: long(),
            disabled: Counter::default(),
            waits: long(),
            places: Gauge::default(),
            in_flight: Gauge::default(),
            losses: counts(each("how", LOSSES)),
            items: counts(each("how", ITEMS)),
            contents: Counter::default(),
            content_bytes: Counter::default(),
            scrubbed: Counter::default(),
            findings: counts(each("what", FINDINGS)),
        }
    }
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl Measures {
    /// Counts a tick that took so long.
    pub(super) fn ticked(&self, length: Duration, is_done: bool) {
        let [done, failed] = TICKS;
        let result = if is_done { done } else { failed };
        self.ticks.get_or_create(&[("result", result)]).inc();
        self.tick_lengths.observe(length.as_secs_f64());
    }

    /// Notes when the last tick was made that did all it had to.
    pub(super) fn note_tick(&self, at: DateTime<Utc>) {
        self.last_tick.set(seconds(at - DateTime::UNIX_EPOCH));
    }

    /// Counts what a tick has decided at an instant.
    pub(super) fn decided<'a>(
        &self,
        verdicts: impl IntoIterator<Item = &'a Verdict>,
        at: DateTime<Utc>,
    ) {
        let [queued, skipped, missed] = SLOTS;
        for verdict in verdicts {
            let (slots, count) = match verdict {
                Verdict::Queued(slot) => {
                    self.lags.observe(seconds(at - slot.at));
                    (queued, 1)
                }
                Verdict::Skipped(slot) => {
                    self.lags.observe(seconds(at - slot.at));
                    (skipped, 1)
                }
                Verdict::Missed(_, count) => (missed, u64::from(*count)),
                Verdict::Disabled(_) => {
                    self.disabled.inc();
                    continue;
                }
            };
            self.slots
                .get_or_create(&[("verdict", slots)])
                .inc_by(count);
        }
    }

    /// Counts a run that waited so long for its claim.
    pub(super) fn claimed(&self, waited: TimeDelta) {
        self.waits.observe(seconds(waited));
    }

    /// Counts a run that was lost.
    pub(super) fn lost(&self, how: Loss) {
        let [taken, silent, ended] = LOSSES;
        let how = match how {
            Loss::Taken => taken,
            Loss::Silent => silent,
            Loss::Ended => ended,
        };
        self.losses.get_or_create(&[("how", how)]).inc();
    }

    /// Counts an object that is ready to be stored.
    pub(super) fn captured(&self, is_reused: bool) {
        let [read, reused] = ITEMS;
        let how = if is_reused { reused } else { read };
        self.items.get_or_create(&[("how", how)]).inc();
    }

    /// Counts contents that were handed to the database.
    pub(super) fn wrote(&self, (contents, bytes): (u64, u64)) {
        self.contents.inc_by(contents);
        self.content_bytes.inc_by(bytes);
    }

    /// Counts what the scrub has looked at.
    pub(super) fn scrubbed(&self, contents: usize) {
        self.scrubbed.inc_by(whole(contents));
    }

    /// Counts damage that was found.
    pub(super) fn found(&self, damage: &Damage) {
        let counts = [damage.contents.len(), damage.values.len()];
        for (what, count) in FINDINGS.into_iter().zip(counts) {
            self.findings
                .get_or_create(&[("what", what)])
                .inc_by(whole(count));
        }
    }

    /// Shows them.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "ticks",
            "Ticks, by whether they did all they had to",
            self.ticks.clone(),
        );
        registry.register_with_unit(
            "tick_duration",
            "How long ticks took",
            Unit::Seconds,
            self.tick_lengths.clone(),
        );
        registry.register_with_unit(
            "last_tick_timestamp",
            "When the last tick ended that did all it had to, by the database's clock, since 1970; \
             0 before the first",
            Unit::Seconds,
            self.last_tick.clone(),
        );
        registry.register(
            "slots",
            "Slots that this server decided on when they were due, by what became of them",
            self.slots.clone(),
        );
        registry.register_with_unit(
            "dispatch_lag",
            "From a slot to the tick that fired or skipped it",
            Unit::Seconds,
            self.lags.clone(),
        );
        registry.register(
            "schedules_disabled",
            "Schedules that were disabled because they cannot be computed",
            self.disabled.clone(),
        );
        registry.register_with_unit(
            "run_wait",
            "How long runs that could have started waited for their claim, each attempt counted",
            Unit::Seconds,
            self.waits.clone(),
        );
        registry.register(
            "run_places",
            "Runs that this server carries out at once",
            self.places.clone(),
        );
        registry.register(
            "runs_in_flight",
            "Runs that this server carries out now",
            self.in_flight.clone(),
        );
        registry.register(
            "leases_lost",
            "Runs that this server lost: taken by another, silent database, or ended meanwhile",
            self.losses.clone(),
        );
        registry.register(
            "items",
            "Items captured, by whether they were read or reused from an earlier set",
            self.items.clone(),
        );
        registry.register(
            "contents_written",
            "Contents handed to the database; those that it had already take no space",
            self.contents.clone(),
        );
        registry.register_with_unit(
            "contents_written",
            "Compressed bytes of contents handed to the database",
            Unit::Bytes,
            self.content_bytes.clone(),
        );
        registry.register(
            "scrubbed_contents",
            "Contents that the scrub looked at",
            self.scrubbed.clone(),
        );
        registry.register(
            "scrub_findings",
            "Contents that the scrub found damaged or missing, and secrets that it found lost",
            self.findings.clone(),
        );
    }
}

/// How many some contents are, and their compressed bytes.
pub(super) fn measured(packed: &[Packed]) -> (u64, u64) {
    let bytes = packed.iter().map(|content| whole(content.stored_bytes()));
    (whole(packed.len()), bytes.sum())
}
