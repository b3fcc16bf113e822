//! A tenant that is backed up every day of a month.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use rand::{SeedableRng, rngs::StdRng, seq::IteratorRandom};
use serde_json::Value;
use tempfile::TempDir;
use tenantatlas::{
    clock::ManualClock,
    domain::{
        actor::{Actor, Component},
        credential::{Credential, Means, Usage},
        ids::TenantId,
        retention::KeepLast,
        run::{RunStatus, Trigger},
        schedule::{Firing, Schedule},
    },
    graph::{Graph, GraphSettings},
    store::{
        DatabaseUrl, Db, PoolSettings, Store, StoreError, credentials, runs, schedules, tenants,
    },
    vault::{Field, Vault, random_key},
    workers::{
        Deps, WorkerSettings, Workers,
        changes::{self, NewRun, Started},
    },
};
use tenantatlas_simulator::{Simulator, SimulatorOptions, TenantSpec};

use crate::support::rows::{new_schedule, new_tenant};

pub(crate) const DAYS: usize = 30;

/// One of so many objects changes each day.
const ONE_IN: usize = 100;

/// Collections whose objects are changed.
const COLLECTIONS: [&str; 12] = [
    "deviceConfigurations",
    "configurationPolicies",
    "groupPolicyConfigurations",
    "intents",
    "deviceCompliancePolicies",
    "deviceManagementScripts",
    "deviceShellScripts",
    "deviceHealthScripts",
    "mobileApps",
    "conditionalAccessPolicies",
    "assignmentFilters",
    "roleDefinitions",
];

/// The database after the month.
pub(crate) struct Month {
    pub(crate) store: Store,
    pub(crate) tenant: TenantId,
    pub(crate) clock: ManualClock,
    /// Objects of the last set.
    objects: usize,
    /// In all days.
    changes: usize,
    took: Duration,
    first: Taken,
    last: Taken,
    _place: TempDir,
}

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

impl Month {
    /// What the compressed contents of all sets take, in those of the first.
    pub(crate) fn ratio(&self) -> f64 {
        ratio(self.last.contents, self.first.contents)
    }

    pub(super) fn print(&self) {
        println!(
            "{DAYS} sets of {} objects, {} changes in all, in {:.1} s",
            self.objects,
            self.changes,
            self.took.as_secs_f64()
        );
        println!("                      one set       {DAYS} sets   ratio");
        for (what, one, all) in [
            ("contents", self.first.contents, self.last.contents),
            ("names", self.first.names, self.last.names),
            ("items", self.first.items, self.last.items),
            ("database", self.first.database, self.last.database),
        ] {
            println!(
                "{what:<18} {:>9} KiB {:>9} KiB {:>7.2}",
                one / 1024,
                all / 1024,
                ratio(all, one)
            );
        }
    }
}

/// Makes the sets.
pub(crate) async fn backed_up(corpus: Option<&Path>) -> Month {
    let policies = if corpus.is_some() { 0 } else { 2_000 };
    let spec = TenantSpec {
        corpus: corpus.map(Path::to_path_buf),
        ..TenantSpec::numbered(1, 0, policies)
    };
    let graph = Simulator::start(SimulatorOptions {
        tenants: vec![spec.clone()],
        ..SimulatorOptions::default()
    })
    .unwrap();
    let start = "2026-03-02T02:00:00Z".parse().unwrap();
    let clock = ManualClock::new(start);
    let place = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(place.path().join("bench.db"));
    let store = Store::open(&url, PoolSettings::default(), Arc::new(clock.clone())).unwrap();
    let vault = Vault::new(&random_key());
    let graph_url = Some(graph.url().parse().unwrap());
    let settings = GraphSettings {
        graph_url: graph_url.clone(),
        login_url: graph_url,
        ..GraphSettings::default()
    };
    let deps = Deps {
        store: store.clone(),
        vault: vault.clone(),
        graph: Graph::start(settings, Arc::new(ManualClock::eager(start))).unwrap(),
        clock: Arc::new(clock.clone()),
        measures: Arc::default(),
    };
    let workers = Workers::start(deps, WorkerSettings::default());
    let schedule = filled(&store, &vault, &spec, start).await;
    let mut random = StdRng::seed_from_u64(1);
    let mut first = None;
    let (mut objects, mut changes) = (0, 0);
    let begun = Instant::now();
    for day in 0..DAYS {
        if day > 0 {
            clock.advance(TimeDelta::days(1));
            changes += change_some(&graph, &spec, &mut random, objects);
        }
        objects = back_up(&store, &workers, &schedule).await;
        if first.is_none() {
            first = Some(Taken::of(&store).await);
        }
    }
    let wanted = (DAYS - 1) * objects / ONE_IN;
    assert!(changes >= wanted, "{changes} changes, {wanted} wanted");
    let last = Taken::of(&store).await;
    Month {
        store,
        tenant: schedule.tenant,
        clock,
        objects,
        changes,
        took: begun.elapsed(),
        first: first.unwrap(),
        last,
        _place: place,
    }
}

fn ratio(all: i64, one: i64) -> f64 {
    let as_float = |bytes: i64| f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX));
    as_float(all) / as_float(one).max(1.0)
}

/// What is stored, in bytes.
struct Taken {
    /// Compressed bodies of contents.
    contents: i64,
    /// Pages of the names of what items point to.
    names: i64,
    /// Pages of items and of their indexes.
    items: i64,
    /// The file, without what is free in it.
    database: i64,
}

impl Taken {
    async fn of(store: &Store) -> Self {
        let sum = async |query: &'static str| {
            let asked = store.read(move |db: &mut Db| {
                let row: Bytes = sql_query(query).get_result(db)?;
                Ok::<_, StoreError>(row.bytes)
            });
            asked.await.unwrap()
        };
        Self {
            contents: sum("SELECT COALESCE(SUM(LENGTH(body)), 0) AS bytes FROM contents").await,
            names: sum("SELECT SUM(pgsize) AS bytes FROM dbstat WHERE name LIKE '%reference_names%'").await,
            items: sum("SELECT SUM(pgsize) AS bytes FROM dbstat WHERE name LIKE '%backup_items%'").await,
            database: sum(
                "SELECT (c.page_count - f.freelist_count) * p.page_size AS bytes FROM pragma_page_count c, \
                 pragma_freelist_count f, pragma_page_size p",
            )
            .await,
        }
    }
}

async fn filled(store: &Store, vault: &Vault, spec: &TenantSpec, now: DateTime<Utc>) -> Schedule {
    let id = TenantId::mint();
    let mut tenant = new_tenant(id, now);
    tenant.entra_tenant_id = spec.entra_tenant_id;
    tenant.sealed_digest_key = vault.seal(id, Field::DigestKey, &[1; 32]).unwrap();
    let credential = Credential {
        tenant: id,
        means: Means::ClientSecret { expires_at: None },
        client_id: spec.client_id,
        sealed_secret: vault
            .seal(id, Field::Credential, spec.client_secret.as_bytes())
            .unwrap(),
        updated_at: now,
        usage: Usage::default(),
    };
    let mut schedule = new_schedule(id, 0, "02:00", now);
    schedule.firing = Firing::Disabled { reason: None };
    schedule.keep_last = KeepLast::of(365).unwrap();
    let made = schedule.clone();
    let fill = move |db: &mut Db, _| {
        tenants::insert(db, &tenant)?;
        credentials::set(db, &credential)?;
        schedules::insert(db, &made)?;
        Ok::<_, StoreError>(())
    };
    store.write(fill).await.unwrap();
    schedule
}

/// Changes one object in a hundred.
fn change_some(graph: &Simulator, spec: &TenantSpec, random: &mut StdRng, objects: usize) -> usize {
    let directory = spec.entra_tenant_id;
    let all = COLLECTIONS.iter().flat_map(|collection| {
        let objects = graph.objects(directory, collection).into_iter();
        objects.filter_map(|stored| {
            let id = stored.object.get("id").and_then(Value::as_str)?;
            Some((*collection, id.to_owned()))
        })
    });
    let chosen = all.choose_multiple(random, objects.div_ceil(ONE_IN));
    for (collection, id) in &chosen {
        let text = uuid::Uuid::new_v4().to_string();
        let change = move |object: &mut Value| {
            if let Some(object) = object.as_object_mut() {
                object.insert("description".to_owned(), text.into());
            }
        };
        graph.edit(directory, collection, id, change);
    }
    chosen.len()
}

/// Runs the schedule to its end; the number of objects stored.
async fn back_up(store: &Store, workers: &Workers, schedule: &Schedule) -> usize {
    let (asked, tenant) = (schedule.clone(), schedule.tenant);
    let mut announcements = store.announcements();
    let started = store.write(move |db, now| {
        let new = NewRun {
            schedule: &asked,
            trigger: Trigger::Manual,
            full_read: false,
            by: Actor::System(Component::CommandLine),
            origin: Default::default(),
        };
        changes::start(db, &new, now)
    });
    let started: Result<Started, StoreError> = started.await;
    let Started::Queued(run) = started.unwrap() else {
        panic!("another run is active");
    };
    workers.hint(tenant);
    loop {
        let id = run.id;
        let now = store.read(move |db| runs::find(db, tenant, id));
        let now = now.await.unwrap().expect("the run");
        if !now.state.status().is_active() {
            assert_eq!(now.state.status(), RunStatus::Succeeded, "{:?}", now.state);
            return usize::try_from(now.summary.map_or(0, |summary| summary.items)).unwrap();
        }
        let _ = announcements.recv().await;
    }
}
