//! Two sets of a tenant, a day apart.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{RunQueryDsl, sql_query};
use serde_json::{Value, json};
use tenantatlas::{
    domain::{
        actor::{Actor, Component},
        api_token::{ApiToken, TokenText},
        backup::{BackupItem, PartHashes},
        capture::{self, DigestKey},
        global_id::GlobalId,
        ids::{ApiTokenId, BackupItemId, BackupSetId, PolicyId, RunId, ScheduleId, TenantId},
        kind::PolicyKind,
        role::Role,
        run::Scope,
    },
    graph::catalog,
    store::{
        Db, Store, StoreError, api_tokens,
        contents::{self, Packed},
        items,
    },
};

/// Policies in each set.
pub(crate) const POLICIES: usize = 2_000;

/// Of these, how many are changed.
pub(crate) const CHANGED: usize = POLICIES / 100;

const SETTINGS: usize = 20;
const KIND: PolicyKind = PolicyKind::SettingsCatalog;

/// What requests name.
pub(crate) struct Filled {
    pub(crate) token: String,
    pub(crate) base: String,
    pub(crate) target: String,
}

pub(crate) async fn fill(store: &Store) -> Filled {
    let filled = store.write(|db, now| {
        let tenant = tenant(db);
        let schedule = schedule(db, tenant);
        let policies: Vec<PolicyId> = (0..POLICIES).map(|n| policy(db, tenant, n)).collect();
        let mut set = |at, is_later| set(db, (tenant, schedule, at), &policies, is_later);
        let base = set(now - TimeDelta::days(1), false)?;
        let target = set(now, true)?;
        Ok::<_, StoreError>(Filled {
            token: token(db, tenant, now)?,
            base: base.to_global(),
            target: target.to_global(),
        })
    });
    filled.await.unwrap()
}

fn execute(db: &mut Db, statement: String) {
    sql_query(statement).execute(db).unwrap();
}

fn tenant(db: &mut Db) -> TenantId {
    let id = TenantId::mint();
    execute(
        db,
        format!(
            "INSERT INTO tenants (id, entra_tenant_id, name, name_folded, cloud, connection_status, digest_key, \
             created_at, updated_at) VALUES ('{id}', '{id}', 'Contoso', 'contoso', 'GLOBAL', 'CONNECTED', x'', \
             datetime('now'), datetime('now'))"
        ),
    );
    id
}

fn schedule(db: &mut Db, tenant: TenantId) -> ScheduleId {
    let id = ScheduleId::mint();
    execute(
        db,
        format!(
            "INSERT INTO schedules (id, tenant_id, name, name_folded, enabled, frequency, weekdays, time_of_day, \
             time_zone, spread_minutes, kinds, include_assignments, include_scope_tags, keep_last, revision, \
             created_at, updated_at, created_by_kind, created_by_name) VALUES ('{id}', '{tenant}', 'Nightly', \
             'nightly', 0, 'DAILY', 0, '02:00', 'UTC', 0, '{KIND}', 1, 1, 30, 1, datetime('now'), \
             datetime('now'), 'SYSTEM', 'COMMAND_LINE')"
        ),
    );
    id
}

fn policy(db: &mut Db, tenant: TenantId, number: usize) -> PolicyId {
    let id = PolicyId::mint();
    let name = name(number);
    execute(
        db,
        format!(
            "INSERT INTO policies (id, tenant_id, kind, graph_id, name, name_folded, first_seen_at, last_seen_at) \
             VALUES ('{id}', '{tenant}', '{KIND}', '{id}', '{name}', '{name}', datetime('now'), datetime('now'))"
        ),
    );
    id
}

fn name(number: usize) -> String {
    format!("policy {number:05}")
}

/// A policy as Graph gives it; a changed one has another value deep inside and another group.
fn object(number: usize, is_later: bool) -> Value {
    let is_changed = is_later && number.is_multiple_of(POLICIES / CHANGED);
    let setting = |index: usize| {
        let definition = format!("device_vendor_msft_policy_config_area{index}_setting{number}");
        let value = if is_changed && index == SETTINGS / 2 {
            "changed"
        } else {
            "as it was"
        };
        json!({
            // Graph numbers settings anew whenever a policy is saved.
            "id": if is_later { index + 1 } else { index }.to_string(),
            "settingInstance": {
                "@odata.type": "#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance",
                "settingDefinitionId": definition,
                "settingInstanceTemplateReference": null,
                "choiceSettingValue": {
                    "value": format!("{definition}_1"),
                    "settingValueTemplateReference": null,
                    "children": [{
                        "@odata.type": "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance",
                        "settingDefinitionId": format!("{definition}_child"),
                        "simpleSettingValue": {
                            "@odata.type": "#microsoft.graph.deviceManagementConfigurationStringSettingValue",
                            "value": value,
                        },
                    }],
                },
            },
        })
    };
    let mut settings: Vec<Value> = (0..SETTINGS).map(setting).collect();
    if is_later {
        settings.reverse();
    }
    let group = if is_changed { "changed" } else { "group" };
    json!({
        "id": number.to_string(), "name": name(number), "description": "A policy like others",
        "platforms": "windows10", "technologies": "mdm", "settingCount": SETTINGS,
        "lastModifiedDateTime": if is_later { "2026-01-02T00:00:00Z" } else { "2026-01-01T00:00:00Z" },
        "roleScopeTagIds": ["0"], "settings": settings,
        "assignments": [
            {"id": "all", "target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}},
            {"id": "one", "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "7", "note": group}},
        ],
    })
}

fn set(
    db: &mut Db,
    (tenant, schedule, at): (TenantId, ScheduleId, DateTime<Utc>),
    policies: &[PolicyId],
    is_later: bool,
) -> Result<BackupSetId, StoreError> {
    let (run, set) = (RunId::mint(), BackupSetId::mint());
    let made = at.format("%Y-%m-%d %H:%M:%S%.6f");
    execute(
        db,
        format!(
            "INSERT INTO runs (id, tenant_id, schedule_id, trigger_kind, started_by_kind, started_by_name, status, \
             attempt, claim, kinds, include_assignments, include_scope_tags, full_read, progress, created_at, finished_at) VALUES ('{run}', '{tenant}', '{schedule}', 'MANUAL', 'SYSTEM', \
             'SCHEDULER', 'SUCCEEDED', 1, 1, '{KIND}', 1, 1, 0, '{{}}', '{made}', '{made}')"
        ),
    );
    execute(
        db,
        format!(
            "INSERT INTO backup_sets (id, tenant_id, schedule_id, run_id, created_at, is_complete, kinds, \
             missing_kinds, include_assignments, include_scope_tags, item_count, payload_bytes, content_hash) \
             VALUES ('{set}', '{tenant}', '{schedule}', '{run}', '{made}', 1, '{KIND}', '', 1, 1, {POLICIES}, 0, '{}')",
            "0".repeat(64)
        ),
    );
    let captured: Vec<(BackupItem, Vec<Packed>)> = policies
        .iter()
        .enumerate()
        .map(|(number, policy)| item(*policy, number, is_later, at))
        .collect();
    for (_, packed) in &captured {
        contents::put(db, tenant, packed, at)?;
    }
    let stored: Vec<BackupItem> = captured.into_iter().map(|(item, _)| item).collect();
    items::insert(db, tenant, set, &stored)?;
    Ok(set)
}

fn item(
    policy: PolicyId,
    number: usize,
    is_later: bool,
    at: DateTime<Utc>,
) -> (BackupItem, Vec<Packed>) {
    let rules = &catalog::entry(KIND).capture;
    let scope = Scope {
        kinds: vec![KIND],
        assignments: true,
        scope_tags: true,
    };
    let key = DigestKey::from([7; 32]);
    let (parts, _) = capture::take_apart(object(number, is_later), rules, &scope, &key);
    let capture = capture::capture(&parts, rules);
    let contents = [
        Some(&capture.payload),
        capture.assignments.as_ref(),
        capture.scope_tags.as_ref(),
        Some(&capture.references),
    ];
    let packed = contents.into_iter().flatten();
    let packed = packed
        .map(|content| Packed::new(content).unwrap())
        .collect();
    let item = BackupItem {
        id: BackupItemId::mint(),
        policy,
        kind: KIND,
        sub_kind: None,
        graph_id: policy.to_string(),
        name: name(number),
        parts: PartHashes {
            payload: capture.payload.hash,
            assignments: capture.assignments.as_ref().map(|content| content.hash),
            scope_tags: capture.scope_tags.as_ref().map(|content| content.hash),
            sealed: None,
            references: Some(capture.references.hash),
        },
        payload_bytes: u64::try_from(capture.payload.bytes.len()).unwrap(),
        content_hash: capture.content_hash,
        state_hash: capture.state_hash,
        marker: None,
        catalog_revision: rules.revision,
        modified_at: None,
        captured_at: at,
        last_change: None,
    };
    (item, packed)
}

fn token(db: &mut Db, tenant: TenantId, now: DateTime<Utc>) -> Result<String, StoreError> {
    let id = ApiTokenId::mint();
    let text = TokenText::new(id, [7; 32]);
    let token = ApiToken {
        id,
        tenant,
        key_id: text.key_id().to_owned(),
        secret_hash: text.secret_hash(),
        name: "Bench".parse().unwrap(),
        role: Role::Readonly,
        created_at: now,
        created_by: Actor::System(Component::CommandLine),
        expires_at: now + TimeDelta::days(1),
        last_used_at: None,
        revoked_at: None,
    };
    api_tokens::insert(db, &token)?;
    Ok(text.reveal())
}
