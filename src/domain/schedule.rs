//! A schedule: what to back up of a tenant, when, and how many sets to keep.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{
    actor::Actor,
    freshness::Freshness,
    ids::{RunId, ScheduleId, TenantId},
    name::Name,
    pointer::Pointer,
    recurrence::Recurrence,
    retention::KeepLast,
    run::{RunStatus, Scope},
    weekdays::Weekdays,
};

/// A stored recurrence that cannot be computed any more, because its time zone is gone, say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRecurrence {
    /// As it was written, member by member.
    pub written: WrittenRecurrence,
    /// What is wrong with it.
    pub reason: String,
}

/// A recurrence as text, valid or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenRecurrence {
    /// `DAILY` or `WEEKLY`.
    pub frequency: String,
    /// Bit 0 is Monday; 0 when daily.
    pub weekdays: u8,
    /// `HH:MM`.
    pub time_of_day: String,
    /// Name of a time zone.
    pub time_zone: String,
    /// Minutes over which starts are spread.
    pub spread_minutes: i16,
}

impl From<&Recurrence> for WrittenRecurrence {
    fn from(recurrence: &Recurrence) -> Self {
        Self {
            frequency: recurrence.frequency.name().to_string(),
            weekdays: recurrence.frequency.weekdays().map_or(0, Weekdays::bits),
            time_of_day: recurrence.time.to_string(),
            time_zone: recurrence.zone.to_string(),
            spread_minutes: i16::from(recurrence.spread.minutes()),
        }
    }
}

impl fmt::Display for BrokenRecurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Whether a schedule fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Firing {
    /// It fires; next at this place.
    Enabled(Pointer),
    /// It does not.
    Disabled {
        /// Why the service itself disabled it; none when a person did.
        reason: Option<String>,
    },
}

/// The last run of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastRun {
    /// Which.
    pub id: RunId,
    /// When it was queued or, if never, made.
    pub at: DateTime<Utc>,
    /// Where it stands.
    pub status: RunStatus,
}

/// A plan for backing up chosen kinds of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its identifier.
    pub id: ScheduleId,
    /// The tenant.
    pub tenant: TenantId,
    /// Unique in the tenant without regard to case.
    pub name: Name,
    /// When it fires.
    pub recurrence: Result<Recurrence, BrokenRecurrence>,
    /// Whether it fires, and next when.
    pub firing: Firing,
    /// What it backs up.
    pub scope: Scope,
    /// How many complete sets are kept.
    pub keep_last: KeepLast,
    /// From 1, one higher after each change by a user.
    pub revision: i32,
    /// The last run, whatever its trigger.
    pub last_run: Option<LastRun>,
    /// From when the age of its backups counts; none until somebody has looked, in rows of older versions.
    pub freshness: Option<Freshness>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When its settings last changed.
    pub updated_at: DateTime<Utc>,
    /// Who created it.
    pub created_by: Actor,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}
