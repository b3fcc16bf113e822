//! The chaos: does to servers and database what the plan says, until the time is over.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{join, join_all};
use tenantatlas::clock::{Clock, SystemClock};

use crate::{
    fleet::{Fleet, Trouble, Whom},
    plan::{After, Blackout, Blow, Plan, Restart},
    postgres::{Mode, Postgres},
    server::Server,
    settings::{SERVERS, span},
};

/// How long before a blackout nothing else is begun: longer than anything takes.
const CALM: Duration = Duration::from_secs(14);

/// All that is done, in the words of the report.
pub(crate) const ACTS: [&str; 7] = [
    "SIGKILL",
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
}

/// Strikes until the window is over. Everything is up when this returns.
pub(crate) async fn rain(fleet: &Fleet, postgres: &Postgres, plan: &Plan, window: Window) {
    let striker = Striker {
        fleet,
        postgres,
        window,
        begun: Instant::now(),
    };
    let servers = plan.servers.iter().enumerate();
    let servers = join_all(servers.map(|(number, blows)| striker.at_server(number, blows)));
    let database = striker.at_database(&plan.database);
    let all = striker.at_all(&plan.blackouts);
    join(servers, join(database, all)).await;
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
            let minute = TimeDelta::minutes(i64::from(blackout.minute) - 1);
            let at = self.window.first_minute + minute - span(blackout.ahead);
            sleep_until(at - span(CALM)).await;
            let mut servers = Vec::new();
            for server in &self.fleet.servers {
                servers.push(server.lock().await);
            }
            sleep_until(at).await;
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
