//! People and programs that use the server, and a Graph that changes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};
use tenantatlas::domain::global_id::GlobalId;
use tenantatlas_simulator::Simulator;
use tokio::{task::JoinSet, time::timeout};
use uuid::Uuid;

use super::Deeds;
use crate::support::{
    program::{Caller, Program},
    socket::{next, subscribe},
    stock::Stocked,
};

/// Those who change schedules, start runs, look at sets and differences.
const EDITORS: u64 = 4;

/// Those who follow a tenant for a while and go again.
const VISITORS: u64 = 10;

/// Between two deeds of one of them.
const PAUSE: Duration = Duration::from_millis(250);

/// How long a visitor waits for an event before it goes.
const VISIT: Duration = Duration::from_secs(10);

/// Between two changes at Graph.
const CHANGE: Duration = Duration::from_millis(200);

const UPDATE: &str = "mutation($input: UpdateBackupScheduleInput!) { done: updateBackupSchedule(input: $input) { schedule { id revision } userErrors { code } } }";
const DISABLE: &str = "mutation($input: DisableBackupScheduleInput!) { done: disableBackupSchedule(input: $input) { schedule { id } userErrors { code } } }";
const ENABLE: &str = "mutation($input: EnableBackupScheduleInput!) { done: enableBackupSchedule(input: $input) { schedule { id } userErrors { code } } }";
const RUN: &str = "mutation($input: RunBackupScheduleNowInput!) { done: runBackupScheduleNow(input: $input) { run { id } userErrors { code } } }";
const LOOK: &str = "query($tenant: ID!) { tenant(id: $tenant) { backupSets(first: 2) { nodes { id itemCount } } \
    backupRuns(first: 20) { nodes { id status summary { itemCount } } } auditLog(first: 20) { nodes { id action } } } }";
const DIFF: &str = "query($base: ID!, $target: ID!) { backupSetDiff(baseId: $base, targetId: $target) { \
    changedCount entries(first: 10) { nodes { name changes { path before after } } } } }";

/// Everything that is under way; dropping it ends it at once.
pub(super) struct Load {
    tasks: JoinSet<()>,
    is_over: Arc<AtomicBool>,
}

impl Load {
    /// Ends everything if somebody was answered what they should not have been.
    pub(super) fn check(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            ended.expect("everybody is served");
        }
    }

    /// Lets everybody finish what they are at.
    pub(super) async fn stop(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Whoever waits for an event waits no longer.
        tokio::time::sleep(VISIT).await;
        self.check();
        self.tasks.shutdown().await;
    }
}

#[derive(Clone)]
struct World {
    caller: Caller,
    graph: Arc<Simulator>,
    stocked: Arc<Vec<Stocked>>,
    deeds: Arc<Deeds>,
    is_over: Arc<AtomicBool>,
}

pub(super) async fn start(
    server: &Program,
    graph: &Arc<Simulator>,
    stocked: &Arc<Vec<Stocked>>,
    subscribers: usize,
    deeds: &Arc<Deeds>,
) -> Load {
    let world = World {
        caller: server.caller.clone(),
        graph: graph.clone(),
        stocked: stocked.clone(),
        deeds: deeds.clone(),
        is_over: Arc::default(),
    };
    let mut tasks = JoinSet::new();
    for n in 0..subscribers {
        tasks.spawn_local(world.clone().follow(n));
    }
    for n in 0..VISITORS {
        tasks.spawn_local(world.clone().visit(n));
    }
    for n in 0..EDITORS {
        tasks.spawn_local(world.clone().edit(n));
    }
    let is_over = world.is_over.clone();
    tasks.spawn_local(world.change());
    Load { tasks, is_over }
}

impl World {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn any(&self, random: &mut StdRng) -> Stocked {
        self.stocked.choose(random).unwrap().clone()
    }

    async fn ask(&self, of: &Stocked, query: &str, variables: Value) -> Value {
        Deeds::add(&self.deeds.requests);
        self.caller.ask(&of.token, query, variables).await
    }

    /// Follows one tenant to the end.
    async fn follow(self, n: usize) {
        let of = &self.stocked[n % self.stocked.len()];
        let mut socket = subscribe(&self.caller.root, &of.token, &of.id.to_global()).await;
        Deeds::add(&self.deeds.connections);
        while self.goes_on() {
            next(&mut socket).await;
            Deeds::add(&self.deeds.events);
        }
    }

    /// Follows some tenant until something happens there, and goes without a word every second time.
    async fn visit(self, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed);
        while self.goes_on() {
            let of = self.any(&mut random);
            let mut socket = subscribe(&self.caller.root, &of.token, &of.id.to_global()).await;
            Deeds::add(&self.deeds.connections);
            if timeout(VISIT, next(&mut socket)).await.is_ok() {
                Deeds::add(&self.deeds.events);
            }
            if random.random_bool(0.5) {
                // The server may have closed it meanwhile, which is the same.
                let _ = socket.close(None).await;
            }
        }
    }

    async fn edit(self, seed: u64) {
        let mut random = StdRng::seed_from_u64(1_000 + seed);
        while self.goes_on() {
            let of = self.any(&mut random);
            let schedule = of.schedules.choose(&mut random).unwrap().to_global();
            let of_schedule = json!({"input": {"scheduleId": schedule}});
            match random.random_range(0..10) {
                0..=2 => {
                    let key = Uuid::new_v4();
                    let input = json!({"input": {"scheduleId": schedule, "idempotencyKey": key}});
                    self.ask(&of, RUN, input).await;
                }
                3..=5 => {
                    let name = format!("Schedule {}", random.random::<u32>());
                    let input = json!({"input": {"scheduleId": schedule, "name": name}});
                    self.ask(&of, UPDATE, input).await;
                }
                6 => {
                    self.ask(&of, DISABLE, of_schedule.clone()).await;
                    self.ask(&of, ENABLE, of_schedule).await;
                }
                _ => self.look(&of, random.random_bool(0.3)).await,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Looks at a tenant's lists, at what changed between its newest sets, and may download one.
    async fn look(&self, of: &Stocked, downloads: bool) {
        let tenant = of.id.to_global();
        let answer = self.ask(of, LOOK, json!({ "tenant": tenant })).await;
        let sets = &answer["tenant"]["backupSets"]["nodes"];
        let [newest, before] = [0, 1].map(|n| sets[n]["id"].as_str());
        if let (Some(target), Some(base)) = (newest, before) {
            let between = json!({"base": base, "target": target});
            self.ask(of, DIFF, between).await;
        }
        if let (true, Some(set)) = (downloads, newest) {
            self.caller.download(&of.token, set).await;
            Deeds::add(&self.deeds.exports);
        }
    }

    /// Somebody changes policies at Graph.
    async fn change(self) {
        let mut random = StdRng::seed_from_u64(2_000);
        while self.goes_on() {
            let directory = self.any(&mut random).entra;
            let collection =
                ["configurationPolicies", "deviceConfigurations"][random.random_range(0..2)];
            let objects = self.graph.objects(directory, collection);
            let chosen = objects.choose(&mut random);
            if let Some(id) = chosen.and_then(|stored| stored.object["id"].as_str()) {
                let text = Uuid::new_v4().to_string();
                self.graph.edit(directory, collection, id, |object| {
                    object["description"] = text.into();
                });
                Deeds::add(&self.deeds.changes);
            }
            tokio::time::sleep(CHANGE).await;
        }
    }
}
