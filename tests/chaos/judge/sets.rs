//! Sets: one whole one for each run that succeeded, one that says so for each that is partial, else none.

use std::collections::BTreeMap;

use super::Verified;
use crate::records::{Records, RunRecord, SetRecord};

/// What the program finds wrong with what is stored, and sets that it did not look at.
pub(super) fn unproven(records: &Records, verified: &Verified) -> Option<String> {
    let all = format!("in {} backup set(s)", records.sets.len());
    let is_proven = verified.is_sound && verified.told.contains(&all);
    (!is_proven).then(|| format!("not all {all} are sound: {}", verified.told))
}

/// Runs whose sets are not what their outcomes say.
pub(super) fn incomplete(records: &Records) -> Vec<String> {
    let mut sets: BTreeMap<&str, Vec<&SetRecord>> = BTreeMap::new();
    for set in &records.sets {
        sets.entry(&set.run_id).or_default().push(set);
    }
    let mut wrong = Vec::new();
    for run in &records.runs {
        let sets = sets.remove(run.id.as_str()).unwrap_or_default();
        let faults = faults(run, &sets).into_iter();
        wrong.extend(faults.map(|fault| format!("run {} ({}) {fault}", run.id, run.status)));
    }
    let orphans = sets.into_values().flatten();
    wrong.extend(orphans.map(|set| format!("set {} has no run", set.id)));
    wrong
}

fn faults(run: &RunRecord, sets: &[&SetRecord]) -> Vec<String> {
    let expected = usize::from(["SUCCEEDED", "PARTIAL"].contains(&run.status.as_str()));
    if sets.len() != expected {
        return vec![format!("has {} set(s)", sets.len())];
    }
    let mut faults = Vec::new();
    for set in sets {
        if set.is_complete != (run.status == "SUCCEEDED") {
            faults.push(format!("has set {}, complete: {}", set.id, set.is_complete));
        }
        let counts = [Some(set.item_count), Some(set.recorded), run.items];
        if counts.iter().any(|count| *count != Some(set.items)) {
            faults.push(format!(
                "has set {} with {} items, but {counts:?} are told of by set, record and summary",
                set.id, set.items
            ));
        }
    }
    faults
}
