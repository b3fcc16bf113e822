//! Slots: computed from the rules of the schedules, whatever their pointers say.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenantatlas::domain::{schedule::Schedule, slot::slots_after};

use crate::records::{Records, RunRecord};

/// Slots that have several runs.
pub(super) fn twice(records: &Records) -> Vec<String> {
    let mut runs: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for run in &records.runs {
        if let Some(slot) = run.slot {
            let of_slot = runs.entry((&run.schedule_id, slot)).or_default();
            of_slot.push(&run.id);
        }
    }
    let several = runs.into_iter().filter(|(_, runs)| runs.len() > 1);
    several
        .map(|((schedule, slot), runs)| {
            format!("slot {slot} of schedule {schedule} has runs {runs:?}")
        })
        .collect()
}

/// Slots that nothing tells of, or more than one thing.
pub(super) fn lost(records: &Records, schedules: &[Schedule], until: DateTime<Utc>) -> Vec<String> {
    let by_schedule = by_schedule(records);
    let mut lost = Vec::new();
    for schedule in schedules {
        let id = schedule.id.to_string();
        let runs = by_schedule.get(id.as_str());
        for slot in slots_of(schedule).take_while(|slot| *slot <= until) {
            let tells = runs.into_iter().flatten().filter(|run| tells_of(run, slot));
            let tells: Vec<&str> = tells.map(|run| run.id.as_str()).collect();
            if tells.len() != 1 {
                lost.push(format!(
                    "slot {slot} of schedule {id} is told of by {tells:?}"
                ));
            }
        }
    }
    lost
}

/// Whether a run is that of a slot, or tells that it was missed.
fn tells_of(run: &RunRecord, slot: DateTime<Utc>) -> bool {
    let Some(first) = run.slot.map(|slot| slot.and_utc()) else {
        return false;
    };
    let last = run.last_missed_at.map_or(first, |last| last.and_utc());
    (first..=last.max(first)).contains(&slot)
}

/// Runs of the scheduler at other times than their schedules have slots.
pub(super) fn invented(records: &Records, schedules: &[Schedule]) -> Vec<String> {
    let by_id: BTreeMap<String, &Schedule> = schedules
        .iter()
        .map(|schedule| (schedule.id.to_string(), schedule))
        .collect();
    let is_invented = |run: &&RunRecord| match run.slot.map(|slot| slot.and_utc()) {
        Some(at) => {
            let schedule = by_id[&run.schedule_id];
            let mut slots = slots_of(schedule).skip_while(|slot| *slot < at);
            run.trigger_kind != "SCHEDULED" || slots.next() != Some(at)
        }
        None => run.trigger_kind == "SCHEDULED",
    };
    let invented = records.runs.iter().filter(is_invented);
    invented
        .map(|run| format!("run {} ({}) is at {:?}", run.id, run.trigger_kind, run.slot))
        .collect()
}

/// The slots that a schedule has had since it was made.
fn slots_of(schedule: &Schedule) -> impl Iterator<Item = DateTime<Utc>> {
    let recurrence = schedule.recurrence.as_ref().expect("a rule that holds");
    slots_after(recurrence, schedule.created_at).map(|slot| slot.at)
}

fn by_schedule(records: &Records) -> BTreeMap<&str, Vec<&RunRecord>> {
    let mut runs: BTreeMap<&str, Vec<&RunRecord>> = BTreeMap::new();
    for run in &records.runs {
        runs.entry(&run.schedule_id).or_default().push(run);
    }
    runs
}
