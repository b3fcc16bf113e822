//! Work for the pure parts: what a run does to every object, and a tick to every schedule.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tenantatlas::{
    domain::{
        canonical,
        capture::{self, Capture, Content, DigestKey, Parts},
        capture_rules::CaptureRules,
        diff::{self, Changes},
        ids::BackupSetId,
        kind::PolicyKind,
        recurrence::{Frequency, Recurrence},
        retention::{self, KeepLast, KeptSet},
        run::Scope,
        slot::{self, Slot},
        spread::Spread,
    },
    graph::catalog::entry,
    store::contents::Packed,
};

/// Settings of a policy that is as large as people make them.
const SETTINGS: usize = 300;

/// Slots of a year with both changes of the clocks, and then some.
const SLOTS: usize = 400;

/// Sets of a schedule that keeps as many as it may.
const SETS: usize = 365;

fn rules() -> &'static CaptureRules {
    &entry(PolicyKind::SettingsCatalog).capture
}

/// A policy of the settings catalog, as a run has it in the end.
fn policy() -> Value {
    let settings: Vec<Value> = (0..SETTINGS)
        .map(|n| {
            let definition = format!("device_vendor_msft_policy_config_area{}_setting_{n}", n % 17);
            json!({
                "id": n.to_string(),
                "settingInstance": {
                    "@odata.type": "#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance",
                    "settingDefinitionId": definition,
                    "choiceSettingValue": {"value": format!("{definition}_1"), "children": []},
                },
            })
        })
        .collect();
    let target = json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "7f3d2c1e-0000-4000-8000-000000000001"});
    json!({
        "id": "2d4b1c9a-0000-4000-8000-000000000001",
        "name": "Baseline",
        "settingCount": SETTINGS,
        "lastModifiedDateTime": "2026-03-02T10:00:00Z",
        "roleScopeTagIds": ["0"],
        "assignments": [{"id": "a", "target": target}],
        "settings": settings,
    })
}

/// One capture of a policy.
pub(crate) fn parts() -> Parts {
    let scope = Scope {
        kinds: vec![PolicyKind::SettingsCatalog],
        assignments: true,
        scope_tags: true,
    };
    capture::take_apart(policy(), rules(), &scope, &DigestKey::from([7; 32])).0
}

/// Two captures; one setting in a hundred has another value, and the order is another one.
pub(crate) fn two() -> (Parts, Parts) {
    let (before, mut after) = (parts(), parts());
    let settings = after.payload["settings"].as_array_mut().unwrap();
    for setting in settings.iter_mut().step_by(100) {
        setting["settingInstance"]["choiceSettingValue"]["value"] = "another".into();
    }
    settings.reverse();
    (before, after)
}

pub(crate) fn nightly() -> Recurrence {
    Recurrence {
        frequency: Frequency::Daily,
        time: "02:30".parse().unwrap(),
        zone: "Europe/Berlin".parse().unwrap(),
        spread: Spread::default(),
    }
}

static START: LazyLock<DateTime<Utc>> = LazyLock::new(|| "2026-01-01T00:00:00Z".parse().unwrap());

pub(crate) fn sets() -> Vec<KeptSet> {
    let set = |day: usize| KeptSet {
        id: BackupSetId::mint(),
        created_at: *START + TimeDelta::days(i64::try_from(day).unwrap()),
        is_complete: !day.is_multiple_of(9),
        undeleted_at: None,
    };
    (0..SETS).map(set).collect()
}

/// One schedule, from slot to slot through a year.
pub(crate) fn slots(recurrence: Recurrence) -> Option<Slot> {
    let mut last = None;
    let mut after = *START;
    for _ in 0..SLOTS {
        let slot = slot::next_slot(&recurrence, after).ok()?;
        after = slot.at;
        last = Some(slot);
    }
    last
}

pub(crate) fn canonical(parts: Parts) -> Vec<u8> {
    canonical::bytes(&parts.payload)
}

pub(crate) fn captured(parts: Parts) -> Capture {
    capture::capture(&parts, rules())
}

pub(crate) fn packed(content: Content) -> Packed {
    Packed::new(&content).unwrap()
}

pub(crate) fn content() -> Content {
    Content::of(&parts().payload)
}

pub(crate) fn changed((before, after): (Parts, Parts)) -> Changes {
    diff::changes(&before, &after, rules())
}

pub(crate) fn expendable(sets: Vec<KeptSet>) -> Vec<BackupSetId> {
    let now = *START + TimeDelta::days(365);
    retention::expendable(&sets, KeepLast::of(30).unwrap(), now)
}
