//! People who look at schedules and act: run one now, retry what failed, call off what is under way.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};
use tenantatlas::{
    clock::{Clock, SystemClock},
    domain::{
        global_id::GlobalId,
        ids::{RunId, ScheduleId, TenantId},
        schedule::Schedule,
        slot::next_slot,
    },
};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::{
    client::Client,
    settings::{FOLLOWED, OPERATORS, SCHEDULES},
    world::Stock,
};

/// How long before a slot somebody is impatient.
const NEAR: TimeDelta = TimeDelta::seconds(3);

const LOOK: &str =
    "query($id: ID!) { node(id: $id) { ... on BackupSchedule { lastRun { id status } } } }";
const RUN: &str = "mutation($input: RunBackupScheduleNowInput!) {
    done: runBackupScheduleNow(input: $input) { run { id } isReplay userErrors { code } }
}";
const RETRY: &str = "mutation($input: RetryBackupScheduleRunInput!) {
    done: retryBackupScheduleRun(input: $input) { run { id } isReplay userErrors { code } }
}";
const CANCEL: &str = "mutation($input: CancelBackupScheduleRunInput!) {
    done: cancelBackupScheduleRun(input: $input) { run { id status } userErrors { code } }
}";

/// What people asked for, and what they were answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Runs of schedules that were asked for, by hand or again: how many keys were used.
    pub(crate) keys: BTreeMap<ScheduleId, usize>,
    /// Runs that people were told they have.
    pub(crate) promised: Vec<RunId>,
    /// Runs that people were told will stop.
    pub(crate) called_off: Vec<RunId>,
    /// Answers that were those to an earlier request with the same key.
    pub(crate) replays: usize,
    /// Requests that nobody answered for long.
    pub(crate) unanswered: usize,
    /// Answers that nobody should be given.
    pub(crate) wrong: Vec<String>,
}

/// People at work.
#[derive(Debug)]
pub(crate) struct People {
    client: Client,
    posts: Vec<Post>,
    asked: Arc<Mutex<Asked>>,
    go_home: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

/// A schedule, and the token of somebody who may act on it.
#[derive(Clone, Debug)]
struct Post {
    tenant: TenantId,
    schedule: ScheduleId,
    /// Its slot in the time of the trial.
    slot: DateTime<Utc>,
    token: String,
}

impl People {
    /// People who do nothing yet.
    pub(crate) fn gather(client: &Client, stock: &Stock) -> Self {
        Self {
            client: client.clone(),
            posts: posts(stock),
            asked: Arc::default(),
            go_home: Arc::default(),
            tasks: Vec::new(),
        }
    }

    /// Asks for one run in each tenant that is followed.
    pub(crate) async fn begin(&self) {
        let mut somebody = self.operator(0);
        for post in self.posts.iter().step_by(SCHEDULES).take(FOLLOWED) {
            somebody.attend(post).await;
        }
    }

    /// Sets everybody to work.
    pub(crate) fn work(&mut self, seed: u64) {
        for n in 1..=OPERATORS {
            let operator = self.operator(seed.wrapping_mul(OPERATORS + 1).wrapping_add(n));
            self.tasks
                .push(tokio::spawn(operator.work(self.go_home.clone())));
        }
    }

    fn operator(&self, seed: u64) -> Operator {
        Operator {
            client: self.client.clone(),
            posts: self.posts.clone(),
            asked: self.asked.clone(),
            random: StdRng::seed_from_u64(seed),
        }
    }

    /// Waits until everybody has the last answer.
    pub(crate) async fn stop(self) -> Asked {
        self.go_home.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("somebody who works to the end");
        }
        let asked = self.asked.lock().unwrap();
        asked.clone()
    }
}

fn posts(stock: &Stock) -> Vec<Post> {
    let tenants: BTreeMap<TenantId, &str> = stock
        .tenants
        .iter()
        .map(|tenancy| (tenancy.id, tenancy.token.as_str()))
        .collect();
    let schedules = stock.schedules.iter();
    let posts = schedules.map(|schedule| Post {
        tenant: schedule.tenant,
        schedule: schedule.id,
        slot: first_slot(schedule),
        token: tenants[&schedule.tenant].to_owned(),
    });
    posts.collect()
}

fn first_slot(schedule: &Schedule) -> DateTime<Utc> {
    let recurrence = schedule.recurrence.as_ref().expect("a rule that holds");
    let slot = next_slot(recurrence, schedule.created_at).expect("a slot");
    slot.at
}

struct Operator {
    client: Client,
    posts: Vec<Post>,
    asked: Arc<Mutex<Asked>>,
    random: StdRng,
}

impl Operator {
    async fn work(mut self, go_home: Arc<AtomicBool>) {
        while !go_home.load(Ordering::Relaxed) {
            let post = self.choice();
            self.attend(&post).await;
            let pause = self.random.random_range(200..3_000);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    /// Any schedule; rather one whose slot is near, if there is one, for the run to be in its way.
    fn choice(&mut self) -> Post {
        let now = SystemClock.now();
        let is_near = |post: &&Post| (now..now + NEAR).contains(&post.slot);
        let near: Vec<&Post> = self.posts.iter().filter(is_near).collect();
        let any = self.posts.choose(&mut self.random);
        near.choose(&mut self.random)
            .copied()
            .or(any)
            .expect("a post")
            .clone()
    }

    /// Looks at a schedule's last run, and acts on it.
    async fn attend(&mut self, post: &Post) {
        let look = json!({"id": post.schedule.to_global()});
        let Some(seen) = self.answer(post, LOOK, &look).await else {
            return;
        };
        let last = &seen["node"]["lastRun"];
        let id = last["id"].clone();
        match last["status"].as_str() {
            Some("QUEUED" | "RUNNING") => {
                let input = json!({"input": {"runId": id}});
                self.done(post, CANCEL, input, Self::note_called_off).await;
            }
            Some("FAILED" | "PARTIAL" | "CANCELLED") => {
                let input = json!({"input": {"runId": id, "idempotencyKey": self.key(post)}});
                self.done(post, RETRY, input, Self::note_promised).await;
            }
            _ => {
                let input = json!({"input": {"scheduleId": post.schedule.to_global(), "idempotencyKey": self.key(post)}});
                self.done(post, RUN, input, Self::note_promised).await;
                // Now and then somebody thinks better of it.
                if self.random.random_bool(0.2) {
                    Box::pin(self.attend(post)).await;
                }
            }
        }
    }

    fn key(&mut self, post: &Post) -> String {
        let mut asked = self.asked.lock().unwrap();
        *asked.keys.entry(post.schedule).or_default() += 1;
        Uuid::from_u128(self.random.random()).to_string()
    }

    async fn done(
        &mut self,
        post: &Post,
        mutation: &str,
        input: Value,
        note: fn(&mut Asked, RunId, bool),
    ) {
        let Some(answer) = self.answer(post, mutation, &input).await else {
            return;
        };
        let done = &answer["done"];
        let run = done["run"]["id"].as_str().map(RunId::from_global);
        let mut asked = self.asked.lock().unwrap();
        match run {
            Some(run) => {
                let is_replay = done["isReplay"].as_bool().unwrap_or_default();
                note(&mut asked, run.expect("an ID of a run"), is_replay);
            }
            // Somebody else was first, or the run has ended meanwhile; the answer has to say so.
            None if done["userErrors"]
                .as_array()
                .is_some_and(|errors| !errors.is_empty()) => {}
            None => asked.wrong.push(format!("{mutation} answered {answer}")),
        }
    }

    fn note_promised(asked: &mut Asked, run: RunId, is_replay: bool) {
        asked.promised.push(run);
        asked.replays += usize::from(is_replay);
    }

    fn note_called_off(asked: &mut Asked, run: RunId, _: bool) {
        asked.called_off.push(run);
    }

    async fn answer(&mut self, post: &Post, query: &str, variables: &Value) -> Option<Value> {
        let turn = self.random.random_range(0..1_000);
        let answer = self.client.ask(turn, &post.token, query, variables).await;
        let mut asked = self.asked.lock().unwrap();
        match answer {
            Ok(data) => Some(data),
            Err(None) => {
                asked.unanswered += 1;
                None
            }
            Err(Some(codes)) => {
                let tenant = post.tenant.to_global();
                asked
                    .wrong
                    .push(format!("{codes} in {tenant} to {query} {variables}"));
                None
            }
        }
    }
}

/// Calls a run off, as people do who will not wait for its next attempt.
pub(crate) async fn call_off(
    client: &Client,
    token: &str,
    run: RunId,
) -> Result<(), Option<String>> {
    let input = json!({"input": {"runId": run.to_global()}});
    client.ask(0, token, CANCEL, &input).await.map(drop)
}
