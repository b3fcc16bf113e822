//! The chaos: does to servers and database what the plan says, until the time is over.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{join, join_all};
use tenantatlas::clock::{Clock, SystemClock};
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    fleet::{Fleet, Trouble, Whom},
    plan::{After, Blackout, Blow, Lone, Plan, Restart},
    postgres::{Mode, Postgres},
    server::Server,
    settings::{SERVERS, TOLD_WITHIN, span},
};

/// How long before a blackout, or a kill that is to be alone, nothing else is begun: longer than anything takes.
const CALM: Duration = Duration::from_secs(14);

/// All that is done, in the words of the report.
pub(crate) const ACTS: [&str; 8] = [
    "SIGKILL",
    "SIGKILL alone",
    "SIGSTOP",
    "cut off",
    "SIGTERM",
    "database restarted",
    "database crashed",
    "blackout",
];

/// How long there is chaos.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) until: DateTime<Utc>,
    /// The first full minute in it. It lasts as many minutes from then on as somebody wants.
    pub(crate) first_minute: DateTime<Utc>,
}

impl Window {
    /// The beginning of one of its minutes, from 1.
    fn at(&self, minute: u32) -> DateTime<Utc> {
        self.first_minute + TimeDelta::minutes(i64::from(minute) - 1)
    }

    fn is_over(&self) -> bool {
        SystemClock.now() >= self.until
    }
}

/// Who strikes.
struct Striker<'a> {
    fleet: &'a Fleet,
    postgres: &'a Postgres,
    window: Window,
    begun: Instant,
    /// Held by who restarts the database, and by who wants that it is not.
    database: Mutex<()>,
}

/// Strikes until the window is over. Everything is up when this returns.
pub(crate) async fn rain(fleet: &Fleet, postgres: &Postgres, plan: &Plan, window: Window) {
    let striker = Striker {
        fleet,
        postgres,
        window,
        begun: Instant::now(),
        database: Mutex::default(),
    };
    let servers = plan.servers.iter().enumerate();
    let servers = join_all(servers.map(|(number, blows)| striker.at_server(number, blows)));
    let database = striker.at_database(&plan.database);
    let all = striker.at_all(&plan.blackouts);
    let one = striker.at_one(&plan.lone);
    join(join(servers, one), join(database, all)).await;
    fleet.revive().await;
}

impl Striker<'_> {
    async fn at_server(&self, number: usize, blows: &[After<Blow>]) {
        for (calm, blow) in blows {
            tokio::time::sleep(*calm).await;
            let mut server = self.fleet.servers[number].lock().await;
            if self.window.is_over() {
                return;
            }
            server.revive().await;
            let from = SystemClock.now();
            self.strike(number, &mut server, *blow).await;
            self.note(Whom::Server(number), from);
        }
    }

    async fn strike(&self, number: usize, server: &mut Server, blow: Blow) {
        match blow {
            Blow::Kill(down) => {
                self.tell("SIGKILL", format!("server {number} for {down:?}"));
                server.kill().await;
                tokio::time::sleep(down).await;
                server.start().await;
            }
            Blow::Freeze(length) => {
                self.tell("SIGSTOP", format!("server {number} for {length:?}"));
                server.freeze().await;
                tokio::time::sleep(length).await;
                server.thaw().await;
            }
            Blow::CutOff(length) => {
                self.tell("cut off", format!("server {number} for {length:?}"));
                self.postgres.cut_off(number).await;
                tokio::time::sleep(length).await;
                self.postgres.let_in(number).await;
            }
            Blow::Stop(down) => {
                self.tell("SIGTERM", format!("server {number} for {down:?}"));
                server.stop().await;
                tokio::time::sleep(down).await;
                server.start().await;
            }
        }
    }

    async fn at_database(&self, restarts: &[After<Restart>]) {
        for (calm, Restart(mode, down)) in restarts {
            tokio::time::sleep(*calm).await;
            let _database = self.database.lock().await;
            if self.window.is_over() {
                return;
            }
            let act = match mode {
                Mode::Fast => "database restarted",
                Mode::Immediate => "database crashed",
            };
            self.tell(act, format!("for {down:?}"));
            let from = SystemClock.now();
            self.postgres.restart(*mode, *down).await;
            self.note(Whom::Database, from);
        }
    }

    async fn at_all(&self, blackouts: &[Blackout]) {
        for blackout in blackouts {
            let at = self.window.at(blackout.minute) - span(blackout.ahead);
            let mut servers = self.calm_at(at).await;
            self.tell("blackout", format!("for {:?}", blackout.length));
            let from = SystemClock.now();
            for server in &mut servers {
                server.kill().await;
            }
            tokio::time::sleep(blackout.length).await;
            join_all(servers.iter_mut().map(|server| server.start())).await;
            (0..SERVERS).for_each(|number| self.note(Whom::Server(number), from));
        }
    }

    async fn at_one(&self, lone: &[Lone]) {
        for lone in lone {
            let at = self.window.at(lone.minute) + span(lone.behind);
            let mut servers = self.calm_at(at).await;
            let _database = self.database.lock().await;
            // What the other program does is not measured; it may not say who it is.
            let numbers = (lone.server..lone.server + SERVERS).map(|number| number % SERVERS);
            let mut current = numbers.filter(|number| servers[*number].is_current());
            let number = current.next().unwrap_or(lone.server);
            let server = &mut servers[number];
            self.tell("SIGKILL alone", format!("server {number}"));
            let from = SystemClock.now();
            server.kill().await;
            tokio::time::sleep(TOLD_WITHIN).await;
            server.start().await;
            self.note(Whom::Server(number), from);
        }
    }

    /// Waits until a time at which nothing has been done to any server for a while; nothing is until these
    /// are given back.
    async fn calm_at(&self, at: DateTime<Utc>) -> Vec<MutexGuard<'_, Server>> {
        sleep_until(at - span(CALM)).await;
        let mut servers = Vec::new();
        for server in &self.fleet.servers {
            servers.push(server.lock().await);
        }
        sleep_until(at).await;
        servers
    }

    fn tell(&self, act: &'static str, more: String) {
        eprintln!("{:7.1} s  {act} {more}", self.begun.elapsed().as_secs_f64());
        self.fleet.note_act(act);
    }

    fn note(&self, whom: Whom, from: DateTime<Utc>) {
        let until = SystemClock.now();
        self.fleet.note_trouble(Trouble { whom, from, until });
    }
}

async fn sleep_until(at: DateTime<Utc>) {
    if let Ok(left) = (at - SystemClock.now()).to_std() {
        tokio::time::sleep(left).await;
    }
}
