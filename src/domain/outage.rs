//! Waiting is not missing: which queued runs an outage takes with it.
//!
//! A queued run waits as long as any server ticks, however long the queue. A run that was queued
//! at night, just before the last server stopped, must not start at noon when one comes back.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::run::TriggerKind;

/// A stretch longer than the grace in which no server ticked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// The last tick before it.
    pub last_tick: DateTime<Utc>,
    /// Scheduled runs queued until then are missed: the end of the grace after the last tick.
    ///
    /// Not the last tick itself, because a tick goes on queueing for a while; not the end of the
    /// outage, because another server may have ended it and queued anew.
    pub queued_until: DateTime<Utc>,
}

/// The outage that a tick at `now` ends, if the one before it was longer ago than `grace`.
///
/// Of a server that has ticked before it is known how long ago that was by a steady clock. Then nobody
/// was silent for longer than that, whatever the wall says: it may have been set meanwhile.
pub fn outage(
    last_tick: DateTime<Utc>,
    now: DateTime<Utc>,
    lived: Option<Duration>,
    grace: TimeDelta,
) -> Option<Outage> {
    let lived = lived.and_then(|lived| TimeDelta::from_std(lived).ok());
    let silence = (now - last_tick).min(lived.unwrap_or(TimeDelta::MAX));
    (silence > grace).then(|| Outage {
        last_tick,
        queued_until: last_tick + grace,
    })
}

impl Outage {
    /// Whether a run that is still queued is missed. Runs that somebody asked for never are.
    pub fn strands(&self, trigger: TriggerKind, queued_at: DateTime<Utc>) -> bool {
        match trigger {
            TriggerKind::Scheduled => queued_at <= self.queued_until,
            TriggerKind::Manual | TriggerKind::Retry => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TriggerKind::*;

    const GRACE: TimeDelta = TimeDelta::minutes(5);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
    }

    #[test]
    fn only_a_silence_longer_than_the_grace_is_an_outage() {
        for (now, is_passing) in [
            (-60, false),
            (0, false),
            (60, false),
            (300, false),
            (301, true),
        ] {
            let outage = outage(at(0), at(now), None, GRACE);
            assert_eq!(outage.is_some(), is_passing, "{now}");
        }
    }

    #[test]
    fn a_clock_that_was_set_makes_no_outage_and_hides_none() {
        const HOUR: i64 = 3_600;
        for (by_the_wall, lived, is_outage) in [
            // Set on by an hour between two ticks.
            (HOUR + 60, 60, false),
            // Set on, and nobody ticked for ten minutes.
            (HOUR + 600, 600, true),
            // This server was away for ten minutes, others were not.
            (60, 600, false),
            // Everybody was.
            (600, 600, true),
            // Set back between two ticks.
            (60 - HOUR, 60, false),
        ] {
            let lived = Some(Duration::from_secs(lived));
            let outage = outage(at(0), at(by_the_wall), lived, GRACE);
            assert_eq!(outage.is_some(), is_outage, "{by_the_wall} {lived:?}");
        }
    }

    #[test]
    fn an_outage_strands_scheduled_runs_queued_before_it() {
        let outage = outage(at(0), at(36_000), None, GRACE).unwrap();
        for (trigger, queued_at, is_stranded) in [
            (Scheduled, -86_400, true),
            (Scheduled, 0, true),
            (Scheduled, 45, true),
            (Scheduled, 35_990, false),
            (Scheduled, 36_000, false),
            (Manual, -86_400, false),
            (Manual, 0, false),
            (Retry, 0, false),
        ] {
            let found = outage.strands(trigger, at(queued_at));
            assert_eq!(found, is_stranded, "{trigger} {queued_at}");
        }
    }
}
