//! Recurrences, in and out: the same shape both ways.

use async_graphql::{InputObject, SimpleObject};

use super::{
    error::{Refusal, Result},
    faults::{Faults, UserErrorCode},
    scalars::{LocalTime, TimeZone},
    words::{BackupFrequency, Weekday},
};
use crate::{
    domain::{
        recurrence::{BrokenRule, FrequencyName, Recurrence, RecurrenceDraft},
        schedule::WrittenRecurrence,
        time_of_day::TimeOfDay,
        weekdays::Weekdays,
    },
    store::StoreError,
};

/// When a schedule fires, in wall-clock time of its time zone. A local time that daylight
/// saving skips fires later by the length of the gap (02:30 at 03:30); one that occurs twice
/// fires once, at the earlier of the two. Weekdays are those of the nominal local date. Slots
/// missed while the service was down are not caught up; they are recorded as MISSED.
#[derive(SimpleObject)]
pub(super) struct BackupScheduleRecurrence {
    /// How often.
    frequency: BackupFrequency,
    /// Days of the week, Monday first. Empty when `frequency` is DAILY.
    weekdays: Vec<Weekday>,
    /// Time of day in `timeZone`.
    time_of_day: LocalTime,
    /// IANA time zone that `timeOfDay` and `weekdays` are read in.
    time_zone: TimeZone,
    /// Minutes over which starts are spread, 0 to 60; each schedule has its own fixed delay below it. Slots and labels are not moved by it.
    spread_minutes: i32,
}

impl BackupScheduleRecurrence {
    /// A recurrence as it was written, of use or not: its zone may be gone.
    pub(super) fn of(written: &WrittenRecurrence) -> Result<Self> {
        let corrupt = |why: String| {
            Refusal::from(StoreError::Corrupt {
                what: "recurrence",
                id: format!("{written:?}"),
                why,
            })
        };
        let frequency: FrequencyName = written
            .frequency
            .parse()
            .map_err(|error| corrupt(format!("{error}")))?;
        let time: TimeOfDay = written
            .time_of_day
            .parse()
            .map_err(|error| corrupt(format!("{error}")))?;
        let days = Weekdays::from_bits(written.weekdays);
        Ok(Self {
            frequency: frequency.into(),
            weekdays: days.map_or_else(Vec::new, |days| days.iter().map(Into::into).collect()),
            time_of_day: LocalTime(time),
            time_zone: TimeZone::stored(&written.time_zone),
            spread_minutes: written.spread_minutes.into(),
        })
    }
}

/// When a schedule is to fire. Replaces the recurrence as a whole.
#[derive(InputObject, Clone, Debug)]
pub(super) struct BackupScheduleRecurrenceInput {
    /// How often.
    frequency: BackupFrequency,
    /// Days of the week, each at most once. At least one for WEEKLY (REQUIRED); absent or empty for DAILY (INCOMPATIBLE_VALUES).
    #[graphql(default)]
    weekdays: Vec<Weekday>,
    /// Time of day, minute precision.
    time_of_day: LocalTime,
    /// IANA time zone.
    time_zone: TimeZone,
    /// Minutes over which starts are spread, 0 to 60 (OUT_OF_RANGE).
    #[graphql(default = 0)]
    spread_minutes: i32,
}

impl BackupScheduleRecurrenceInput {
    /// The recurrence that was meant; none when it breaks a rule, which is added to `faults` under
    /// the path of this input.
    pub(super) fn check(self, path: &[&str], faults: &mut Faults) -> Option<Recurrence> {
        let mut at = |code, message: String, member: &[&str]| {
            faults.add(code, message, &[path, member].concat());
        };
        let zone = match self.time_zone.zone() {
            Ok(zone) => zone,
            Err(error) => {
                at(
                    UserErrorCode::InvalidValue,
                    error.to_string(),
                    &["timeZone"],
                );
                return None;
            }
        };
        let draft = RecurrenceDraft {
            frequency: self.frequency.into(),
            weekdays: self.weekdays.into_iter().map(Into::into).collect(),
            time: self.time_of_day.0,
            zone,
            spread_minutes: self.spread_minutes,
        };
        let broken = match draft.check() {
            Ok(recurrence) => return Some(recurrence),
            Err(broken) => broken,
        };
        for rule in broken {
            let message = rule.to_string();
            match rule {
                BrokenRule::WeekdaysMissing => at(UserErrorCode::Required, message, &["weekdays"]),
                BrokenRule::WeekdaysOfDaily => {
                    at(UserErrorCode::IncompatibleValues, message, &["weekdays"]);
                }
                BrokenRule::WeekdayRepeated { index, .. } => {
                    let index = index.to_string();
                    at(
                        UserErrorCode::DuplicateValue,
                        message,
                        &["weekdays", &index],
                    );
                }
                BrokenRule::SpreadOutOfRange => {
                    at(UserErrorCode::OutOfRange, message, &["spreadMinutes"]);
                }
            }
        }
        None
    }
}
