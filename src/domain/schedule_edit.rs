//! What an edit makes of a schedule.
//!
//! An edit moves the slot a schedule waits for only if it changes when the schedule is due. A new
//! spread keeps the slot and moves its dispatch; a new name moves nothing.

use chrono::{DateTime, Utc};

use super::{
    freshness::Freshness,
    name::Name,
    pointer::{Pointer, Timetable},
    recurrence::Recurrence,
    retention::KeepLast,
    run::Scope,
    schedule::{Firing, Schedule},
    slot::EndOfCalendar,
};

/// What somebody wants a schedule to be; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleEdit {
    /// Another name.
    pub name: Option<Name>,
    /// Another rule.
    pub recurrence: Option<Recurrence>,
    /// Other kinds and parts.
    pub scope: Option<Scope>,
    /// Another number of sets to keep.
    pub keep_last: Option<KeepLast>,
}

impl Schedule {
    /// The schedule after an edit at `now`; none when the edit changes nothing.
    ///
    /// # Errors
    ///
    /// [`EndOfCalendar`] in the year 9999.
    pub fn edited(
        &self,
        edit: ScheduleEdit,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, EndOfCalendar> {
        let firing = match &edit.recurrence {
            Some(recurrence) => self.firing_by(recurrence, now)?,
            None => self.firing.clone(),
        };
        let after = Self {
            name: edit.name.unwrap_or_else(|| self.name.clone()),
            recurrence: edit.recurrence.map_or_else(|| self.recurrence.clone(), Ok),
            firing,
            scope: edit.scope.unwrap_or_else(|| self.scope.clone()),
            keep_last: edit.keep_last.unwrap_or(self.keep_last),
            ..self.clone()
        };
        Ok((after != *self).then(|| after.still_told(now).revised(now)))
    }

    /// The schedule once it fires again; none when it fires already.
    ///
    /// # Errors
    ///
    /// Why it cannot fire.
    pub fn enabled(&self, now: DateTime<Utc>) -> Result<Option<Self>, CannotFire> {
        if matches!(self.firing, Firing::Enabled(_)) {
            return Ok(None);
        }
        let recurrence = match &self.recurrence {
            Ok(recurrence) => recurrence,
            Err(broken) => return Err(CannotFire::Broken(broken.reason.clone())),
        };
        let pointer = self.timetable(recurrence).pointer_after(now)?;
        let after = Self {
            firing: Firing::Enabled(pointer),
            freshness: Some(Freshness::from(now)),
            ..self.clone()
        };
        Ok(Some(after.revised(now)))
    }

    /// The schedule once somebody stopped it; none when it does not fire already.
    pub fn disabled(&self, now: DateTime<Utc>) -> Option<Self> {
        match self.firing {
            Firing::Disabled { .. } => None,
            Firing::Enabled(_) => {
                let firing = Firing::Disabled { reason: None };
                let after = Self {
                    firing,
                    ..self.clone()
                };
                Some(after.revised(now))
            }
        }
    }

    /// The schedule once somebody deleted it. It does not fire any more.
    #[must_use]
    pub fn deleted(&self, now: DateTime<Utc>) -> Self {
        let after = Self {
            firing: Firing::Disabled { reason: None },
            deleted_at: Some(now),
            ..self.clone()
        };
        after.revised(now)
    }

    /// Under a rule by which it is not stale, people know of nothing.
    fn still_told(self, now: DateTime<Utc>) -> Self {
        let is_stale = self.became_stale_at(now).is_some();
        let freshness = self.freshness.map(|fresh| Freshness {
            is_told: fresh.is_told && is_stale,
            ..fresh
        });
        Self { freshness, ..self }
    }

    fn revised(self, now: DateTime<Utc>) -> Self {
        Self {
            revision: self.revision.saturating_add(1),
            updated_at: now,
            ..self
        }
    }

    fn timetable<'a>(&self, recurrence: &'a Recurrence) -> Timetable<'a> {
        Timetable {
            schedule: self.id,
            recurrence,
        }
    }

    fn firing_by(&self, rule: &Recurrence, now: DateTime<Utc>) -> Result<Firing, EndOfCalendar> {
        let Firing::Enabled(pointer) = &self.firing else {
            return Ok(self.firing.clone());
        };
        let timetable = self.timetable(rule);
        let pointer = if is_due_alike(self.recurrence.as_ref().ok(), rule) {
            self.respread(*pointer, &timetable)
        } else {
            timetable.pointer_after(now)?
        };
        Ok(Firing::Enabled(pointer))
    }

    /// The same slot under another spread; the very same pointer under the same one, because an
    /// older release of the zone data may have set it.
    fn respread(&self, pointer: Pointer, timetable: &Timetable<'_>) -> Pointer {
        let before = self.recurrence.as_ref().ok().map(|rule| rule.spread);
        if before == Some(timetable.recurrence.spread) {
            pointer
        } else {
            timetable.pointer_to(pointer.slot)
        }
    }
}

/// Whether two rules have the same slots, by their values.
fn is_due_alike(before: Option<&Recurrence>, after: &Recurrence) -> bool {
    before.is_some_and(|before| {
        before.frequency == after.frequency
            && before.time == after.time
            && before.zone == after.zone
    })
}

/// Why a schedule cannot be enabled.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotFire {
    /// Its recurrence cannot be computed any more.
    #[error("{0}")]
    Broken(String),
    /// The calendar has ended.
    #[error(transparent)]
    EndOfCalendar(#[from] EndOfCalendar),
}
