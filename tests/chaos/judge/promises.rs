//! What people were answered, beside what became of it.

use std::collections::BTreeMap;

use crate::{
    people::Asked,
    records::{Records, RunRecord},
};

/// Answers that do not hold.
pub(super) fn broken(records: &Records, asked: &Asked) -> Vec<String> {
    let runs: BTreeMap<&str, &RunRecord> = records
        .runs
        .iter()
        .map(|run| (run.id.as_str(), run))
        .collect();
    let mut found = asked.wrong.clone();
    for id in &asked.promised {
        if !runs.contains_key(id.to_string().as_str()) {
            found.push(format!("run {id} was promised and does not exist"));
        }
    }
    for id in &asked.called_off {
        let status = runs
            .get(id.to_string().as_str())
            .map(|run| run.status.as_str());
        if status != Some("CANCELLED") {
            found.push(format!("run {id} was called off and is {status:?}"));
        }
    }
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    for run in records
        .runs
        .iter()
        .filter(|run| run.trigger_kind != "SCHEDULED")
    {
        *made.entry(&run.schedule_id).or_default() += 1;
    }
    for (schedule, keys) in &asked.keys {
        let made = made
            .remove(schedule.to_string().as_str())
            .unwrap_or_default();
        if made > *keys {
            found.push(format!(
                "{keys} key(s) made {made} runs of schedule {schedule}"
            ));
        }
    }
    let others = made.keys();
    found.extend(others.map(|schedule| format!("nobody asked for runs of schedule {schedule}")));
    found
}
