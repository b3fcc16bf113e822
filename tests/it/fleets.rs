//! Several dispatchers on one database, and long random histories: no slot twice, none out of time.

use std::{collections::HashSet, ops::Range};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{RunQueryDsl, sql_query};
use futures_util::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tenantatlas::{
    domain::{
        ids::ScheduleId,
        kind::PolicyKind,
        recurrence::Recurrence,
        schedule::{Firing, Schedule},
        slot::{Slot, next_slot},
    },
    store::Store,
    workers::dispatch::{Decision, Verdict, dispatch_due},
};

use crate::support::{TestApp, daily, dispatch_only, instant, sql_instant};

const ONE: [PolicyKind; 1] = [PolicyKind::ScopeTag];

/// Dispatchers of one database. Servers on PostgreSQL have opened it each for itself; the embedded
/// database has one server.
const DISPATCHERS: usize = 8;

const DUE: usize = 10_000;

#[actix_rt::test]
async fn eight_dispatchers_make_one_run_per_slot() {
    let app = TestApp::with_tenants(50, dispatch_only()).await;
    for tenant in app.tenants.clone() {
        app.schedules_of(tenant, DUE / 50, &ONE).await;
    }
    app.clock.set(instant("2026-03-03T01:00:00Z"));
    let grace = dispatch_only().grace;
    let open = |_| match app.database.is_embedded() {
        true => app.store.clone(),
        false => app.opened_again(),
    };
    let servers: Vec<Store> = (0..DISPATCHERS).map(open).collect();
    let rounds = servers.iter().map(|server| dispatch_due(server, grace));
    let rounds = join_all(rounds).await;
    let made: Vec<Decision> = rounds.into_iter().flat_map(Result::unwrap).collect();
    let schedules: HashSet<ScheduleId> = made.iter().map(|made| made.schedule).collect();
    assert_eq!((made.len(), schedules.len()), (DUE, DUE));
    for (table, is_made) in [
        ("runs", "status = 'QUEUED'"),
        ("run_events", "previous_status IS NULL"),
        ("audit_log", "action = 'RUN_DISPATCHED'"),
    ] {
        assert_eq!(app.count(table, is_made).await, 10_000, "{table}");
    }
}

const RULES: [(&str, &str); 6] = [
    ("02:30", "America/New_York"),
    ("02:00", "Europe/Berlin"),
    ("00:00", "Africa/Casablanca"),
    ("23:30", "America/Nuuk"),
    ("01:45", "Australia/Lord_Howe"),
    ("12:00", "UTC"),
];

#[actix_rt::test]
async fn no_history_fires_a_slot_twice_or_out_of_time() {
    let seed = rand::random();
    eprintln!("seed {seed}");
    let mut history = History::begun(seed).await;
    for _ in 0..200 {
        history.step().await;
    }
    assert!(
        history.fired.len() > 20,
        "only {} slots",
        history.fired.len()
    );
}

/// What a random history did and saw.
struct History {
    app: TestApp,
    other_server: Store,
    random: StdRng,
    schedules: Vec<Schedule>,
    /// Every rule that a schedule had.
    rules: Vec<(ScheduleId, Recurrence)>,
    fired: HashSet<(ScheduleId, DateTime<Utc>)>,
}

impl History {
    /// Begins where the clocks of half the world change.
    async fn begun(seed: u64) -> Self {
        let app = TestApp::dispatcher().await;
        app.clock.set(instant("2026-03-07T00:00:00Z"));
        let mut history = Self {
            other_server: app.opened_again(),
            app,
            random: StdRng::seed_from_u64(seed),
            schedules: Vec::new(),
            rules: Vec::new(),
            fired: HashSet::new(),
        };
        for (time, zone) in RULES {
            let (rule, tenant) = (daily(time, zone), history.app.tenant());
            let made = history.app.schedule_at(tenant, zone, &ONE, rule.clone());
            let schedule = made.await;
            history.rules.push((schedule.id, rule));
            history.schedules.push(schedule);
        }
        history
    }

    async fn step(&mut self) {
        match self.random.random_range(0..100) {
            0..5 => self.pass(-7_200..0),
            5..10 => self.pass(3_600..300_000),
            10..25 => self.edit().await,
            25..45 => self.pass(60..300),
            _ => self.pass_until_somebody_is_due().await,
        }
        self.tick().await;
        if self.random.random_bool(0.7) {
            self.end_all_runs().await;
        }
    }

    fn pass(&mut self, seconds: Range<i64>) {
        let length = TimeDelta::seconds(self.random.random_range(seconds));
        self.app.pass(length);
    }

    async fn pass_until_somebody_is_due(&mut self) {
        let mut due = Vec::new();
        for schedule in &self.schedules {
            if let Firing::Enabled(pointer) = self.app.reloaded(schedule).await.firing {
                due.push(pointer.dispatch_at);
            }
        }
        let lateness = TimeDelta::seconds(self.random.random_range(0..400));
        if let Some(first) = due.into_iter().min() {
            self.app
                .clock
                .set(self.app.clock_now().max(first + lateness));
        }
    }

    /// One server ticks while another dispatches.
    async fn tick(&mut self) {
        let there = dispatch_due(&self.other_server, dispatch_only().grace);
        let (here, there) = tokio::join!(self.app.workers.tick(), there);
        for made in here.unwrap().into_iter().chain(there.unwrap()) {
            self.judge(&made);
        }
    }

    fn judge(&mut self, made: &Decision) {
        let grace = TimeDelta::minutes(5);
        let (slot, in_time) = match made.verdict {
            Verdict::Queued(slot) | Verdict::Skipped(slot) => (slot, true),
            Verdict::Missed(slot, _) => (slot, false),
            Verdict::Disabled(ref reason) => panic!("disabled: {reason}"),
        };
        let age = self.app.clock_now() - slot.at;
        assert_eq!(
            (TimeDelta::zero()..=grace).contains(&age),
            in_time,
            "{made:?}"
        );
        assert!(self.is_real(made.schedule, slot), "{made:?}");
        if in_time {
            let is_new = self.fired.insert((made.schedule, slot.at));
            assert!(is_new, "twice: {made:?}");
        }
    }

    fn is_real(&self, schedule: ScheduleId, slot: Slot) -> bool {
        let just_before = slot.at - TimeDelta::nanoseconds(1);
        let mut rules = self.rules.iter().filter(|(of, _)| *of == schedule);
        rules.any(|(_, rule)| next_slot(rule, just_before) == Ok(slot))
    }

    /// Somebody renames, disables, enables or gives a new rule to a schedule.
    async fn edit(&mut self) {
        let schedule = self.schedules.choose(&mut self.random).unwrap();
        let before = self.app.reloaded(schedule).await;
        let mut after = before.clone();
        after.revision += 1;
        match self.random.random_range(0..4) {
            0 => after.name = format!("{} {}", after.id, after.revision).parse().unwrap(),
            1 => after.firing = Firing::Disabled { reason: None },
            2 => after.firing = self.app.firing_from_now(&after),
            _ => {
                let (time, zone) = RULES.choose(&mut self.random).unwrap();
                after.recurrence = Ok(daily(time, zone));
                after.firing = self.app.firing_from_now(&after);
                self.rules.push((after.id, daily(time, zone)));
            }
        }
        self.app.change(&before, after).await;
    }

    async fn end_all_runs(&self) {
        let now = sql_instant(self.app.clock_now());
        let end = format!(
            "UPDATE runs SET status = 'SUCCEEDED', finished_at = '{now}' WHERE status = 'QUEUED'"
        );
        self.app
            .write(move |db, _| Ok(sql_query(end).execute(db)?))
            .await;
    }
}
