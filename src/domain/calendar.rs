//! Runs by the day, for a calendar.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::{run::RunStatus, zone::Zone};

/// How the runs of a day ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// With a complete set.
    pub succeeded: u32,
    /// With a set that lacks something.
    pub partial: u32,
    /// Without a set.
    pub failed: u32,
    /// Skipped, missed or cancelled.
    pub not_run: u32,
}

/// Runs, as far as a calendar wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Runs that stand alike.
    Runs {
        /// When they were queued, to the quarter of an hour: no zone divides its days more finely.
        at: DateTime<Utc>,
        /// How they stand.
        status: RunStatus,
        /// How many.
        count: u32,
    },
    /// Slots that were missed in one outage.
    Missed {
        /// The first of them.
        first: DateTime<Utc>,
        /// The last.
        last: DateTime<Utc>,
        /// How many.
        count: u32,
    },
}

/// Missed slots of one outage that are spread over their days; an outage of ten years has no more.
const MOST_SLOTS: u32 = 4_000;

/// The runs of each day from `first` on, `days` of them, by the dates of `zone`. A run that has not ended is
/// on no day.
pub fn days(
    entries: impl IntoIterator<Item = Entry>,
    zone: &Zone,
    first: NaiveDate,
    days: usize,
) -> Vec<(NaiveDate, Day)> {
    let mut calendar: BTreeMap<NaiveDate, Day> = first
        .iter_days()
        .take(days)
        .map(|day| (day, Day::default()))
        .collect();
    let mut count = |at: DateTime<Utc>, status: RunStatus, runs: u32| {
        let day = zone.date_at(at).and_then(|date| calendar.get_mut(&date));
        let counter = match (day, status) {
            (Some(day), RunStatus::Succeeded) => &mut day.succeeded,
            (Some(day), RunStatus::Partial) => &mut day.partial,
            (Some(day), RunStatus::Failed) => &mut day.failed,
            (Some(day), RunStatus::Skipped | RunStatus::Missed | RunStatus::Cancelled) => {
                &mut day.not_run
            }
            (Some(_), RunStatus::Queued | RunStatus::Running) | (None, _) => return,
        };
        *counter = counter.saturating_add(runs);
    };
    for entry in entries {
        match entry {
            Entry::Runs {
                at,
                status,
                count: runs,
            } => count(at, status, runs),
            Entry::Missed {
                first,
                last,
                count: slots,
            } => {
                for at in spread(first, last, slots) {
                    count(at, RunStatus::Missed, 1);
                }
            }
        }
    }
    calendar.into_iter().collect()
}

/// Where missed slots were: only the ends are known, and the others are about evenly between them.
fn spread(
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    slots: u32,
) -> impl Iterator<Item = DateTime<Utc>> {
    let slots = slots.min(MOST_SLOTS);
    let steps = i32::try_from(slots.saturating_sub(1).max(1)).unwrap_or(i32::MAX);
    let step = (last - first) / steps;
    (0..slots).map(move |place| match place + 1 == slots && place > 0 {
        true => last,
        false => first + step * i32::try_from(place).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn run(text: &str, status: RunStatus) -> Entry {
        Entry::Runs {
            at: at(text),
            status,
            count: 1,
        }
    }

    #[test]
    fn runs_are_on_the_day_that_their_zone_shows() {
        let entries = [
            run("2026-03-01T23:30:00Z", RunStatus::Succeeded),
            run("2026-03-02T22:59:59Z", RunStatus::Partial),
            run("2026-03-02T23:00:00Z", RunStatus::Failed),
            run("2026-03-03T10:00:00Z", RunStatus::Cancelled),
            run("2026-03-03T11:00:00Z", RunStatus::Running),
            run("2026-02-28T11:00:00Z", RunStatus::Succeeded),
        ];
        let berlin = "Europe/Berlin".parse().unwrap();
        let found = days(entries, &berlin, date("2026-03-01"), 3);
        let second = Day {
            succeeded: 1,
            partial: 1,
            ..Day::default()
        };
        let third = Day {
            failed: 1,
            not_run: 1,
            ..Day::default()
        };
        assert_eq!(
            found,
            [
                (date("2026-03-01"), Day::default()),
                (date("2026-03-02"), second),
                (date("2026-03-03"), third),
            ]
        );
    }

    #[test]
    fn each_missed_slot_is_on_a_day_of_its_own() {
        let missed = Entry::Missed {
            first: at("2026-03-27T02:00:00Z"),
            last: at("2026-03-31T01:00:00Z"),
            count: 5,
        };
        let utc = "UTC".parse().unwrap();
        let found = days([missed], &utc, date("2026-03-26"), 7);
        let missed: Vec<u32> = found.iter().map(|(_, day)| day.not_run).collect();
        assert_eq!(missed, [0, 1, 1, 1, 1, 1, 0]);
        let once = Entry::Missed {
            first: at("2026-03-27T02:00:00Z"),
            last: at("2026-03-27T02:00:00Z"),
            count: 1,
        };
        let endless = Entry::Missed {
            first: DateTime::<Utc>::MIN_UTC,
            last: DateTime::<Utc>::MAX_UTC,
            count: u32::MAX,
        };
        let found = days([once, endless], &utc, date("2026-03-27"), 1);
        assert_eq!(found[0].1.not_run, 1);
    }
}
