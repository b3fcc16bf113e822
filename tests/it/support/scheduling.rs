//! Steps of stories about slots and runs: ticks at chosen instants, and what the tables say then.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};
use tenantatlas::{
    domain::{
        actor::{Actor, Component},
        failure::FailureCode,
        ids::{MemberId, RunId, TenantId, UserId},
        pointer::Timetable,
        role::Role,
        run::{Outcome, Run, RunState, RunStatus, Trigger},
        schedule::{Firing, Schedule},
    },
    store::{
        Claim, StoreError,
        events::{self, RunEvent},
        members::{self, User},
        runs, schedules,
    },
    workers::{
        WorkerSettings, Workers,
        changes::{self, Cancel, NewRun, Started},
        dispatch::Decision,
    },
};

use super::{Setup, TestApp};

/// A server that ticks only when it is told to.
pub(crate) fn by_hand() -> WorkerSettings {
    WorkerSettings {
        tick: Duration::from_secs(300 * 365 * 24 * 60 * 60),
        ..WorkerSettings::default()
    }
}

/// As [`by_hand`], and no run is carried out.
pub(crate) fn dispatch_only() -> WorkerSettings {
    WorkerSettings {
        places: 0,
        ..by_hand()
    }
}

/// The answer to a query for one number, called so.
#[derive(QueryableByName)]
pub(crate) struct Number {
    #[diesel(sql_type = sql_types::BigInt)]
    pub(crate) number: i64,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = sql_types::Text)]
    id: String,
}

impl TestApp {
    /// A server with one tenant that ticks when told, and only queues.
    pub(crate) async fn dispatcher() -> Self {
        Self::working(dispatch_only()).await
    }

    /// A server with one tenant under these settings, which are by hand.
    pub(crate) async fn working(workers: WorkerSettings) -> Self {
        Self::with_tenants(1, workers).await
    }

    pub(crate) async fn with_tenants(tenants: usize, workers: WorkerSettings) -> Self {
        let app = Self::with(Setup {
            tenants,
            workers,
            ..Setup::default()
        })
        .await;
        // The tick that a server makes by itself at its start is over once two more are.
        app.tick().await;
        app.tick().await;
        app
    }

    /// One more server on the same database.
    pub(crate) fn another_server(&self, settings: WorkerSettings) -> Workers {
        Workers::start(self.deps.clone(), settings)
    }

    pub(crate) async fn tick(&self) -> Vec<Decision> {
        self.workers.tick().await.unwrap()
    }

    /// Sets the clock and ticks.
    pub(crate) async fn tick_at(&self, at: &str) -> Vec<Decision> {
        self.clock.set(instant(at));
        self.tick().await
    }

    /// The schedule as it is now.
    pub(crate) async fn reloaded(&self, schedule: &Schedule) -> Schedule {
        let (tenant, id) = (schedule.tenant, schedule.id);
        self.read(move |db| schedules::find(db, tenant, id))
            .await
            .unwrap()
    }

    /// Writes a changed schedule as an edit does.
    pub(crate) async fn change(&self, before: &Schedule, after: Schedule) {
        let revision = before.revision;
        let written = self
            .write(move |db, _| schedules::update(db, &after, revision))
            .await;
        assert_eq!(written, Some(Claim::Ours));
    }

    /// What a schedule waits for that is enabled, or given its rule, now.
    pub(crate) fn firing_from_now(&self, schedule: &Schedule) -> Firing {
        let timetable = Timetable {
            schedule: schedule.id,
            recurrence: schedule.recurrence.as_ref().unwrap(),
        };
        Firing::Enabled(timetable.pointer_after(self.clock_now()).unwrap())
    }

    /// All runs of a schedule in the order of their making.
    pub(crate) async fn runs_of(&self, schedule: &Schedule) -> Vec<Run> {
        let (tenant, id) = (schedule.tenant, schedule.id);
        let query = format!("SELECT id FROM runs WHERE schedule_id = '{id}' ORDER BY id");
        self.read(move |db| {
            let rows: Vec<Id> = sql_query(query).load(db)?;
            let found = rows.iter().map(|row| {
                let run: RunId = row.id.parse().unwrap();
                Ok(runs::find(db, tenant, run)?.unwrap())
            });
            found.collect()
        })
        .await
    }

    /// Where all runs of a schedule stand.
    pub(crate) async fn statuses(&self, schedule: &Schedule) -> Vec<RunStatus> {
        let runs = self.runs_of(schedule).await;
        runs.iter().map(|run| run.state.status()).collect()
    }

    /// The number of rows of a table that fit a condition.
    pub(crate) async fn count(&self, table: &str, condition: &str) -> i64 {
        let query = format!("SELECT COUNT(*) AS number FROM {table} WHERE {condition}");
        let counted: Number = self
            .read(move |db| Ok(sql_query(query).get_result(db)?))
            .await;
        counted.number
    }

    /// Writes to the tables by hand, as no part of the product would.
    pub(crate) async fn tamper(&self, statement: String) {
        let changed = self
            .write(move |db, _| Ok(sql_query(statement).execute(db)?))
            .await;
        assert!(changed > 0, "nothing was there to be changed");
    }

    /// Ends a run as if it had been carried out.
    pub(crate) async fn pretend_success(&self, run: &Run) {
        let (id, now) = (run.id, sql_instant(self.clock_now()));
        self.tamper(format!(
            "UPDATE runs SET status = 'SUCCEEDED', finished_at = '{now}', owner = NULL, lease_until = NULL \
             WHERE id = '{id}'"
        ))
        .await;
    }

    pub(crate) fn clock_now(&self) -> DateTime<Utc> {
        self.store.now()
    }

    /// A person who is told what happens in a tenant.
    pub(crate) async fn person(&self, tenant: TenantId, role: Role) -> UserId {
        let id = UserId::mint();
        let user = User {
            id,
            issuer: "https://issuer.example".to_owned(),
            subject: id.to_string(),
            display_name: role.to_string(),
            email: None,
        };
        self.write(move |db, now| {
            members::insert_user(db, &user, now)?;
            let by = Actor::System(Component::CommandLine);
            members::insert(db, MemberId::mint(), tenant, id, role, &by, now)
        })
        .await;
        id
    }

    /// How many messages of a kind a person was sent.
    pub(crate) async fn told(&self, person: UserId, kind: &str) -> i64 {
        self.count(
            "notifications",
            &format!("user_id = '{person}' AND kind = '{kind}'"),
        )
        .await
    }

    /// How many times the audit log tells of an action in a tenant.
    pub(crate) async fn audited(&self, tenant: TenantId, action: &str) -> i64 {
        self.count(
            "audit_log",
            &format!("tenant_id = '{tenant}' AND action = '{action}'"),
        )
        .await
    }

    /// The events of a tenant from the first.
    pub(crate) async fn events(&self, tenant: TenantId) -> Vec<RunEvent> {
        self.read(move |db| events::after(db, tenant, 0, 10_000))
            .await
    }

    /// Queues a run by hand and tells nobody.
    pub(crate) async fn queue(&self, schedule: &Schedule, trigger: Trigger) -> Run {
        let schedule = schedule.clone();
        let started = self
            .write(move |db, now| {
                let new = NewRun {
                    schedule: &schedule,
                    trigger,
                    full_read: false,
                    by: Actor::System(Component::CommandLine),
                    origin: Default::default(),
                };
                changes::start(db, &new, now)
            })
            .await;
        let Started::Queued(run) = started else {
            panic!("not queued: {started:?}");
        };
        run
    }

    /// Asks for a run to stop, in the database alone.
    pub(crate) async fn ask_to_stop(&self, run: &Run) -> Cancel {
        let run = run.clone();
        let asked = self.store.write_telling(move |db, notices, now| {
            let by = Actor::System(Component::CommandLine);
            changes::request_cancel(db, &run, (&by, &Default::default()), notices, now)
        });
        let asked: Result<_, StoreError> = asked.await;
        asked.unwrap()
    }

    /// How often an actor has begun to wait for orders, which it does when a run has landed.
    pub(crate) fn rests(&self) -> usize {
        let idle = TimeDelta::from_std(by_hand().idle).unwrap();
        let waits = self.clock.waits();
        waits.iter().filter(|wait| **wait == idle).count()
    }

    /// The run once it is as wanted; asks again and again, for what is not announced.
    pub(crate) async fn eventually(&self, run: &Run, is_so: impl Fn(&Run) -> bool) -> Run {
        let asked = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let now = self.run(run).await;
                if is_so(&now) {
                    return now;
                }
            }
        });
        asked.await.expect("the run becomes as wanted")
    }
}

/// Resolves once something outside the database is so.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let asked = tokio::time::timeout(Duration::from_secs(60), async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    });
    asked.await.expect("it becomes so");
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// An instant as it stands in the tables.
pub(crate) fn sql_instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Why a run failed, if it has.
pub(crate) fn failure_of(run: &Run) -> Option<FailureCode> {
    match &run.state {
        RunState::Ended { outcome, .. } => outcome.failure().map(|failure| failure.code),
        RunState::Queued { .. } | RunState::Running { .. } => None,
    }
}

/// How many slots a run stands for that were missed.
pub(crate) fn missed_slots(run: &Run) -> Option<(u32, DateTime<Utc>)> {
    if let RunState::Ended {
        outcome: Outcome::Missed { count, last_at },
        ..
    } = run.state
    {
        return Some((count, last_at));
    }
    None
}

/// The slot that a run was made for.
pub(crate) fn slot_of(run: &Run) -> Option<DateTime<Utc>> {
    match run.trigger {
        Trigger::Scheduled(slot) => Some(slot.at),
        Trigger::Manual | Trigger::Retry(_) => None,
    }
}
