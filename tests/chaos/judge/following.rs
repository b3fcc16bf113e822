//! What followers heard, beside the tables.

use std::collections::BTreeSet;

use serde_json::Value;
use tenantatlas::domain::{
    global_id::GlobalId,
    ids::{NotificationId, RunId},
};

use super::Testimony;
use crate::records::Records;

/// What is told of an event, in the same words by the API and by the tables: first, of which run or
/// notification it is.
type Told = Vec<String>;

/// Followers who did not hear, from their first event on, exactly what the tables hold. They were there
/// before the chaos.
pub(crate) fn misheard(records: &Records, runs: &[Testimony], news: &[Testimony]) -> Vec<String> {
    let mut found = Vec::new();
    for testimony in runs {
        let stored = records
            .events
            .iter()
            .filter(|event| event.tenant_id == testimony.of);
        let stored = stored.map(|event| {
            let previous = event.previous.clone().unwrap_or_default();
            vec![event.run_id.clone(), previous, event.status.clone()]
        });
        found.extend(compare(
            testimony,
            "STATUS_CHANGED",
            stored.collect(),
            run_event,
        ));
    }
    for testimony in news {
        let stored = records
            .news
            .iter()
            .filter(|event| event.user_id == testimony.of);
        let stored = stored.map(|event| {
            let notification = event.notification_id.clone().unwrap_or_default();
            vec![
                notification,
                event.kind.clone(),
                event.unread_count.to_string(),
            ]
        });
        found.extend(compare(testimony, "", stored.collect(), notification_event));
    }
    found
}

/// The first difference. `kind` names the events that count, others than snapshots are told as they are.
fn compare(
    testimony: &Testimony,
    kind: &str,
    stored: Vec<Told>,
    read: fn(&Value) -> Told,
) -> Option<String> {
    let who = &testimony.of;
    if let Some(refusal) = testimony.heard.refusals.first() {
        return Some(format!("who followed {who} was refused: {refusal}"));
    }
    let events = testimony.heard.events.iter();
    let events: Vec<&Value> = events.filter(|event| event["kind"] != "SNAPSHOT").collect();
    if let Some(other) = events
        .iter()
        .find(|event| !kind.is_empty() && event["kind"] != kind)
    {
        return Some(format!("who followed {who} was told {other}"));
    }
    let mut cursors = BTreeSet::new();
    let twice = events
        .iter()
        .find(|event| !cursors.insert(event["cursor"].as_str()));
    if let Some(twice) = twice {
        return Some(format!("who followed {who} was told twice {twice}"));
    }
    let heard: Vec<Told> = events.into_iter().map(read).collect();
    if heard.is_empty() && !stored.is_empty() {
        return Some(format!(
            "who followed {who} heard none of {} events",
            stored.len()
        ));
    }
    // Whoever had no cursor yet could not come back for what was before: only of the first run, which
    // was there so that everybody got one, or of the notification of one.
    let missed = stored.len().checked_sub(heard.len());
    let is_first = |told: &Told| told.first() == stored.first().and_then(|told| told.first());
    let missed = missed.filter(|missed| stored.iter().take(*missed).all(is_first));
    let Some(missed) = missed else {
        return Some(format!(
            "who followed {who} heard {} of {} events",
            heard.len(),
            stored.len()
        ));
    };
    let mut both = stored.iter().skip(missed).zip(&heard);
    let differing = both.find(|(stored, heard)| stored != heard);
    differing.map(|(stored, heard)| {
        format!("who followed {who} heard {heard:?} where {stored:?} is stored")
    })
}

fn run_event(event: &Value) -> Told {
    let run = event["run"]["id"].as_str().unwrap_or_default();
    let run = RunId::from_global(run)
        .map(|id| id.to_string())
        .unwrap_or_default();
    vec![
        run,
        text(&event["previousStatus"]),
        text(&event["run"]["status"]),
    ]
}

fn notification_event(event: &Value) -> Told {
    let id = event["notification"]["id"].as_str().unwrap_or_default();
    let id = NotificationId::from_global(id)
        .map(|id| id.to_string())
        .unwrap_or_default();
    vec![id, text(&event["kind"]), event["unreadCount"].to_string()]
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
