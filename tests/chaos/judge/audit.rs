//! The audit log beside what it tells of.

use std::collections::BTreeMap;

use crate::records::{AuditRecord, Records, RunRecord};

/// Runs and sets of which the audit log tells another story.
pub(super) fn contradictions(records: &Records) -> Vec<String> {
    let mut entries: BTreeMap<&str, Vec<&AuditRecord>> = BTreeMap::new();
    for entry in &records.audit {
        entries.entry(&entry.target_id).or_default().push(entry);
    }
    let mut found = Vec::new();
    for run in &records.runs {
        let told = told(entries.remove(run.id.as_str()).unwrap_or_default());
        let expected = expected(run);
        if told != expected {
            found.push(format!(
                "of run {} {told:?} is told, not {expected:?}",
                run.id
            ));
        }
    }
    for set in &records.sets {
        let told = told(entries.remove(set.id.as_str()).unwrap_or_default());
        let deleted = told
            .iter()
            .filter(|(action, _)| action == "BACKUP_SET_DELETED");
        if deleted.count() != usize::from(set.is_deleted) {
            found.push(format!("of set {} {told:?} is told", set.id));
        }
    }
    let strangers = entries.keys();
    found.extend(strangers.map(|id| format!("{id} is told of and does not exist")));
    found
}

/// Actions with the status that they tell.
type Story = Vec<(String, Option<String>)>;

fn told(entries: Vec<&AuditRecord>) -> Story {
    let lines = entries.into_iter();
    let mut story: Story = lines
        .map(|entry| (entry.action.clone(), entry.status.clone()))
        .collect();
    story.sort();
    story
}

/// What has to be told of a run: its making, the wish that it stop, its end; each once.
fn expected(run: &RunRecord) -> Story {
    let line = |action: &str| (action.to_owned(), None);
    let end = |action: &str| (action.to_owned(), Some(run.status.clone()));
    // What a tick queued and an outage stranded was dispatched first, and tells that it ended so.
    let mut story = match (run.trigger_kind.as_str(), run.status.as_str()) {
        ("SCHEDULED", "SKIPPED") => vec![line("RUN_SKIPPED")],
        ("SCHEDULED", "MISSED") if !run.was_queued => vec![line("RUN_MISSED")],
        ("SCHEDULED", "MISSED") => vec![line("RUN_DISPATCHED"), end("RUN_MISSED")],
        ("SCHEDULED", _) => vec![line("RUN_DISPATCHED"), end("RUN_FINISHED")],
        ("RETRY", _) => vec![line("RUN_RETRIED"), end("RUN_FINISHED")],
        _ => vec![line("RUN_STARTED"), end("RUN_FINISHED")],
    };
    if run.cancel_requested_at.is_some() {
        story.push(line("RUN_CANCEL_REQUESTED"));
    }
    story.sort();
    story
}
