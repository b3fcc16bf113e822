//! What a run stores goes in a few statements, however much it is: each row as if it had gone alone.

use std::collections::HashSet;

use chrono::TimeDelta;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use tenantatlas::{
    domain::{canonical::Hash, capture::Content, kind::PolicyKind, policy::Listed},
    store::{
        contents::{self, Packed},
        damage, policies,
    },
};

use crate::support::{TestApp, dispatch_only, sql_instant};

/// More than one statement takes.
const MANY: usize = 1_200;

fn packed(number: usize) -> Packed {
    Packed::new(&Content::of(&json!({"number": number}))).unwrap()
}

/// One that stays as large when it is compressed.
fn large(seed: u64) -> Packed {
    let mut random = StdRng::seed_from_u64(seed);
    let text: String = (0..1_500_000)
        .map(|_| char::from(random.random_range(b' '..=b'~')))
        .collect();
    Packed::new(&Content::of(&json!({"text": text}))).unwrap()
}

#[actix_rt::test]
async fn contents_are_stored_once_each_however_many_and_large_they_are() {
    let app = TestApp::working(dispatch_only()).await;
    let tenant = app.tenant();
    let mut many: Vec<Packed> = (0..MANY).map(packed).collect();
    many.extend((0..3).map(large));
    // The same object may stand in a run several times.
    many.extend((0..MANY).step_by(100).map(packed));
    let hashes: Vec<Hash> = many.iter().map(|packed| packed.hash).collect();
    let stored = many.clone();
    app.write(move |db, now| contents::put(db, tenant, &stored, now))
        .await;
    let mut expected: Vec<Hash> = hashes.clone();
    expected.sort();
    expected.dedup();
    assert_eq!(expected.len(), MANY + 3);
    assert_eq!(app.content_hashes().await, expected);
    let asked = expected.clone();
    let whole = app.read(move |db| contents::bytes_of(db, tenant, &asked));
    assert_eq!(whole.await.len(), MANY + 3);

    app.pass(TimeDelta::minutes(1));
    let (damaged, absent) = (hashes[700], packed(MANY).hash);
    app.write(move |db, now| damage::mark(db, tenant, damaged, now))
        .await;
    let mut asked = hashes.clone();
    asked.push(absent);
    let known = app.write(move |db, now| contents::touch(db, tenant, &asked, now));
    let mut there: HashSet<Hash> = expected.iter().copied().collect();
    there.remove(&damaged);
    assert_eq!(known.await, there);
    let touched = format!("last_used_at >= '{}'", sql_instant(app.clock_now()));
    let some = i64::try_from(MANY + 2).unwrap();
    assert_eq!(app.count("contents", &touched).await, some);

    app.pass(TimeDelta::minutes(1));
    app.write(move |db, now| contents::put(db, tenant, &many, now))
        .await;
    let touched = format!("last_used_at >= '{}'", sql_instant(app.clock_now()));
    assert_eq!(app.count("contents", &touched).await, some + 1);
    assert_eq!(app.count("contents", "damaged_at IS NOT NULL").await, 0);
}

#[actix_rt::test]
async fn sealed_values_are_stored_once_each_and_the_first_stays() {
    let app = TestApp::working(dispatch_only()).await;
    let tenant = app.tenant();
    let digest = |number: usize| Hash::of(&number.to_le_bytes());
    let sealed = |text: &'static [u8]| (0..MANY).map(move |n| (digest(n), text.to_vec()));
    let first: Vec<(Hash, Vec<u8>)> = sealed(b"first").chain(sealed(b"first")).collect();
    app.write(move |db, now| contents::put_sealed(db, tenant, &first, now))
        .await;
    app.pass(TimeDelta::minutes(1));
    let second: Vec<(Hash, Vec<u8>)> = sealed(b"second").collect();
    app.write(move |db, now| contents::put_sealed(db, tenant, &second, now))
        .await;
    let stored = app.read(move |db| contents::sealed(db, tenant, digest(900)));
    assert_eq!(stored.await, Some(b"first".to_vec()));
    let used = format!("last_used_at >= '{}'", sql_instant(app.clock_now()));
    let all = i64::try_from(MANY).unwrap();
    assert_eq!(app.count("sealed_values", &used).await, all);

    app.pass(TimeDelta::minutes(1));
    let asked: Vec<Hash> = (0..=MANY).map(digest).collect();
    let known = app.write(move |db, now| contents::touch_sealed(db, tenant, &asked, now));
    assert_eq!(known.await, (0..MANY).map(digest).collect());
    let used = format!("last_used_at >= '{}'", sql_instant(app.clock_now()));
    assert_eq!(app.count("sealed_values", &used).await, all);
}

fn listed(number: usize, name: &str) -> Listed {
    Listed {
        graph_id: format!("object-{number}"),
        name: format!("{name} {number}"),
        description: None,
        created_at: None,
        modified_at: None,
        sub_kind: None,
    }
}

#[actix_rt::test]
async fn objects_that_were_renamed_keep_their_identity() {
    let app = TestApp::working(dispatch_only()).await;
    let tenant = app.tenant();
    let kind = PolicyKind::ScopeTag;
    let sync = async |list: Vec<Listed>| {
        app.write(move |db, now| policies::sync(db, tenant, kind, &list, now))
            .await
    };
    let before = sync((0..MANY).map(|n| listed(n, "Old")).collect()).await;
    let first_seen = sql_instant(app.clock_now());
    app.pass(TimeDelta::minutes(1));
    let mut renamed: Vec<Listed> = (1..MANY).map(|n| listed(n, "New")).collect();
    renamed.push(listed(1, "New"));
    let mut after = sync(renamed).await;
    after.insert("object-0".to_owned(), before["object-0"]);
    assert_eq!(after, before);
    let seen = sql_instant(app.clock_now());
    let others = i64::try_from(MANY - 1).unwrap();
    for (which, count) in [
        (format!("first_seen_at = '{first_seen}'"), others + 1),
        (
            format!(
                "name_folded LIKE 'new %' AND name LIKE 'New %' AND last_seen_at = '{seen}' AND missing_since IS NULL"
            ),
            others,
        ),
        (format!("name = 'Old 0' AND missing_since = '{seen}'"), 1),
    ] {
        assert_eq!(app.count("policies", &which).await, count, "{which}");
    }
}
