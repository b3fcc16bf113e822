//! That the judges see: of a sound story none complains, and of each that is broken the one whose rule it is.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tenantatlas::domain::{
    global_id::GlobalId,
    ids::{NotificationId, RunId, TenantId},
    kind::PolicyKind,
};

use super::{Evidence, Testimony, Verified, findings};
use crate::{
    blows::ACTS,
    fleet::{Trouble, Whom},
    followers::Heard,
    people::Asked,
    records::{AuditRecord, EventRecord, NewsRecord, Records, RunRecord, SetRecord},
    server::{End, Life},
    takeover::{Taken, Takeovers},
    world,
};

/// What is done to the sound story.
type Break = fn(&mut Evidence);

/// A rule, and what breaks it; other rules may be broken as well.
const BREAKS: [(&str, Break); 38] = [
    (TRIED, |story| {
        story.takeovers.told[0].is_undisturbed = false
    }),
    (TRIED, |story| {
        story.records.runs[0].status = "FAILED".to_owned()
    }),
    (TRIED, |story| story.records.runs[3].error_code = None),
    (TRIED, |story| {
        story.records.runs[2].status = "SKIPPED".to_owned()
    }),
    (TRIED, |story| {
        story.acts.pop();
    }),
    (TRIED, |story| story.takeovers.told.clear()),
    (TRIED, |story| story.takeovers.taken.clear()),
    (TRIED, |story| story.lives[0].owner = None),
    (TRIED, |story| {
        let heard = story.runs_heard.iter_mut().chain(&mut story.news_heard);
        heard.for_each(|testimony| testimony.heard.connections = 1);
    }),
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
    ("every slot has a run or was missed", |story| {
        // What was missed is one slot more.
        story.records.runs[2].last_missed_at = story.records.runs[2].slot;
    }),
    ("every slot has a run or was missed", |story| {
        let slot = &mut story.records.runs[2].slot;
        *slot = slot.map(|slot| slot - TimeDelta::days(1));
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
        story.verified.is_sound = false;
    }),
    ("what is stored is what it was", |story| {
        story.verified.told = "checked 0 item(s) in 0 backup set(s)".to_owned();
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
    ("followers heard everything once and in order", |story| {
        story.news_heard[0].heard.events.remove(0);
    }),
    ("followers heard everything once and in order", |story| {
        story.news_heard[0].heard.events.pop();
    }),
    ("followers heard everything once and in order", |story| {
        story.news_heard[0].heard.events[1]["unreadCount"] = json!(2);
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
    (
        "servers end when they are asked to, and only then",
        |story| story.lives[0].end = stopped(Some(1)),
    ),
    (
        "servers end when they are asked to, and only then",
        |story| {
            story.lives[0].end = stopped(None);
            story.troubles.push(without_database(story));
        },
    ),
    ("what a killed server had is taken over in time", |story| {
        story.takeovers.taken.push(taken(Duration::from_secs(60)));
    }),
    ("what a killed server had is taken over in time", |story| {
        story.takeovers.told.push(taken(Duration::from_secs(60)));
    }),
];

const TRIED: &str = "the trial tried something";

fn taken(time: Duration) -> Taken {
    Taken {
        what: "a run".to_owned(),
        time,
        is_undisturbed: true,
    }
}

fn stopped(code: Option<i32>) -> End {
    let took = Duration::from_secs(1);
    End::Stopped { took, code }
}

/// The database is away while the first process comes to its end.
fn without_database(story: &Evidence) -> Trouble {
    let at = story.lives[0].ended_at;
    Trouble {
        whom: Whom::Database,
        from: at,
        until: at + TimeDelta::seconds(1),
    }
}

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
    // What could not be handed back without a database is no fault.
    let mut story = sound();
    story.lives.push(Life {
        end: stopped(Some(1)),
        ..story.lives[0].clone()
    });
    story.troubles.push(without_database(&story));
    assert_eq!(broken(&story), Vec::<&str>::new());
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

/// A scheduled run that succeeded, one by hand that was called off, two slots that were missed, and a run
/// that was lost with its server.
fn sound() -> Evidence {
    let made_at: DateTime<Utc> = "2026-03-02T09:30:00Z".parse().expect("an instant");
    let slot = made_at + TimeDelta::minutes(30);
    let (missed, last_missed) = (slot + TimeDelta::days(1), slot + TimeDelta::days(2));
    let tenant = TenantId::mint();
    let rule = world::daily(slot, chrono_tz::Tz::UTC);
    let schedule = world::schedule(tenant, 0, rule, vec![PolicyKind::ScopeTag], made_at);
    let ids = [(); 4].map(|()| RunId::mint());
    let run = |n: usize, trigger: &str, status: &str| RunRecord {
        id: ids[n].to_string(),
        schedule_id: schedule.id.to_string(),
        trigger_kind: trigger.to_owned(),
        slot: None,
        status: status.to_owned(),
        claim: 1,
        cancel_requested_at: None,
        error_code: None,
        last_missed_at: None,
        items: None,
        was_queued: true,
    };
    let runs = vec![
        RunRecord {
            slot: Some(slot.naive_utc()),
            items: Some(3),
            ..run(0, "SCHEDULED", "SUCCEEDED")
        },
        RunRecord {
            cancel_requested_at: Some(slot.naive_utc()),
            ..run(1, "MANUAL", "CANCELLED")
        },
        RunRecord {
            slot: Some(missed.naive_utc()),
            last_missed_at: Some(last_missed.naive_utc()),
            claim: 0,
            was_queued: false,
            ..run(2, "SCHEDULED", "MISSED")
        },
        RunRecord {
            error_code: Some("WORKER_LOST".to_owned()),
            ..run(3, "MANUAL", "FAILED")
        },
    ];
    let told = [
        (0, None, "QUEUED"),
        (0, Some("QUEUED"), "RUNNING"),
        (0, Some("RUNNING"), "SUCCEEDED"),
        (1, None, "QUEUED"),
        (1, Some("QUEUED"), "RUNNING"),
        (1, Some("RUNNING"), "CANCELLED"),
        (2, None, "MISSED"),
        (3, None, "QUEUED"),
        (3, Some("QUEUED"), "RUNNING"),
        (3, Some("RUNNING"), "FAILED"),
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
    let runs_heard = told.iter().enumerate().map(|(place, (n, previous, status))| {
        let run = json!({"id": ids[*n].to_global(), "status": status});
        json!({"cursor": format!("{place}"), "kind": "STATUS_CHANGED", "previousStatus": previous, "run": run})
    });
    let notifications = [(); 3].map(|()| NotificationId::mint());
    let news = notifications
        .iter()
        .zip(1..)
        .map(|(notification, sequence)| NewsRecord {
            user_id: "somebody".to_owned(),
            sequence,
            kind: "CREATED".to_owned(),
            notification_id: Some(notification.to_string()),
            unread_count: sequence,
        });
    // Of the first one nobody has to hear.
    let news_heard = notifications.iter().zip(1..).skip(1).map(|(notification, place)| {
        let notification = json!({"id": notification.to_global()});
        json!({"cursor": format!("{place}"), "kind": "CREATED", "unreadCount": place, "notification": notification})
    });
    let heard = |events| Heard {
        events,
        connections: 2,
        refusals: Vec::new(),
    };
    let entry = |n: usize, action: &str, status: Option<&str>| AuditRecord {
        target_id: ids[n].to_string(),
        action: action.to_owned(),
        status: status.map(str::to_owned),
    };
    Evidence {
        records: Records {
            runs,
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
                entry(2, "RUN_MISSED", None),
                entry(3, "RUN_STARTED", None),
                entry(3, "RUN_FINISHED", Some("FAILED")),
            ],
            news: news.collect(),
            counters: BTreeMap::from([
                (format!("tenant:{tenant}"), 10),
                ("user:somebody".to_owned(), 3),
            ]),
        },
        settled_until: last_missed,
        runs_heard: vec![Testimony {
            of: tenant.to_string(),
            heard: heard(runs_heard.collect()),
        }],
        news_heard: vec![Testimony {
            of: "somebody".to_owned(),
            heard: heard(news_heard.collect()),
        }],
        asked: Asked {
            keys: BTreeMap::from([(schedule.id, 2)]),
            promised: vec![ids[1], ids[3]],
            called_off: vec![ids[1]],
            ..Asked::default()
        },
        lives: vec![Life {
            server: 0,
            owner: Some("a server".to_owned()),
            end: End::Killed,
            ended_at: slot,
            log: PathBuf::new(),
            is_current: true,
        }],
        troubles: Vec::new(),
        takeovers: Takeovers {
            told: vec![taken(Duration::from_secs(5))],
            taken: vec![taken(Duration::from_secs(1))],
        },
        acts: ACTS.to_vec(),
        verified: Verified {
            is_sound: true,
            told: "checked 3 item(s) in 1 backup set(s)".to_owned(),
        },
        stuck: Vec::new(),
        schedules: vec![schedule],
    }
}
