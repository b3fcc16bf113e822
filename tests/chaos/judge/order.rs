//! The order of things, as the events of each tenant have it.

use std::collections::{BTreeMap, BTreeSet};

use crate::records::{EventRecord, Records};

/// Runs that began while another one of their tenant was running.
pub(super) fn overlapping(records: &Records) -> Vec<String> {
    let mut found = Vec::new();
    for events in by_tenant(records).values() {
        let mut running = BTreeSet::new();
        for event in events {
            running.remove(event.run_id.as_str());
            if event.status == "RUNNING" {
                if !running.is_empty() {
                    found.push(format!("run {} began beside {running:?}", event.run_id));
                }
                running.insert(event.run_id.as_str());
            }
        }
    }
    found
}

/// Places without an event, and counters that are not at the last one.
pub(super) fn gaps(records: &Records) -> Vec<String> {
    let tenants = records.events.iter();
    let tenants = tenants.map(|event| (format!("tenant:{}", event.tenant_id), event.sequence));
    let people = records.news.iter();
    let people = people.map(|event| (format!("user:{}", event.user_id), event.sequence));
    let mut places: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (stream, place) in tenants.chain(people) {
        places.entry(stream).or_default().push(place);
    }
    let mut found = Vec::new();
    for (stream, places) in places {
        let last = records.counters.get(&stream).copied().unwrap_or_default();
        if !places.iter().copied().eq(1..=last) {
            found.push(format!("{stream} counts to {last} and has {places:?}"));
        }
    }
    found
}

/// Runs whose events do not follow from each other, or do not lead to how they are now.
pub(super) fn torn_lives(records: &Records) -> Vec<String> {
    let mut lives: BTreeMap<&str, Vec<&EventRecord>> = BTreeMap::new();
    for event in &records.events {
        lives.entry(&event.run_id).or_default().push(event);
    }
    let mut found = Vec::new();
    for run in &records.runs {
        let life = lives.remove(run.id.as_str()).unwrap_or_default();
        let told: Vec<&str> = life.iter().map(|event| event.status.as_str()).collect();
        let before = [None].into_iter().chain(told.iter().copied().map(Some));
        let follows = life
            .iter()
            .map(|event| event.previous.as_deref())
            .eq(before.take(life.len()));
        let claims = told.iter().filter(|status| **status == "RUNNING").count();
        let is_told = told.last() == Some(&run.status.as_str());
        if !follows || !is_told || i64::try_from(claims) != Ok(run.claim) {
            found.push(format!(
                "run {} is {} after {} claim(s), and its events tell {told:?}",
                run.id, run.status, run.claim
            ));
        }
    }
    found.extend(
        lives
            .keys()
            .map(|run| format!("run {run} has events and does not exist")),
    );
    found
}

fn by_tenant(records: &Records) -> BTreeMap<&str, Vec<&EventRecord>> {
    let mut events: BTreeMap<&str, Vec<&EventRecord>> = BTreeMap::new();
    for event in &records.events {
        events.entry(&event.tenant_id).or_default().push(event);
    }
    events
}
