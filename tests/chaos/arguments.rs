//! What the program is started for: by a person, by `cargo test`, or by nextest.

use std::path::PathBuf;

use clap::Parser;

/// The tests of this program, as runners of tests know them: of the judges, and of the servers.
const JUDGES: &str = "judges_see_what_is_broken";
const SERVERS: &str = "nothing_is_lost_when_servers_die";

/// What is tried where nobody names another.
const USUAL_SEED: u64 = 1;

const HOW: &str = "chaos: nothing was tried, because TEST_DATABASE_URL is not set; with PostgreSQL's server programs \
    installed, `cargo test --test chaos -- --seed 1` runs it on a server of its own";

/// Kills, freezes and cuts off servers at random, and checks that nothing is lost.
#[derive(Debug, Parser)]
#[command(name = "chaos")]
struct Arguments {
    /// What everything random about the trial comes from
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How long there is chaos
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=600))]
    minutes: Option<u32>,
    /// Another version of the program: one server begins with it, and each that is stopped comes back
    /// with the other one
    #[arg(long, value_name = "FILE")]
    old_program: Option<PathBuf>,
    /// Keeps the directory of the trial, with the logs of all servers, also when it is passed
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    runner: Runner,
}

/// What runners of tests say.
#[derive(Debug, clap::Args)]
struct Runner {
    #[arg(long, hide = true)]
    list: bool,
    #[arg(long, hide = true)]
    ignored: bool,
    #[arg(long, hide = true)]
    exact: bool,
    #[arg(long, hide = true)]
    skip: Vec<String>,
    #[arg(hide = true)]
    filters: Vec<String>,
    /// Understood, and without effect here.
    #[command(flatten)]
    moot: Moot,
}

#[derive(Debug, clap::Args)]
struct Moot {
    #[arg(long, hide = true)]
    format: Option<String>,
    #[arg(long, hide = true)]
    include_ignored: bool,
    #[arg(long, hide = true)]
    nocapture: bool,
    #[arg(long, hide = true)]
    no_capture: bool,
    #[arg(long, hide = true)]
    show_output: bool,
    #[arg(long, short, hide = true)]
    quiet: bool,
    #[arg(long, hide = true)]
    color: Option<String>,
    #[arg(long, hide = true)]
    test_threads: Option<String>,
}

/// A trial that somebody wants.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) seed: u64,
    pub(crate) minutes: u32,
    pub(crate) old_program: Option<PathBuf>,
    pub(crate) keep: bool,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Order {
    /// Name the tests.
    List(Vec<&'static str>),
    /// Carry them out.
    Tests {
        /// That of the judges, which takes no time.
        judges: bool,
        /// The trial of the servers, or why there is none.
        servers: Result<Options, &'static str>,
    },
}

impl Order {
    /// What this process was started for.
    pub(crate) fn given() -> Self {
        let has_postgres = std::env::var("TEST_DATABASE_URL").is_ok_and(|url| !url.is_empty());
        Self::of(Arguments::parse(), has_postgres)
    }

    fn of(arguments: Arguments, has_postgres: bool) -> Self {
        let Arguments {
            seed,
            minutes,
            old_program,
            keep,
            runner,
        } = arguments;
        if runner.list {
            let names = [JUDGES, SERVERS].into_iter();
            return Self::List(names.filter(|name| runner.means(name)).collect());
        }
        let is_wanted = seed.is_some() || minutes.is_some() || old_program.is_some();
        let options = Options {
            seed: seed.unwrap_or(USUAL_SEED),
            minutes: minutes.unwrap_or(3),
            old_program,
            keep,
        };
        let servers = match (runner.means(SERVERS), is_wanted || has_postgres) {
            (true, true) => Ok(options),
            (true, false) => Err(HOW),
            (false, _) => Err("chaos: no trial of servers was asked for"),
        };
        Self::Tests {
            judges: runner.means(JUDGES),
            servers,
        }
    }
}

impl Runner {
    /// Whether a test is among those that are asked for. None is an ignored one.
    fn means(&self, name: &str) -> bool {
        let matches = |filter: &String| match self.exact {
            true => filter == name,
            false => name.contains(filter.as_str()),
        };
        let is_named = self.filters.is_empty() || self.filters.iter().any(matches);
        !self.ignored && is_named && !self.skip.iter().any(matches)
    }
}
