//! One trial from its seed to its verdict.

use std::{
    mem,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tenantatlas::{
    clock::{Clock, SystemClock},
    domain::global_id::GlobalId,
    store::{PoolSettings, Store},
};
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

use crate::{
    arguments::Options,
    blows::{Window, rain},
    client::Client,
    fleet::Fleet,
    followers::{Follower, Topic},
    judge::{self, Evidence, Testimony, Verified},
    people::People,
    place::Place,
    plan::Plan,
    postgres::Postgres,
    quiet,
    records::Records,
    report::{self, Times},
    settings::{FOLLOWED, GRACE, span},
    takeover::Takeovers,
    waiting::until,
    world::{PEOPLE, Stock, World, next_minute},
};

/// How long followers may take to hear the first of it.
const FIRST_WORDS: Duration = Duration::from_secs(60);

/// How long they may take to hear the last.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// How often the simulated Graph forgets what it was asked, and a day passes there.
const BETWEEN_DAYS: Duration = Duration::from_secs(20);

/// Holds the trial, and tells whether everything held. Somebody who interrupts it leaves nothing behind.
pub(crate) async fn held(options: Options) -> ExitCode {
    eprintln!(
        "chaos: seed {}, {} minute(s)",
        options.seed, options.minutes
    );
    let mut verdict = Verdict {
        seed: options.seed,
        passed: false,
    };
    verdict.passed = tokio::select! {
        passed = run(&options) => passed,
        () = interrupted() => false,
    };
    match verdict.passed {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Names the seed of a trial that was not passed, however it ended.
struct Verdict {
    seed: u64,
    passed: bool,
}

impl Drop for Verdict {
    fn drop(&mut self) {
        if !self.passed {
            eprintln!("chaos: seed {} FAILED", self.seed);
        }
    }
}

async fn interrupted() {
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be heard");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

async fn run(options: &Options) -> bool {
    let begun = Instant::now();
    let mut place = Place::make();
    let postgres = Postgres::start(place.path("postgres"));
    let world = World::start(options.seed);
    let fleet = Fleet::start(&place, &postgres, &world, options.old_program.clone()).await;
    let store = Store::open(
        &postgres.url(),
        PoolSettings::default(),
        Arc::new(SystemClock),
    );
    let store = store.expect("the database answers");
    let mut stock = world.stock(&store, &place.vault, options.seed).await;
    let first_minute = next_minute(SystemClock.now());
    let window = Window {
        until: first_minute + TimeDelta::minutes(options.minutes.into()),
        first_minute,
    };
    stock.schedule(&store, window, options.seed).await;
    let client = Client::new(&fleet.addresses);
    let (runs, news) = followers(&client, &world, &stock);
    let mut people = People::gather(&client, &stock);
    all_are(&runs, &news, Follower::is_let_in).await;
    people.begin().await;
    all_are(&runs, &news, Follower::has_heard).await;
    people.work(options.seed);
    let preparation = begun.elapsed();

    let (plan, begun) = (Plan::drawn(options.seed, options.minutes), Instant::now());
    tokio::select! {
        () = rain(&fleet, &postgres, &plan, window) => {}
        () = days(&world) => {}
    }
    let (chaos, begun) = (begun.elapsed(), Instant::now());

    let asked = people.stop().await;
    world.graph.clear_faults();
    let quiet = quiet::come(&store, &client, &stock).await;
    let (quiet_after, begun) = (begun.elapsed(), Instant::now());

    let (records, runs_heard, news_heard) = last_words(&store, &runs, &news).await;
    // When all is quiet the last slots are settled, even if they were late.
    let settled_until = window.until.max(SystemClock.now() - span(GRACE));
    let (lives, failed_starts) = fleet.stop().await;
    let troubles = fleet.troubles();
    let evidence = Evidence {
        takeovers: Takeovers::of(&records, &lives, &troubles),
        records,
        settled_until,
        runs_heard,
        news_heard,
        asked,
        lives,
        troubles,
        acts: fleet.acts(),
        verified: verify(&place, &postgres).await,
        stuck: quiet.stuck,
        schedules: mem::take(&mut stock.schedules),
    };
    let findings = judge::findings(&evidence);
    let times = Times {
        preparation,
        chaos,
        quiet: quiet_after,
        judgement: begun.elapsed(),
    };
    report::tell(&evidence, failed_starts, quiet.called_off, times);
    let passed = report::judge(&findings);
    if options.keep || !passed {
        place.keep();
    }
    passed
}

/// Somebody who follows, by the stored ID of what is followed.
type Following = (String, Follower);

fn followers(client: &Client, world: &World, stock: &Stock) -> (Vec<Following>, Vec<Following>) {
    let tenants = stock.tenants.iter().take(FOLLOWED).enumerate();
    let runs = tenants.map(|(turn, tenancy)| {
        let topic = Topic::Runs {
            tenant: tenancy.id.to_global(),
        };
        let follower = Follower::of(client, turn, tenancy.token.clone(), topic);
        (tenancy.id.to_string(), follower)
    });
    let people = stock.people.iter().zip(PEOPLE).enumerate();
    let news = people.map(|(turn, (person, (login, _)))| {
        let follower = Follower::of(client, turn, world.sign_in(login), Topic::Notifications);
        (person.to_string(), follower)
    });
    (runs.collect(), news.collect())
}

/// Waits until everybody who follows is let in, or has heard something and so knows where to go on.
async fn all_are(runs: &[Following], news: &[Following], so: fn(&Follower) -> bool) {
    let all = until(FIRST_WORDS, async || {
        let mut all = runs.iter().chain(news);
        all.all(|(_, follower)| so(follower)).then_some(())
    });
    all.await.expect("every follower hears of a first run");
}

/// Waits until everybody who follows has heard everything, and tells what that is and what there is to hear.
async fn last_words(
    store: &Store,
    runs: &[Following],
    news: &[Following],
) -> (Records, Vec<Testimony>, Vec<Testimony>) {
    let hear = async || {
        let records = Records::read(store).await;
        (records, testimonies(runs), testimonies(news))
    };
    let all = until(LAST_WORDS, async || {
        let (records, runs, news) = hear().await;
        let is_all = judge::misheard(&records, &runs, &news).is_empty();
        is_all.then_some((records, runs, news))
    });
    match all.await {
        Some(heard) => heard,
        // The judge says who misheard what.
        None => hear().await,
    }
}

fn testimonies(following: &[Following]) -> Vec<Testimony> {
    let heard = following.iter().map(|(of, follower)| Testimony {
        of: of.clone(),
        heard: follower.heard(),
    });
    heard.collect()
}

/// Lets days pass at Graph, so that there is something new to back up.
async fn days(world: &World) {
    for day in 1.. {
        tokio::time::sleep(BETWEEN_DAYS).await;
        world.graph.clear_log();
        world.graph.move_to_day(day);
    }
}

/// What the program says of what is stored.
async fn verify(place: &Place, postgres: &Postgres) -> Verified {
    let ran = Command::new(env!("CARGO_BIN_EXE_tenantatlas"))
        .arg("verify")
        .env_clear()
        .env("DATABASE_URL", postgres.variable())
        .env("TENANTATLAS_DATA_DIR", place.root())
        .env("TENANTATLAS_SECRET_KEY_FILE", place.path("key"))
        .output()
        .await
        .expect("the program can be run");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Verified {
        is_sound: ran.status.success(),
        told: text(&ran.stdout) + &text(&ran.stderr),
    }
}
