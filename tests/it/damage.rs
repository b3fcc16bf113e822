//! What is lost, and not only altered: it is noticed, told once, and read anew where Microsoft still has it.

use chrono::TimeDelta;
use serde_json::json;
use tenantatlas::{
    domain::{canonical::Hash, capture::Content, ids::TenantId, role::Role},
    store::{
        contents::{self, Packed},
        damage as marks,
    },
};

use crate::{
    proof::{backed_up, damage, scrubbed},
    reuse::succeeded,
    support::{
        TestApp,
        client::{Api, id},
        metrics::Scrape,
    },
};

#[actix_rt::test]
async fn a_set_that_lost_items_is_not_sound_and_people_are_told_once() {
    let (app, _, set) = backed_up().await;
    let api = Api::serve(&app).await;
    let tenant = app.tenant();
    let oscar = api.member(&app, tenant, "oscar", Role::Operator).await;
    let person = app.person(tenant, Role::Operator).await;
    let items = app.items(&set).await;
    let lose = async |at: usize| {
        let id = items[at].id;
        app.tamper(format!("DELETE FROM backup_items WHERE id = '{id}'"))
            .await;
    };
    let verify = async || {
        let input = json!({"backupSetId": id(set.id)});
        oscar.change("verifyBackupSet", input).await
    };
    lose(0).await;
    for _ in 0..2 {
        let verified = verify().await;
        assert_eq!(verified["isSound"], false);
        assert_eq!(verified["damagedItems"], json!([]));
        assert_eq!(verified["backupSet"]["damagedItemCount"], 1);
        assert_eq!(app.told(person, "CONTENT_DAMAGED").await, 1);
    }
    let told = "SELECT body AS line FROM notifications WHERE kind = 'CONTENT_DAMAGED'";
    let told = app.lines(told).await.remove(0);
    assert!(told.contains(&id(set.id)), "{told}");
    // Another one is something new.
    lose(1).await;
    assert_eq!(verify().await["backupSet"]["damagedItemCount"], 2);
    assert_eq!(app.told(person, "CONTENT_DAMAGED").await, 2);
}

/// A sealed value as it is stored.
async fn sealed(app: &TestApp, tenant: TenantId, digest: Hash) -> Option<Vec<u8>> {
    app.read(move |db| contents::sealed(db, tenant, digest))
        .await
}

#[actix_rt::test]
async fn the_scrub_notices_what_is_missing_and_secrets_that_do_not_open() {
    let (app, schedule, set) = backed_up().await;
    let tenant = app.tenant();
    let person = app.person(tenant, Role::Operator).await;
    let items = app.items(&set).await;
    let planted = items.iter().find(|item| item.name == "Planted").unwrap();
    let index = planted.parts.sealed.expect("a secret");
    let names = app.content(tenant, index).await;
    let digest: Hash = names["/preSharedKey"].as_str().unwrap().parse().unwrap();
    let mut broken = sealed(&app, tenant, digest).await.expect("it is stored");
    *broken.last_mut().unwrap() ^= 1;
    app.tamper(format!(
        "DELETE FROM sealed_values WHERE digest = '{digest}'"
    ))
    .await;
    let put = vec![(digest, broken)];
    app.write(move |db, now| contents::put_sealed(db, tenant, &put, now))
        .await;
    let references = planted.parts.references.expect("references");
    for hash in [planted.parts.payload, references] {
        app.database.lose_content(hash);
    }
    scrubbed(&app, "contents", "damaged_at IS NOT NULL", 3).await;
    let counted = |told: &Scrape| told.sum("tenantatlas_scrub_findings_total") >= 3.0;
    let findings = app.scraped(None, counted).await;
    let findings = findings.beyond_zero("tenantatlas_scrub_findings_total");
    assert_eq!(findings, ["1 secret", "2 content"]);
    assert_eq!(app.told(person, "CONTENT_DAMAGED").await, 1);
    let counted = format!("id = '{}' AND damaged_item_count > 0", set.id);
    assert_eq!(app.count("backup_sets", &counted).await, 1);
    // Known now, and nobody is told again, by whoever finds it.
    assert_eq!(sealed(&app, tenant, digest).await, None);
    let api = Api::serve(&app).await;
    let oscar = api.lasting_client(&app, tenant, Role::Operator).await;
    let verify = async || {
        let input = json!({"backupSetId": id(set.id)});
        oscar.change("verifyBackupSet", input).await
    };
    assert_eq!(verify().await["isSound"], false);
    let began = app.lines("SELECT value AS line FROM settings WHERE name = 'pass.scrub'");
    let began = began.await.remove(0);
    let again = format!("name = 'pass.scrub' AND value LIKE '%end' AND value > '{began}'");
    scrubbed(&app, "settings", &again, 1).await;
    assert_eq!(app.told(person, "CONTENT_DAMAGED").await, 1);
    // Microsoft still has all of it.
    succeeded(&app, &schedule).await;
    assert_eq!(app.count("contents", "damaged_at IS NOT NULL").await, 0);
    assert_eq!(damage(&app, &set).await, []);
    let verified = verify().await;
    assert_eq!(verified["isSound"], true);
    assert_eq!(verified["backupSet"]["damagedItemCount"], 0);
}

#[actix_rt::test]
async fn a_secret_sealed_with_a_key_that_is_not_at_hand_stays() {
    let (app, _, set) = backed_up().await;
    let tenant = app.tenant();
    let items = app.items(&set).await;
    let planted = items.iter().find(|item| item.name == "Planted").unwrap();
    let names = app.content(tenant, planted.parts.sealed.unwrap()).await;
    let digest: Hash = names["/preSharedKey"].as_str().unwrap().parse().unwrap();
    let other = tenantatlas::vault::Vault::new(&tenantatlas::vault::random_key());
    let field = tenantatlas::vault::Field::CapturedValue;
    let foreign = other.seal(tenant, field, b"of another server").unwrap();
    let put = vec![(digest, foreign.clone())];
    app.tamper(format!(
        "DELETE FROM sealed_values WHERE digest = '{digest}'"
    ))
    .await;
    app.write(move |db, now| contents::put_sealed(db, tenant, &put, now))
        .await;
    let api = Api::serve(&app).await;
    let oscar = api.member(&app, tenant, "oscar", Role::Operator).await;
    let input = json!({"backupSetId": id(set.id)});
    let verified = oscar.change("verifyBackupSet", input).await;
    assert_eq!(verified["isSound"], false);
    assert_eq!(sealed(&app, tenant, digest).await, Some(foreign));
    assert_eq!(app.count("contents", "damaged_at IS NOT NULL").await, 0);
}

#[actix_rt::test]
async fn any_number_of_damaged_contents_is_written_down_at_once() {
    // SQLite takes 32,766 parameters in a statement, and an item has five parts.
    const MANY: usize = 7_000;
    let (app, _, set) = backed_up().await;
    let tenant = app.tenant();
    let items = app.items(&set).await;
    let planted = items.iter().find(|item| item.name == "Planted").unwrap();
    let many = (0..MANY).map(|n| Packed::new(&Content::of(&json!({"number": n}))).unwrap());
    let many: Vec<Packed> = many.collect();
    let mut hashes: Vec<Hash> = many.iter().map(|packed| packed.hash).collect();
    hashes.push(planted.parts.payload);
    app.pass(TimeDelta::minutes(1));
    let harm = app.write(move |db, now| {
        contents::put(db, tenant, &many, now)?;
        for hash in &hashes {
            assert!(marks::mark(db, tenant, *hash, now)?);
        }
        marks::note_in_sets(db, tenant)?;
        marks::harm(db, tenant, now)
    });
    let harm = harm.await;
    assert_eq!(harm.names, ["Planted"]);
    assert_eq!((harm.objects, harm.set_count), (1, 1));
    assert_eq!(harm.sets, [set.id]);
    let counted = format!("id = '{}' AND damaged_item_count = 1", set.id);
    assert_eq!(app.count("backup_sets", &counted).await, 1);
}
