//! A server that is killed while it purges, with captures beside it: nothing that a set refers to is lost, and
//! the next server goes on.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::Value;
use tenantatlas::{
    domain::{
        actor::{Actor, Component},
        canonical::Hash,
        kind::PolicyKind,
        run::Trigger,
        schedule::Schedule,
    },
    store::{Db, backups, schedules, tenants},
    workers::{
        changes::{self, NewRun},
        proof::Prover,
    },
};

use crate::{
    housekeeping::{breath, breaths},
    purge::referenced,
    restart::{Mortal, Server, has_active_runs, has_running_runs, mortal},
    reuse::some_id,
    support::{TestApp, dispatch_only, instant, kinds::collection, until},
};

const KILLS: usize = 5;

const KINDS: [PolicyKind; 3] = [
    PolicyKind::DeviceConfiguration,
    PolicyKind::SettingsCatalog,
    PolicyKind::PowershellScript,
];

/// Between two runs: of the three sets that are kept, each is purged some runs later.
const STRIDE: TimeDelta = TimeDelta::days(11);

/// The process that is killed. Each of its rounds is a run of every schedule, with housekeeping beside it.
#[actix_rt::test]
async fn a_server_that_keeps_house() {
    let Some(Mortal {
        clock,
        store,
        workers,
    }) = mortal()
    else {
        return;
    };
    let mut served = 0;
    loop {
        let tenants = store.read(tenants::all).await.unwrap();
        let id = tenants[0].id;
        let schedules = store.read(move |db| schedules::of_tenant(db, id)).await;
        for schedule in schedules.unwrap() {
            // A transaction for each: whoever has told of a run locks no further schedule.
            let started = store.write(move |db, now| {
                let new = NewRun {
                    schedule: &schedule,
                    trigger: Trigger::Manual,
                    full_read: false,
                    by: Actor::System(Component::CommandLine),
                    origin: Default::default(),
                };
                changes::start(db, &new, now)
            });
            started.await.unwrap();
        }
        workers.hint(id);
        workers.tick().await.unwrap();
        // The clock is moved only for those who wait for it: it would outrun the leases of runs on a machine
        // that is busy.
        while store.read(has_active_runs).await.unwrap() {
            let waits = breaths(&clock);
            if waits > served {
                clock.advance(breath());
                served = waits;
            }
            if !store.read(has_running_runs).await.unwrap() {
                // One that another server has left behind waits for its time.
                clock.advance(TimeDelta::seconds(10));
                workers.tick().await.unwrap();
            }
        }
        clock.advance(STRIDE);
    }
}

#[actix_rt::test]
async fn a_purge_that_is_killed_at_any_moment_loses_nothing_that_is_referred_to() {
    let app = TestApp::working(dispatch_only()).await;
    let mut schedules = Vec::new();
    for name in ["One", "Other"] {
        schedules.push(app.schedule(name, &KINDS).await);
    }
    let seed = rand::random();
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut born_at = instant("2026-03-05T10:00:00Z");
    for _ in 0..KILLS {
        app.graph.clear_log();
        let server = Server::of(&app, born_at, "purge_killed::a_server_that_keeps_house");
        let requests = random.random_range(60..600);
        let mut seen = 0;
        while seen < requests {
            let next = seen + random.random_range(1..40);
            until(|| app.graph.log().len() >= next).await;
            seen = app.graph.log().len();
            edit(&app, &mut random);
        }
        drop(server);
        born_at = newest_run(&app, &schedules).await + STRIDE;
        app.clock.set(born_at);
        // It ends the run that was cut short, and goes on with the purge.
        app.tick().await;
        all_is_whole(&app).await;
    }
    app.pass(TimeDelta::days(2));
    app.tick().await;
    loop {
        let left = app.count("backup_sets", "purged_at IS NOT NULL").await;
        let contents: BTreeSet<Hash> = app.content_hashes().await.into_iter().collect();
        if left == 0 && contents == referenced(&app).await {
            break;
        }
        app.pass(TimeDelta::minutes(10));
        app.tick().await;
    }
    assert!(app.count("purged_sets", "1 = 1").await > 0);
    all_is_whole(&app).await;
    // Each of the many runs asked anew for what another was refused.
    app.graph.clear_log();
}

async fn newest_run(app: &TestApp, schedules: &[Schedule]) -> DateTime<Utc> {
    let mut newest = app.clock_now();
    for schedule in schedules {
        let runs = app.runs_of(schedule).await;
        newest = runs
            .iter()
            .map(|run| run.created_at)
            .fold(newest, DateTime::max);
    }
    newest
}

/// Changes some object.
fn edit(app: &TestApp, random: &mut StdRng) {
    let kind = *KINDS.choose(random).unwrap();
    let id = some_id(app, kind, random.random_range(0..2));
    let text = random.random::<u64>().to_string();
    let change = move |object: &mut Value| object["description"] = text.into();
    app.graph
        .edit(app.directory(), collection(kind), &id, change);
}

/// What `verify` says of every set, after whatever has happened.
async fn all_is_whole(app: &TestApp) {
    let id = app.tenant();
    let look = move |db: &mut Db| {
        let tenant = tenants::find(db, id)?.unwrap();
        Ok((tenant, backups::following(db, id, None, 1_000)?))
    };
    let (tenant, sets) = app.read(look).await;
    let mut prover = Prover::new(app.store.clone(), app.vault.clone(), &tenant).unwrap();
    for set in sets {
        let proof = prover.check(&set, |_| {}).await.unwrap();
        let id = set.id;
        let is_there = app.read(move |db| backups::anywhere(db, id)).await;
        // The server under test goes on meanwhile, and may purge what is being looked at.
        assert!(proof.is_sound() || is_there.is_none(), "{proof:#?}");
    }
}
