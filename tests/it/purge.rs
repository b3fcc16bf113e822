//! Deleted sets are purged after 30 days, and what only they referred to goes with them: nothing else.

use std::{collections::BTreeSet, time::Duration};

use chrono::TimeDelta;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use serde_json::{Value, json};
use tenantatlas::{
    domain::{
        backup::BackupSet, canonical::Hash, capture::Content, ids::BackupSetId, kind::PolicyKind,
        role::Role, schedule::Schedule,
    },
    store::{
        StoreError,
        contents::{self, Packed},
    },
};

use crate::{
    reuse::{item, some_id, succeeded},
    support::{
        TestApp, by_hand,
        client::{Api, document_of, id},
        dispatch_only,
        kinds::collection,
        sql_instant,
    },
};

const SCRIPT: PolicyKind = PolicyKind::PowershellScript;
const KINDS: [PolicyKind; 3] = [SCRIPT, PolicyKind::ScopeTag, PolicyKind::DeviceCategory];

/// A set a day.
async fn days(app: &TestApp, schedule: &Schedule, count: usize) -> Vec<BackupSet> {
    let mut sets = Vec::new();
    for _ in 0..count {
        app.pass(TimeDelta::days(1));
        let run = succeeded(app, schedule).await;
        sets.push(app.set_of(&run).await.expect("a set"));
    }
    sets
}

/// Ticks when a round is due, and moves the clock from step to step until a table has as many rows
/// as expected.
async fn kept(app: &TestApp, table: &str, which: &str, left: i64) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            // The round before may not be over yet, and then this tick begins none.
            app.tick().await;
            if app.count(table, which).await == left {
                return;
            }
            app.pass(TimeDelta::milliseconds(100));
        }
    });
    if waited.await.is_err() {
        let found = app.count(table, which).await;
        panic!("{table} has {found} rows where {which}, not {left}");
    }
}

/// Waits until the pass that is due has come to its end.
async fn passed(app: &TestApp) {
    let ended = format!(
        "name = 'pass.removal' AND value LIKE '%end' AND value > '{}'",
        app.clock_now().format("%Y-%m-%dT%H:%M:%S")
    );
    kept(app, "settings", &ended, 1).await;
}

fn of(set: BackupSetId) -> Value {
    json!({"backupSetId": id(set)})
}

/// Moves the clock to the end of a set's time, and purges it.
async fn purged(app: &TestApp, set: &BackupSet) {
    app.pass(TimeDelta::days(30));
    kept(app, "backup_sets", &format!("id = '{}'", set.id), 0).await;
}

#[actix_rt::test]
async fn a_set_is_purged_30_days_after_it_was_deleted_and_not_a_moment_before() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    api.membership(&app, app.tenant(), "marco", Role::Manager)
        .await;
    // It keeps three.
    let schedule = app.schedule("Nightly", &KINDS).await;
    let sets = days(&app, &schedule, 5).await;
    let all = "tenant_id IS NOT NULL";
    app.pass(TimeDelta::days(28) + TimeDelta::hours(23));
    kept(&app, "backup_sets", all, 5).await;
    let marco = api.person("marco");
    let back = marco.change("undeleteBackupSet", of(sets[0].id)).await;
    assert_eq!(back["userErrors"], json!([]));
    app.pass(TimeDelta::hours(1));
    // The second was deleted a day after the first, and the first is not deleted any more.
    kept(&app, "backup_sets", all, 5).await;
    app.pass(TimeDelta::days(1));
    let left = format!("id IN ('{}')", sets[1].id);
    kept(&app, "backup_sets", &left, 0).await;
    assert_eq!(app.count("backup_sets", all).await, 4);
    assert_eq!(app.audited(app.tenant(), "BACKUP_SET_PURGED").await, 1);
    let by = "SELECT actor_name || ' ' || target_name AS line FROM audit_log WHERE action = 'BACKUP_SET_PURGED'";
    assert_eq!(app.lines(by).await, ["Retention Nightly"]);
}

const LOOK: &str = "query($set: ID!, $item: ID!, $run: ID!, $tenant: ID!) {
    set: node(id: $set) { id }
    item: node(id: $item) { id }
    run: node(id: $run) { ... on BackupScheduleRun { backupSet { id } } }
    tenant(id: $tenant) {
        all: backupSets(filter: {deleted: INCLUDE}) { totalCount nodes { id } }
        deleted: backupSets(filter: {deleted: ONLY}) { totalCount nodes { id } }
    }
}";

#[actix_rt::test]
async fn a_purged_set_is_seen_by_nobody_also_while_its_items_are_still_there() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let tenant = app.tenant();
    api.membership(&app, tenant, "marco", Role::Manager).await;
    api.membership(&app, tenant, "oscar", Role::Operator).await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let sets = days(&app, &schedule, 4).await;
    let first = &sets[0];
    let items = app.items(first).await;
    let now = sql_instant(app.clock_now());
    // As a round leaves it that is ended after its first step.
    app.tamper(format!(
        "INSERT INTO purged_sets (id, tenant_id, schedule_id, purged_at) VALUES ('{}', '{tenant}', '{}', '{now}')",
        first.id, schedule.id
    ))
    .await;
    app.tamper(format!(
        "UPDATE backup_sets SET purged_at = '{now}' WHERE id = '{}'",
        first.id
    ))
    .await;
    let rows = format!("set_id = '{}'", first.id);
    for has_items in [true, false] {
        if !has_items {
            app.pass(TimeDelta::hours(2));
            kept(&app, "backup_items", &rows, 0).await;
            kept(&app, "backup_sets", "purged_at IS NOT NULL", 0).await;
        }
        assert_eq!(app.count("backup_items", &rows).await > 0, has_items);
        let (marco, oscar, stranger) = (
            api.person("marco"),
            api.person("oscar"),
            api.person("stranger"),
        );
        let token = api.client(&app, tenant, Role::Manager).await;
        let variables = json!({
            "set": id(first.id), "item": id(items[0].id), "run": id(first.run), "tenant": id(tenant),
        });
        for client in [&marco, &token] {
            let answer = client.ask(LOOK, variables.clone()).await;
            let data = &answer["data"];
            assert_eq!(data["set"], Value::Null, "{answer:#}");
            assert_eq!(data["item"], Value::Null);
            assert_eq!(data["run"]["backupSet"], Value::Null);
            assert_eq!(data["tenant"]["all"]["totalCount"], 3);
            assert_eq!(data["tenant"]["deleted"]["nodes"], json!([]));
            let undeleted = client.change("undeleteBackupSet", of(first.id)).await;
            assert_eq!(undeleted["backupSet"], Value::Null);
            assert_eq!(undeleted["userErrors"][0]["code"], "PURGED");
            for mutation in ["deleteBackupSet", "verifyBackupSet"] {
                let answer = client.change(mutation, of(first.id)).await;
                assert_eq!(answer["userErrors"][0]["code"], "NOT_FOUND", "{mutation}");
            }
        }
        let input = json!({"input": of(first.id)});
        let document = document_of("undeleteBackupSet");
        assert_eq!(oscar.codes(&document, input).await, ["FORBIDDEN"]);
        let foreign = stranger.change("undeleteBackupSet", of(first.id)).await;
        let missing = of(BackupSetId::mint());
        assert_eq!(foreign, stranger.change("undeleteBackupSet", missing).await);
    }
}

#[actix_rt::test]
async fn a_server_of_an_older_version_cannot_bring_a_purged_set_back() {
    let app = TestApp::working(dispatch_only()).await;
    let app = &app;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let server = app.another_server(by_hand());
    let run = app
        .queue(&schedule, tenantatlas::domain::run::Trigger::Manual)
        .await;
    server.tick().await.unwrap();
    app.settled(&run).await;
    server.stop().await;
    let now = sql_instant(app.clock_now());
    app.tamper(format!(
        "UPDATE backup_sets SET deleted_at = '{now}', deletion_reason = 'USER', deleted_by_kind = 'SYSTEM', \
         deleted_by_name = 'Retention', purged_at = '{now}'"
    ))
    .await;
    let row = "SELECT id || ' ' || CAST(deleted_at AS TEXT) || ' ' || CAST(purged_at AS TEXT) AS line FROM backup_sets";
    let before = app.lines(row).await;
    assert_eq!(before.len(), 1);
    let undelete = "UPDATE backup_sets SET deleted_at = NULL, deletion_reason = NULL, deleted_by_kind = NULL, \
                    deleted_by_id = NULL, deleted_by_name = NULL WHERE deleted_at IS NOT NULL";
    let refused = app.store.write(move |db, _| {
        let undone = diesel::RunQueryDsl::execute(diesel::sql_query(undelete), db);
        Ok::<_, StoreError>(undone?)
    });
    let Err(StoreError::Query(DieselError::DatabaseError(kind, _))) = refused.await else {
        panic!("the database refuses it")
    };
    assert!(
        matches!(kind, DatabaseErrorKind::CheckViolation),
        "{kind:?}"
    );
    assert_eq!(app.lines(row).await, before);
}

/// What the items of all sets are made of.
pub(crate) async fn referenced(app: &TestApp) -> BTreeSet<Hash> {
    let columns = [
        "payload_hash",
        "assignments_hash",
        "scope_tags_hash",
        "sealed_hash",
        "references_hash",
    ];
    let mut hashes = BTreeSet::new();
    for column in columns {
        let query = format!("SELECT {column} AS line FROM backup_items WHERE {column} IS NOT NULL");
        let lines = app.lines(&query).await;
        hashes.extend(lines.iter().map(|line| line.parse::<Hash>().unwrap()));
    }
    hashes
}

#[actix_rt::test]
async fn what_only_a_purged_set_referred_to_goes_and_nothing_else() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let script = some_id(&app, SCRIPT, 0);
    let first = days(&app, &schedule, 1).await.remove(0);
    let old = app.items(&first).await;
    let old = old.iter().find(|item| item.graph_id == script).unwrap();
    let edit = |object: &mut Value| object["description"] = "another".into();
    app.graph
        .edit(app.directory(), collection(SCRIPT), &script, edit);
    days(&app, &schedule, 3).await;
    let before = app.content_hashes().await;
    assert!(before.contains(&old.parts.payload));
    purged(&app, &first).await;
    passed(&app).await;
    let after: BTreeSet<Hash> = app.content_hashes().await.into_iter().collect();
    assert_eq!(after, referenced(&app).await);
    assert_eq!(noted_bytes(&app).await, stored_bytes(&app).await);
    assert!(!after.contains(&old.parts.payload));
    // The next run takes over what is there.
    let run = succeeded(&app, &schedule).await;
    let now = item(&app, &run, &script).await;
    app.content(app.tenant(), now.parts.payload).await;
}

/// What the tenant's contents take, as it was noted last.
async fn noted_bytes(app: &TestApp) -> Vec<String> {
    let noted =
        "SELECT CAST(stored_bytes AS TEXT) AS line FROM storage_days ORDER BY date DESC LIMIT 1";
    app.lines(noted).await
}

async fn stored_bytes(app: &TestApp) -> Vec<String> {
    let sum = "SELECT CAST(SUM(stored_bytes) AS TEXT) AS line FROM contents";
    app.lines(sum).await
}

#[actix_rt::test]
async fn what_a_tenant_takes_is_noted_behind_its_last_content_however_many_steps_that_takes() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    days(&app, &schedule, 1).await;
    let tenant = app.tenant();
    let litter = (0..450).map(|n| Packed::new(&Content::of(&json!({"litter": n}))).unwrap());
    let litter: Vec<Packed> = litter.collect();
    let before = stored_bytes(&app).await;
    app.write(move |db, now| contents::put(db, tenant, &litter, now))
        .await;
    days(&app, &schedule, 1).await;
    assert_eq!(noted_bytes(&app).await, stored_bytes(&app).await);
    app.pass(TimeDelta::hours(26));
    passed(&app).await;
    assert_eq!(stored_bytes(&app).await, before);
    assert_eq!(noted_bytes(&app).await, before);
}

#[actix_rt::test]
async fn secrets_go_in_one_pass_however_many_they_are() {
    let app = TestApp::working(by_hand()).await;
    let tenant = app.tenant();
    let values: Vec<(Hash, Vec<u8>)> = (0..450_u32)
        .map(|n| (Hash::of(&n.to_le_bytes()), b"sealed".to_vec()))
        .collect();
    app.write(move |db, now| contents::put_sealed(db, tenant, &values, now))
        .await;
    app.pass(TimeDelta::hours(26));
    passed(&app).await;
    assert_eq!(app.count("sealed_values", "1 = 1").await, 0);
}

#[actix_rt::test]
async fn a_row_that_cannot_be_read_keeps_nothing_else_from_going() {
    let app = TestApp::working(by_hand()).await;
    let tenant = app.tenant();
    let content = Content::of(&json!({"captured": "and not landed"}));
    let (hash, packed) = (content.hash, Packed::new(&content).unwrap());
    app.write(move |db, now| contents::put(db, tenant, &[packed], now))
        .await;
    let now = sql_instant(app.clock_now());
    for nonsense in ["!", "~"] {
        app.tamper(format!(
            "INSERT INTO contents (tenant_id, hash, raw_bytes, body, created_at, last_used_at) \
             VALUES ('{tenant}', '{nonsense}', 1, '', '{now}', '{now}')"
        ))
        .await;
    }
    app.pass(TimeDelta::hours(26));
    passed(&app).await;
    let left = app.count("contents", &format!("hash = '{hash}'")).await;
    assert_eq!(left, 0);
    assert_eq!(app.count("contents", "1 = 1").await, 2);
}

#[actix_rt::test]
async fn what_was_used_within_a_day_stays_although_nothing_refers_to_it_yet() {
    let app = TestApp::working(by_hand()).await;
    // The first pass begins now, and not whenever the server gets to it.
    passed(&app).await;
    let tenant = app.tenant();
    let content = Content::of(&json!({"captured": "and not landed"}));
    let (hash, packed) = (content.hash, Packed::new(&content).unwrap());
    app.pass(TimeDelta::hours(2));
    app.write(move |db, now| contents::put(db, tenant, &[packed], now))
        .await;
    app.pass(TimeDelta::hours(23));
    passed(&app).await;
    assert_eq!(app.content_hashes().await, [hash]);
    // A run that takes it over says so.
    app.pass(TimeDelta::hours(2));
    app.write(move |db, now| contents::touch(db, tenant, &[hash], now))
        .await;
    app.pass(TimeDelta::hours(23));
    passed(&app).await;
    assert_eq!(app.content_hashes().await, [hash]);
    app.pass(TimeDelta::hours(25));
    passed(&app).await;
    assert_eq!(app.content_hashes().await, []);
    let touched = app.write(move |db, now| contents::touch(db, tenant, &[hash], now));
    assert!(
        touched.await.is_empty(),
        "whoever comes second writes it anew"
    );
}

#[actix_rt::test]
async fn names_that_ended_before_the_oldest_set_go() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let sets = days(&app, &schedule, 4).await;
    let tenant = app.tenant();
    let made = |set: &BackupSet, hours| sql_instant(set.created_at + TimeDelta::hours(hours));
    let row = |since, until| {
        format!("('{tenant}', 'GROUP', 'g', '{since}', '{until}', 'Old name', NULL)")
    };
    let rows = [
        row(made(&sets[0], -9), made(&sets[0], 1)),
        row(made(&sets[0], 1), made(&sets[1], -1)),
        row(made(&sets[1], -1), made(&sets[1], 1)),
        row(made(&sets[1], 1), made(&sets[2], 1)),
    ];
    app.tamper(format!(
        "INSERT INTO reference_names (tenant_id, kind, graph_id, since, until, name, confirmed_at) VALUES {}",
        rows.join(", ")
    ))
    .await;
    let old = "name = 'Old name'";
    assert_eq!(app.count("reference_names", old).await, 4);
    purged(&app, &sets[0]).await;
    passed(&app).await;
    // The second set still shows what ended after it was made.
    assert_eq!(app.count("reference_names", old).await, 2);
}

#[actix_rt::test]
async fn several_servers_purge_at_once_and_each_set_is_purged_once() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let sets = days(&app, &schedule, 6).await;
    app.pass(TimeDelta::days(40));
    // Their first rounds are due now, and none is under way from before.
    let others: Vec<_> = (0..4)
        .map(|_| app.another_server(dispatch_only()))
        .collect();
    let ticks = others.iter().map(|server| server.tick());
    futures_util::future::join_all(ticks).await;
    let gone: Vec<String> = sets[..3]
        .iter()
        .map(|set| format!("'{}'", set.id))
        .collect();
    let gone = format!("id IN ({})", gone.join(", "));
    kept(&app, "backup_sets", &gone, 0).await;
    assert_eq!(app.count("backup_sets", "deleted_at IS NULL").await, 3);
    assert_eq!(app.audited(app.tenant(), "BACKUP_SET_PURGED").await, 3);
    for server in others {
        server.stop().await;
    }
}

#[actix_rt::test]
async fn the_newest_item_of_an_object_is_never_one_of_a_purged_set() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let script = some_id(&app, SCRIPT, 0);
    let first = days(&app, &schedule, 1).await.remove(0);
    app.graph
        .remove(app.directory(), collection(SCRIPT), &script);
    days(&app, &schedule, 3).await;
    let latest = format!("graph_id = '{script}' AND latest_item_id IS NOT NULL");
    assert_eq!(app.count("policies", &latest).await, 1);
    purged(&app, &first).await;
    assert_eq!(app.count("policies", &latest).await, 0);
    let dangling =
        "latest_item_id IS NOT NULL AND latest_item_id NOT IN (SELECT id FROM backup_items)";
    assert_eq!(app.count("policies", dangling).await, 0);
}
