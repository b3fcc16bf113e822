//! Retention: the newest complete sets stay, and nothing is gone for good.

use chrono::TimeDelta;
use tenantatlas::domain::{
    backup::{BackupSet, DeletionReason},
    kind::PolicyKind,
    retention::KeepLast,
    run::RunStatus,
    schedule::Schedule,
};
use tenantatlas_simulator::{Effect, Fault};

use crate::support::{TestApp, by_hand};

const TWO: [PolicyKind; 2] = [PolicyKind::DeviceConfiguration, PolicyKind::ScopeTag];

/// Runs the schedule once a day: `c` makes a complete set, `i` an incomplete one.
async fn days(app: &TestApp, schedule: &Schedule, letters: &str) -> Vec<BackupSet> {
    let mut sets = Vec::new();
    for letter in letters.chars() {
        app.pass(TimeDelta::days(1));
        if letter == 'i' {
            app.graph
                .fault(Fault::on("*/roleScopeTags", Effect::Denied));
        }
        let run = app.backed_up(schedule).await;
        app.graph.clear_faults();
        let expected = match letter {
            'i' => RunStatus::Partial,
            _ => RunStatus::Succeeded,
        };
        assert_eq!(run.state.status(), expected);
        sets.push(app.set_of(&run).await.unwrap());
    }
    sets
}

/// The letters of the sets with a dot for each that is deleted.
async fn kept(app: &TestApp, sets: &[BackupSet]) -> String {
    let mut letters = String::new();
    for set in sets {
        let (tenant, id) = (set.tenant, set.id);
        let now = app
            .read(move |db| tenantatlas::store::backups::find(db, tenant, id))
            .await
            .expect("the row is still there");
        letters.push(match (&now.deletion, now.is_complete) {
            (Some(deletion), _) => {
                assert_eq!(deletion.reason, DeletionReason::Retention);
                '.'
            }
            (None, true) => 'c',
            (None, false) => 'i',
        });
    }
    letters
}

async fn keeping(app: &TestApp, sets: i32) -> Schedule {
    let schedule = app.schedule("Nightly", &TWO).await;
    keep(app, &schedule, sets).await
}

async fn keep(app: &TestApp, schedule: &Schedule, sets: i32) -> Schedule {
    let before = app.reloaded(schedule).await;
    let after = Schedule {
        keep_last: KeepLast::of(sets).unwrap(),
        revision: before.revision + 1,
        ..before.clone()
    };
    app.change(&before, after.clone()).await;
    after
}

#[actix_rt::test]
async fn the_newest_sets_are_kept_and_older_ones_marked_deleted() {
    let app = TestApp::working(by_hand()).await;
    let schedule = keeping(&app, 3).await;
    let sets = days(&app, &schedule, "ccccc").await;
    assert_eq!(kept(&app, &sets).await, "..ccc");
    assert_eq!(app.audited(app.tenant(), "BACKUP_SET_DELETED").await, 2);
    // A deleted set can still be taken back whole.
    let items = app.items(&sets[0]).await;
    assert_eq!(items.len(), usize::try_from(sets[0].item_count).unwrap());
    for item in &items {
        app.content(sets[0].tenant, item.parts.payload).await;
    }
}

#[actix_rt::test]
async fn an_incomplete_set_goes_with_the_older_complete_one_and_pushes_none_out() {
    let app = TestApp::working(by_hand()).await;
    let schedule = keeping(&app, 2).await;
    let sets = days(&app, &schedule, "cicic").await;
    assert_eq!(kept(&app, &sets).await, "..cic");
}

#[actix_rt::test]
async fn the_newest_complete_set_stays_however_many_incomplete_ones_follow() {
    let app = TestApp::working(by_hand()).await;
    let schedule = keeping(&app, 1).await;
    let sets = days(&app, &schedule, "ciiii").await;
    assert_eq!(kept(&app, &sets).await, "c...i");
}

#[actix_rt::test]
async fn a_smaller_number_takes_effect_at_the_next_run() {
    let app = TestApp::working(by_hand()).await;
    let schedule = keeping(&app, 5).await;
    let mut sets = days(&app, &schedule, "cccc").await;
    let schedule = keep(&app, &schedule, 2).await;
    app.pass(TimeDelta::days(1));
    app.tick().await;
    assert_eq!(kept(&app, &sets).await, "cccc");
    sets.extend(days(&app, &schedule, "c").await);
    assert_eq!(kept(&app, &sets).await, "...cc");
}
