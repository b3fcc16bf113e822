//! Whatever is damaged in what is stored: the proof of a set names it, and the next capture mends what it can.

use std::{fs, time::Duration};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::{
    domain::{
        backup::{BackupItem, BackupSet},
        canonical::Hash,
        ids::BackupItemId,
        kind::PolicyKind,
        proof::{Flaw, Part, SetFlaw},
        role::Role,
        schedule::Schedule,
    },
    store::{contents, tenants},
    workers::proof::{Prover, SetProof},
};

use crate::{
    reuse::{read_in_full, succeeded},
    support::{
        Setup, TestApp, by_hand,
        client::{Api, id},
        shell::Shell,
    },
};

const PROFILE: PolicyKind = PolicyKind::DeviceConfiguration;
const SECRET: &str = "planted-secret-5ab3f1";

/// A tenant with a secret, backed up once.
pub(crate) async fn backed_up() -> (TestApp, Schedule, BackupSet) {
    let app = TestApp::with(Setup {
        policies: 12,
        workers: by_hand(),
        ..Setup::default()
    })
    .await;
    app.tick().await;
    let profile = json!({
        "id": "planted", "displayName": "Planted", "version": 1, "preSharedKey": SECRET,
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
    });
    app.graph.insert(
        app.directory(),
        "deviceConfigurations",
        profile,
        Value::Null,
    );
    let schedule = app.schedule("Nightly", PolicyKind::ALL).await;
    let run = succeeded(&app, &schedule).await;
    let set = app.set_of(&run).await.expect("a set");
    (app, schedule, set)
}

async fn prove(app: &TestApp, set: &BackupSet) -> SetProof {
    let id = app.tenant();
    let tenant = app.read(move |db| tenants::find(db, id)).await.unwrap();
    let mut prover = Prover::new(app.store.clone(), app.vault.clone(), &tenant).unwrap();
    prover.check(set, |_| {}).await.unwrap()
}

/// The damaged items with what is wrong with each.
pub(crate) async fn damage(app: &TestApp, set: &BackupSet) -> Vec<(BackupItemId, Vec<Flaw>)> {
    let proof = prove(app, set).await;
    assert_eq!(proof.flaws, [], "the set as a whole");
    let damaged = proof.damaged.into_iter();
    damaged.map(|it| (it.item.id, it.flaws)).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The body of a content as it is stored.
async fn body(app: &TestApp, hash: Hash) -> Vec<u8> {
    let hexadecimal = match app.database.is_embedded() {
        true => "hex(body)",
        false => "encode(body, 'hex')",
    };
    let query = format!("SELECT {hexadecimal} AS line FROM contents WHERE hash = '{hash}'");
    let text = app.lines(&query).await.remove(0);
    let digits: Vec<char> = text.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

async fn set_body(app: &TestApp, hash: Hash, body: &[u8]) {
    let digits = hexadecimal(body);
    let value = match app.database.is_embedded() {
        true => format!("x'{digits}'"),
        false => format!("decode('{digits}', 'hex')"),
    };
    app.tamper(format!(
        "UPDATE contents SET body = {value} WHERE hash = '{hash}'"
    ))
    .await;
}

/// Flips a byte of a content, so that what is read back is something else.
pub(crate) async fn flip(app: &TestApp, hash: Hash) -> Vec<u8> {
    let whole = body(app, hash).await;
    let text = zstd::bulk::decompress(&whole, 10_000_000).unwrap();
    for at in (whole.len() / 2..whole.len()).chain(0..whole.len() / 2) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        if zstd::bulk::decompress(&flipped, text.len()).is_ok_and(|other| other == text) {
            // The compressor has several ways to say the same.
            continue;
        }
        set_body(app, hash, &flipped).await;
        return whole;
    }
    panic!("no byte of {hash} means anything");
}

/// The items that have a content among their parts.
fn with(items: &[BackupItem], hash: Hash) -> Vec<BackupItemId> {
    let has = |item: &&BackupItem| item.parts.all().any(|part| part == hash);
    let mut ids: Vec<_> = items.iter().filter(has).map(|item| item.id).collect();
    ids.sort();
    ids
}

#[actix_rt::test]
async fn a_flipped_byte_in_any_content_is_found() {
    let (app, _, set) = backed_up().await;
    assert_eq!(damage(&app, &set).await, []);
    let items = app.items(&set).await;
    for hash in app.content_hashes().await {
        let whole = flip(&app, hash).await;
        let found = damage(&app, &set).await;
        let ids: Vec<_> = found.iter().map(|it| it.0).collect();
        assert_eq!(ids, with(&items, hash), "{hash}");
        for (_, flaws) in found {
            assert!(matches!(flaws[..], [Flaw::Damaged(_)]), "{flaws:?}");
        }
        set_body(&app, hash, &whole).await;
    }
    assert_eq!(damage(&app, &set).await, []);
}

#[actix_rt::test]
async fn contents_that_are_cut_short_or_gone_are_found() {
    let (app, _, set) = backed_up().await;
    let items = app.items(&set).await;
    let planted = items.iter().find(|item| item.name == "Planted").unwrap();
    let payload = planted.parts.payload;
    let whole = body(&app, payload).await;
    for length in [0, 1, whole.len() - 1] {
        set_body(&app, payload, &whole[..length]).await;
        let expected = vec![(planted.id, vec![Flaw::Damaged(Part::Payload)])];
        assert_eq!(damage(&app, &set).await, expected, "{length}");
    }
    set_body(&app, payload, &whole).await;
    let sealed = planted.parts.sealed.expect("a sealed value");
    app.database.lose_content(sealed);
    app.database.lose_content(payload);
    let lost = [Part::Payload, Part::Sealed].map(Flaw::Missing).to_vec();
    assert_eq!(damage(&app, &set).await, [(planted.id, lost)]);
}

#[actix_rt::test]
async fn secrets_that_are_gone_or_do_not_open_are_found() {
    let (app, _, set) = backed_up().await;
    let items = app.items(&set).await;
    let planted = items.iter().find(|item| item.name == "Planted").unwrap();
    let index = app.content(set.tenant, planted.parts.sealed.unwrap()).await;
    let digest = index["/preSharedKey"].as_str().unwrap().to_owned();
    let found =
        |flaw: fn(String) -> Flaw| vec![(planted.id, vec![flaw("/preSharedKey".to_owned())])];
    // Another secret of the tenant, which opens as well.
    let (tenant, vault) = (set.tenant, app.vault.clone());
    let other = vault
        .seal(tenant, tenantatlas::vault::Field::CapturedValue, b"other")
        .unwrap();
    let was = digest.clone();
    let digest: Hash = digest.parse().unwrap();
    app.tamper(format!("DELETE FROM sealed_values WHERE digest = '{was}'"))
        .await;
    assert_eq!(damage(&app, &set).await, found(Flaw::ValueMissing));
    for sealed in [other, b"no secret at all".to_vec()] {
        app.write(move |db, now| contents::put_sealed(db, tenant, &[(digest, sealed)], now))
            .await;
        assert_eq!(damage(&app, &set).await, found(Flaw::ValueDamaged));
        app.tamper(format!("DELETE FROM sealed_values WHERE digest = '{was}'"))
            .await;
    }
}

#[actix_rt::test]
async fn what_was_done_to_items_and_sets_themselves_is_found() {
    let (app, _, set) = backed_up().await;
    let items = app.items(&set).await;
    let (one, other) = (&items[0], &items[1]);
    let change = async |assignment: String| {
        app.tamper(format!(
            "UPDATE backup_items SET {assignment} WHERE id = '{}'",
            one.id
        ))
        .await;
    };
    let hash = Hash::of(b"another");
    for (column, own, flaw) in [
        ("state_hash", one.state_hash, Flaw::StateHash),
        ("content_hash", one.content_hash, Flaw::ContentHash),
        ("payload_hash", one.parts.payload, Flaw::ContentHash),
    ] {
        let changed = match column {
            "payload_hash" => other.parts.payload,
            _ => hash,
        };
        change(format!("{column} = '{changed}'")).await;
        let proof = prove(&app, &set).await;
        assert_eq!(proof.damaged.len(), 1, "{column}");
        assert!(proof.damaged[0].flaws.contains(&flaw), "{column}");
        let is_of_set = column == "content_hash";
        assert_eq!(proof.flaws.contains(&SetFlaw::ContentHash), is_of_set);
        change(format!("{column} = '{own}'")).await;
    }
    assert!(prove(&app, &set).await.is_sound());
    app.tamper(format!("DELETE FROM backup_items WHERE id = '{}'", one.id))
        .await;
    let flaws = prove(&app, &set).await.flaws;
    assert!(flaws.contains(&SetFlaw::ItemCount) && flaws.contains(&SetFlaw::ContentHash));
}

#[actix_rt::test]
async fn verification_is_asked_for_written_down_and_told() {
    let (app, _, set) = backed_up().await;
    let api = Api::serve(&app).await;
    let tenant = app.tenant();
    let oscar = api.member(&app, tenant, "oscar", Role::Operator).await;
    let person = app.person(tenant, Role::Operator).await;
    let input = json!({"backupSetId": id(set.id)});
    let verified = oscar.change("verifyBackupSet", input.clone()).await;
    assert_eq!(verified["damagedItems"], json!([]));
    assert_eq!(
        verified["backupSet"]["verifiedAt"],
        "2026-03-02T10:00:30.000Z"
    );
    assert_eq!(verified["backupSet"]["damagedItemCount"], 0);
    assert_eq!(verified["isSound"], true);
    let items = app.items(&set).await;
    let planted = items.iter().find(|item| item.name == "Planted").unwrap();
    flip(&app, planted.parts.payload).await;
    for _ in 0..2 {
        let verified = oscar.change("verifyBackupSet", input.clone()).await;
        assert_eq!(
            verified["damagedItems"],
            json!([{"id": id(planted.id), "name": "Planted"}])
        );
        assert_eq!(verified["backupSet"]["damagedItemCount"], 1);
        assert_eq!(verified["isSound"], false);
    }
    // Once, however often it is found.
    assert_eq!(app.told(person, "CONTENT_DAMAGED").await, 1);
    let told =
        "SELECT severity || ' ' || body AS line FROM notifications WHERE kind = 'CONTENT_DAMAGED'";
    let told = app.lines(told).await.remove(0);
    assert!(told.starts_with("ERROR "), "{told}");
    assert!(
        told.contains("“Planted”") && told.contains(&id(set.id)),
        "{told}"
    );
    let entries =
        "SELECT outcome AS line FROM audit_log WHERE action = 'BACKUP_SET_VERIFIED' ORDER BY id";
    assert_eq!(app.lines(entries).await, ["SUCCEEDED", "FAILED", "FAILED"]);
}

#[actix_rt::test]
async fn the_scrub_finds_damage_by_itself_and_the_next_capture_mends_it() {
    let (app, schedule, set) = backed_up().await;
    let person = app.person(app.tenant(), Role::Operator).await;
    let items = app.items(&set).await;
    let planted = items.iter().find(|item| item.name == "Planted").unwrap();
    let payload = planted.parts.payload;
    let whole = flip(&app, payload).await;
    let known = format!("hash = '{payload}' AND damaged_at IS NOT NULL");
    scrubbed(&app, "contents", &known, 1).await;
    let counted = format!("id = '{}' AND damaged_item_count = 1", set.id);
    assert_eq!(app.count("backup_sets", &counted).await, 1);
    assert_eq!(app.told(person, "CONTENT_DAMAGED").await, 1);
    // Another pass tells nobody again.
    let began = app.lines("SELECT value AS line FROM settings WHERE name = 'pass.scrub'");
    let began = began.await.remove(0);
    let again = format!("name = 'pass.scrub' AND value LIKE '%end' AND value > '{began}'");
    scrubbed(&app, "settings", &again, 1).await;
    assert_eq!(app.told(person, "CONTENT_DAMAGED").await, 1);

    let run = succeeded(&app, &schedule).await;
    assert_eq!(app.count("contents", &known).await, 0);
    assert_eq!(body(&app, payload).await, whole);
    assert_eq!(damage(&app, &set).await, []);
    let second = app.set_of(&run).await.unwrap();
    assert_eq!(second.content_hash, set.content_hash);
    assert_eq!(damage(&app, &second).await, []);
    // And nothing that was whole is read or written anew.
    app.graph.clear_log();
    succeeded(&app, &schedule).await;
    assert_eq!(app.requests("deviceConfigurations/planted").len(), 0);
}

/// Moves the clock on until the scrub has made it so.
pub(crate) async fn scrubbed(app: &TestApp, table: &str, which: &str, count: i64) {
    app.pass(TimeDelta::days(1));
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while app.count(table, which).await != count {
            app.pass(TimeDelta::minutes(1));
        }
    });
    waited.await.expect("the scrub comes to it");
}

#[actix_rt::test]
async fn a_secret_that_was_removed_is_read_anew() {
    let (app, schedule, set) = backed_up().await;
    app.tamper("DELETE FROM sealed_values".to_owned()).await;
    assert!(!prove(&app, &set).await.is_sound());
    app.pass(TimeDelta::hours(1));
    let run = succeeded(&app, &schedule).await;
    let second = app.set_of(&run).await.unwrap();
    assert_eq!(damage(&app, &second).await, []);
    assert_eq!(damage(&app, &set).await, []);
}

#[actix_rt::test]
async fn a_secret_that_changed_goes_with_the_last_set_that_held_it() {
    let (app, schedule, _) = backed_up().await;
    let values = async || app.count("sealed_values", "1 = 1").await;
    let before = values().await;
    let change = |object: &mut Value| object["preSharedKey"] = "another secret".into();
    app.graph
        .edit(app.directory(), "deviceConfigurations", "planted", change);
    for _ in 0..3 {
        read_in_full(&app, &schedule).await;
        app.pass(TimeDelta::days(1));
    }
    assert_eq!(values().await, before + 1);
    app.pass(TimeDelta::days(30));
    app.tick().await;
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while values().await != before {
            app.pass(TimeDelta::milliseconds(100));
        }
    });
    waited.await.expect("the secret goes");
    let ids = "SELECT id AS line FROM backup_sets ORDER BY id";
    let left = app.lines(ids).await.len();
    assert_eq!(left, 3);
    let run = succeeded(&app, &schedule).await;
    let last = app.set_of(&run).await.unwrap();
    assert_eq!(damage(&app, &last).await, []);
}

#[actix_rt::test]
async fn the_command_names_what_is_damaged_and_fails() {
    let (app, _, set) = backed_up().await;
    let shell = Shell::new(&app.database);
    fs::write(shell.path("key"), &app.key).unwrap();
    let (tenant, set_id) = (id(app.tenant()), id(set.id));
    let choices: [&[&str]; 4] = [
        &["verify"],
        &["verify", "--tenant", &tenant],
        &["verify", "--set", &set_id],
        &["verify", "--tenant", &tenant, "--set", &set_id],
    ];
    for choice in choices {
        let ran = shell.run(choice);
        assert!(ran.told.contains("1 backup set"), "{ran:?}");
        assert_eq!(ran.done(), "", "{choice:?}");
    }
    let items = app.items(&set).await;
    let planted = items.iter().find(|item| item.name == "Planted").unwrap();
    flip(&app, planted.parts.payload).await;
    for choice in choices {
        let ran = shell.run(choice);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let line = format!(
            "{tenant} {set_id} {} {PROFILE} \"Planted\": payload: damaged\n",
            id(planted.id)
        );
        assert_eq!(ran.data, line);
        assert!(ran.told.contains("1 item(s) in 1 backup set(s)"), "{ran:?}");
    }
    let other = id(tenantatlas::domain::ids::BackupSetId::mint());
    shell.run(&["verify", "--set", &other]).refused(1);
    shell.run(&["verify", "--set", "nonsense"]).refused(2);
    let author = "action = 'BACKUP_SET_VERIFIED' AND actor_name = 'Command line'";
    assert_eq!(app.count("audit_log", author).await, 8);
}
