//! That the judges see: of a sound story none complains, and of each that is broken the one whose rule it is.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tenantatlas::domain::{
    global_id::GlobalId,
    ids::{RunId, TenantId},
    kind::PolicyKind,
};

use super::{Evidence, Testimony, findings};
use crate::{
    followers::Heard,
    people::Asked,
    records::{AuditRecord, EventRecord, Records, RunRecord, SetRecord},
    server::{End, Life},
    takeover::{Taken, Takeovers},
    world,
};

/// What is done to the sound story.
type Break = fn(&mut Evidence);

/// A rule, and what breaks it; other rules may be broken as well.
const BREAKS: [(&str, Break); 20] = [
    ("no run is stuck", |story| {
        story.stuck.push("one".to_owned())
    }),
    ("no slot has two runs", |story| {
        let again = RunRecord {
            id: "another".to_owned(),
            ..story.records.runs[0].clone()
        };
        story.records.runs.push(again);
    }),
    ("every slot has a run or was missed", |story| {
        story.settled_until += TimeDelta::days(1);
    }),
    ("every slot has a run or was missed", |story| {
        story.records.runs.remove(0);
    }),
    (
        "every run of the scheduler has a slot of its schedule",
        |story| {
            let slot = &mut story.records.runs[0].slot;
            *slot = slot.map(|slot| slot + TimeDelta::minutes(1));
        },
    ),
    ("sets are whole or absent", |story| {
        story.records.sets.clear()
    }),
    ("sets are whole or absent", |story| {
        story.records.sets[0].is_complete = false;
    }),
    ("sets are whole or absent", |story| {
        story.records.sets[0].items -= 1
    }),
    ("sets are whole or absent", |story| {
        story.records.sets[0].run_id = story.records.runs[1].id.clone();
    }),
    ("what is stored is what it was", |story| {
        story.unproven = Some("a hash".to_owned());
    }),
    ("runs of a tenant come one after the other", |story| {
        // The second run begins before the first one ends.
        story.records.events.swap(2, 4);
    }),
    ("events have no gaps", |story| {
        story.records.events[4].sequence += 1
    }),
    ("events tell the life of each run", |story| {
        story.records.runs[0].claim = 2
    }),
    ("the audit log tells the same story", |story| {
        story.records.audit.pop();
    }),
    ("the audit log tells the same story", |story| {
        let again = story.records.audit[0].clone();
        story.records.audit.push(again);
    }),
    ("followers heard everything once and in order", |story| {
        story.runs_heard[0].heard.events.remove(4);
    }),
    ("followers heard everything once and in order", |story| {
        let again = story.runs_heard[0].heard.events[4].clone();
        story.runs_heard[0].heard.events.push(again);
    }),
    ("what people were told holds", |story| {
        story.asked.promised.push(RunId::mint());
    }),
    (
        "servers end when they are asked to, and only then",
        |story| {
            story.lives[0].end = End::ByItself { code: Some(1) };
        },
    ),
    ("what a killed server had is taken over in time", |story| {
        story.takeovers.told.push(Taken {
            what: "a run".to_owned(),
            time: Duration::from_secs(60),
            is_undisturbed: true,
        });
    }),
];

/// Panics if a judge complains of nothing, or of something and nobody does.
pub(crate) fn judges_see() {
    let broken = |story: &Evidence| -> Vec<&'static str> {
        let findings = findings(story).into_iter();
        let broken = findings.filter(|(_, culprits)| !culprits.is_empty());
        broken.map(|(rule, _)| rule).collect()
    };
    let complaints = findings(&sound())
        .into_iter()
        .flat_map(|(_, culprits)| culprits);
    assert_eq!(complaints.collect::<Vec<_>>(), Vec::<String>::new());
    for (n, (rule, breaks)) in BREAKS.iter().enumerate() {
        let mut story = sound();
        breaks(&mut story);
        let found = broken(&story);
        assert!(
            found.contains(rule),
            "break {n} of `{rule}` breaks {found:?}"
        );
    }
}

/// A scheduled run that succeeded, then one by hand that was called off.
fn sound() -> Evidence {
    let made_at: DateTime<Utc> = "2026-03-02T09:30:00Z".parse().expect("an instant");
    let slot = made_at + TimeDelta::minutes(30);
    let tenant = TenantId::mint();
    let rule = world::daily(slot, chrono_tz::Tz::UTC);
    let schedule = world::schedule(tenant, 0, rule, vec![PolicyKind::ScopeTag], made_at);
    let ids = [RunId::mint(), RunId::mint()];
    let run = |n: usize, trigger: &str, status: &str| RunRecord {
        id: ids[n].to_string(),
        schedule_id: schedule.id.to_string(),
        trigger_kind: trigger.to_owned(),
        slot: (n == 0).then(|| slot.naive_utc()),
        status: status.to_owned(),
        claim: 1,
        cancel_requested_at: (n == 1).then(|| slot.naive_utc()),
        error_code: None,
        last_missed_at: None,
        items: (n == 0).then_some(3),
        was_queued: true,
    };
    let told = [
        (0, None, "QUEUED"),
        (0, Some("QUEUED"), "RUNNING"),
        (0, Some("RUNNING"), "SUCCEEDED"),
        (1, None, "QUEUED"),
        (1, Some("QUEUED"), "RUNNING"),
        (1, Some("RUNNING"), "CANCELLED"),
    ];
    let events = told
        .iter()
        .zip(1..)
        .map(|((n, previous, status), sequence)| EventRecord {
            tenant_id: tenant.to_string(),
            sequence,
            occurred_at: slot.naive_utc(),
            run_id: ids[*n].to_string(),
            previous: previous.map(str::to_owned),
            status: (*status).to_owned(),
            owner: None,
        });
    let heard = told.iter().enumerate().map(|(place, (n, previous, status))| {
        let run = json!({"id": ids[*n].to_global(), "status": status});
        json!({"cursor": format!("{place}"), "kind": "STATUS_CHANGED", "previousStatus": previous, "run": run})
    });
    let entry = |n: usize, action: &str, status: Option<&str>| AuditRecord {
        target_id: ids[n].to_string(),
        action: action.to_owned(),
        status: status.map(str::to_owned),
    };
    Evidence {
        records: Records {
            runs: vec![
                run(0, "SCHEDULED", "SUCCEEDED"),
                run(1, "MANUAL", "CANCELLED"),
            ],
            events: events.collect(),
            sets: vec![SetRecord {
                id: "a set".to_owned(),
                run_id: ids[0].to_string(),
                is_complete: true,
                item_count: 3,
                items: 3,
                recorded: 3,
                is_deleted: false,
            }],
            audit: vec![
                entry(0, "RUN_DISPATCHED", None),
                entry(0, "RUN_FINISHED", Some("SUCCEEDED")),
                entry(1, "RUN_STARTED", None),
                entry(1, "RUN_CANCEL_REQUESTED", None),
                entry(1, "RUN_FINISHED", Some("CANCELLED")),
            ],
            news: Vec::new(),
            counters: BTreeMap::from([(format!("tenant:{tenant}"), 6)]),
        },
        settled_until: slot,
        runs_heard: vec![Testimony {
            of: tenant.to_string(),
            heard: Heard {
                events: heard.collect(),
                ..Heard::default()
            },
        }],
        news_heard: Vec::new(),
        asked: Asked {
            keys: BTreeMap::from([(schedule.id, 1)]),
            promised: vec![ids[1]],
            called_off: vec![ids[1]],
            ..Asked::default()
        },
        lives: vec![Life {
            server: 0,
            owner: None,
            end: End::Killed,
            ended_at: slot,
            log: PathBuf::new(),
        }],
        troubles: Vec::new(),
        takeovers: Takeovers::default(),
        unproven: None,
        stuck: Vec::new(),
        schedules: vec![schedule],
    }
}
