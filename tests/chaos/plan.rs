//! What is done to whom, and when: all drawn from the seed before anything begins.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::{
    postgres::Mode,
    settings::{GRACE, SERVERS},
};

/// What is done to one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blow {
    /// SIGKILL, and a new process so long after.
    Kill(Duration),
    /// SIGSTOP, and SIGCONT so long after.
    Freeze(Duration),
    /// No way to the database, until so long after; everything else goes on.
    CutOff(Duration),
    /// SIGTERM, and a new process so long after the old one has ended.
    Stop(Duration),
}

/// What is done to the database: it is stopped so, and started again so long after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Restart(pub(crate) Mode, pub(crate) Duration);

/// All servers killed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blackout {
    /// The full minute of the trial that it surrounds, from 1.
    pub(crate) minute: u32,
    /// How long before that it begins.
    pub(crate) ahead: Duration,
    /// For how long.
    pub(crate) length: Duration,
}

/// One server killed while nothing else is wrong, and many runs wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lone {
    /// The full minute of the trial that it comes after, from 1.
    pub(crate) minute: u32,
    /// How long after that.
    pub(crate) behind: Duration,
    /// Whom; or the next one that has the program that is tried.
    pub(crate) server: usize,
}

/// Something, and the calm before it.
pub(crate) type After<T> = (Duration, T);

/// All that happens in a trial. Each list goes on until the trial is over; what is behind that is
/// left out.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) servers: Vec<Vec<After<Blow>>>,
    pub(crate) database: Vec<After<Restart>>,
    pub(crate) blackouts: Vec<Blackout>,
    pub(crate) lone: Vec<Lone>,
}

impl Plan {
    pub(crate) fn drawn(seed: u64, minutes: u32) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        // More than fit into the time, as each takes some seconds.
        let many = usize::try_from(minutes).expect("a number of minutes") * 20;
        let servers = (0..SERVERS).map(|_| {
            let turns = shuffled(&mut random, many, (0..10).collect());
            let blows = turns.into_iter().map(|turn| blow(&mut random, turn));
            blows.collect()
        });
        let servers = servers.collect();
        let modes = shuffled(&mut random, many, vec![Mode::Fast, Mode::Immediate]);
        let restarts = modes.into_iter().map(|mode| restart(&mut random, mode));
        let database = restarts.collect();
        let blackouts = blackouts(&mut random, minutes);
        Self {
            servers,
            database,
            lone: lone(&mut random, minutes, &blackouts),
            blackouts,
        }
    }
}

fn between(random: &mut StdRng, least: u64, most: u64) -> Duration {
    Duration::from_millis(random.random_range(least..=most))
}

/// So many cards of a deck that is shuffled anew whenever it is used up: each of them soon has its turn.
fn shuffled<T: Copy>(random: &mut StdRng, many: usize, mut deck: Vec<T>) -> Vec<T> {
    let mut drawn = Vec::new();
    while drawn.len() < many {
        deck.shuffle(random);
        drawn.extend(&deck);
    }
    drawn
}

fn blow(random: &mut StdRng, turn: u32) -> After<Blow> {
    let calm = between(random, 4_000, 24_000);
    let blow = match turn {
        0..4 => Blow::Kill(between(random, 0, 6_000)),
        4..6 => Blow::Freeze(between(random, 1_000, 12_000)),
        6..8 => Blow::CutOff(between(random, 1_000, 12_000)),
        _ => Blow::Stop(between(random, 0, 3_000)),
    };
    (calm, blow)
}

fn restart(random: &mut StdRng, mode: Mode) -> After<Restart> {
    let calm = between(random, 15_000, 40_000);
    (calm, Restart(mode, between(random, 0, 4_000)))
}

/// In every third minute one that is too long for slots to be in time, and another that is not.
fn blackouts(random: &mut StdRng, minutes: u32) -> Vec<Blackout> {
    let mut all = Vec::new();
    for first in (1..=minutes).step_by(3) {
        let last = (first + 2).min(minutes);
        let (ahead, beyond) = (between(random, 0, 3_000), between(random, 1_000, 5_000));
        let long = random.random_range(first..=last);
        all.push(Blackout {
            minute: long,
            ahead,
            length: ahead + GRACE + beyond,
        });
        let short = random.random_range(first..=last);
        if short != long {
            all.push(Blackout {
                minute: short,
                ahead: between(random, 0, 3_000),
                length: between(random, 500, 5_000),
            });
        }
    }
    all.sort_by_key(|blackout| blackout.minute);
    all
}

/// In every third minute one, at a time when there is no blackout.
fn lone(random: &mut StdRng, minutes: u32, blackouts: &[Blackout]) -> Vec<Lone> {
    let is_light = |minute: &u32| blackouts.iter().all(|it| it.minute != *minute);
    let starts = (1..=minutes).step_by(3);
    let minutes = starts.filter_map(|first| (first..=(first + 2).min(minutes)).find(is_light));
    minutes
        .map(|minute| Lone {
            minute,
            behind: between(random, 2_000, 5_000),
            server: random.random_range(0..SERVERS),
        })
        .collect()
}
