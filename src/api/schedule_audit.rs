//! What the audit log says of changes of schedules.

use serde_json::{Value, json};

use crate::domain::{
    audit::{AuditAction, AuditEntry, Author, Target},
    schedule::{Firing, Schedule, WrittenRecurrence},
    weekdays::Weekdays,
};

/// That a schedule was created.
pub(super) fn created(schedule: &Schedule, author: &Author) -> AuditEntry {
    let entry = entry(schedule, AuditAction::ScheduleCreated, author);
    members(schedule)
        .into_iter()
        .fold(entry, |entry, (member, value)| {
            entry.changed(member, Value::Null, value)
        })
}

/// That a schedule was changed, and what of it.
pub(super) fn changed(
    before: &Schedule,
    after: &Schedule,
    action: AuditAction,
    author: &Author,
) -> AuditEntry {
    let entry = entry(after, action, author);
    members(before)
        .into_iter()
        .zip(members(after))
        .fold(entry, |entry, ((member, before), (_, after))| {
            entry.changed(member, before, after)
        })
}

fn entry(schedule: &Schedule, action: AuditAction, author: &Author) -> AuditEntry {
    let (target, name) = (Target::Schedule(schedule.id), schedule.name.as_str());
    AuditEntry::by(author, schedule.tenant, action, target, name)
}

/// What people decide of a schedule, under the names that the API gives it.
fn members(schedule: &Schedule) -> [(&'static str, Value); 7] {
    let kinds: Vec<&str> = schedule
        .scope
        .kinds
        .iter()
        .map(|kind| kind.as_str())
        .collect();
    [
        ("name", schedule.name.as_str().into()),
        (
            "enabled",
            matches!(schedule.firing, Firing::Enabled(_)).into(),
        ),
        ("recurrence", recurrence(schedule)),
        ("policyTypes", kinds.into()),
        ("includeAssignments", schedule.scope.assignments.into()),
        ("includeScopeTags", schedule.scope.scope_tags.into()),
        ("keepLast", schedule.keep_last.sets().into()),
    ]
}

fn recurrence(schedule: &Schedule) -> Value {
    let written = match &schedule.recurrence {
        Ok(recurrence) => WrittenRecurrence::from(recurrence),
        Err(broken) => broken.written.clone(),
    };
    let days = Weekdays::from_bits(written.weekdays);
    let days: Vec<&str> = days
        .iter()
        .flat_map(|days| days.iter())
        .map(|day| day.as_str())
        .collect();
    json!({
        "frequency": written.frequency,
        "weekdays": days,
        "timeOfDay": written.time_of_day,
        "timeZone": written.time_zone,
        "spreadMinutes": written.spread_minutes,
    })
}
