//! What was promised, beside what is. Each figure comes with its share of the target, so that a glance
//! tells how far off it is; what can be a ratio of two things measured in this run is one.

use std::{path::Path, time::Duration};

use crate::{
    actors, api, requests, start, storage,
    support::numbers::number,
    tick::{self, Ticks},
};

/// A promise and what became of it.
struct Row {
    what: String,
    measured: String,
    target: String,
    /// Of the target: at most 1 where it holds.
    share: f64,
}

/// How a figure is written.
#[derive(Clone, Copy)]
enum Unit {
    Ratio,
    Seconds,
    Milliseconds,
    Mebibytes,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Ratio => format!("{value:.2}"),
            Self::Seconds => format!("{value:.2} s"),
            Self::Milliseconds => format!("{:.2} ms", value * 1_000.0),
            Self::Mebibytes => format!("{value:.0} MiB"),
        }
    }
}

fn at_most(what: impl Into<String>, unit: Unit, measured: f64, target: f64) -> Row {
    Row {
        what: what.into(),
        measured: unit.show(measured),
        target: format!("at most {}", unit.show(target)),
        share: measured / target,
    }
}

fn at_least(what: impl Into<String>, unit: Unit, measured: f64, target: f64) -> Row {
    Row {
        what: what.into(),
        measured: unit.show(measured),
        target: format!("at least {}", unit.show(target)),
        share: target / measured,
    }
}

/// Prints each promise as soon as it is measured; tells whether all of them hold.
pub(crate) async fn measure(corpus: Option<&Path>) -> bool {
    println!(
        "{:<66} {:>10}  {:<18} share of it",
        "what", "measured", "target"
    );
    let mut all_hold = true;
    let mut print = |rows: Vec<Row>| {
        for row in rows {
            let mark = if row.share <= 1.0 { "" } else { "  BROKEN" };
            all_hold &= row.share <= 1.0;
            println!(
                "{:<66} {:>10}  {:<18} {:>6.2}{mark}",
                row.what, row.measured, row.target, row.share
            );
        }
    };
    print(backups().await);
    print(tick::measure().await.iter().flat_map(ticks).collect());
    print(vec![month(corpus).await]);
    print(vec![graphql().await]);
    print(vec![memory()]);
    print(starts().await);
    all_hold
}

async fn backups() -> Vec<Row> {
    let small = requests::frugality(300).await;
    let large = requests::frugality(2_000).await;
    let mut rows = Vec::new();
    for of in [&small, &large] {
        let objects = of.objects;
        rows.push(at_most(
            format!("requests of a first backup of {objects} objects, in a plain client's"),
            Unit::Ratio,
            of.first,
            1.0 / 3.0,
        ));
        rows.push(at_most(
            format!("requests of a quiet run of {objects}, in pages and kinds without marker"),
            Unit::Ratio,
            of.quiet,
            1.0,
        ));
    }
    let objects = large.objects;
    rows.push(at_most(
        format!("processor time of a first backup of {objects} objects"),
        Unit::Seconds,
        large.processor,
        2.0,
    ));
    rows.push(at_most(
        "memory of the server while it makes that",
        Unit::Mebibytes,
        number(large.peak_mib),
        150.0,
    ));
    rows
}

fn ticks(of: &Ticks) -> Vec<Row> {
    let row = |what: &str, unit, took: Duration, target| {
        let what = format!("a tick with 100,000 schedules, {what}, {}", of.database);
        at_most(what, unit, took.as_secs_f64(), target)
    };
    vec![
        row("none due", Unit::Milliseconds, of.idle, 0.002),
        row("1,000 due", Unit::Milliseconds, of.busy, 1.0),
    ]
}

async fn month(corpus: Option<&Path>) -> Row {
    let whose = corpus.map_or("made-up", |_| "real");
    let month = storage::backed_up(corpus).await;
    at_most(
        format!(
            "{} daily sets of {whose} policies, in bytes of one",
            storage::DAYS
        ),
        Unit::Ratio,
        month.ratio(),
        1.5,
    )
}

async fn graphql() -> Row {
    at_least(
        "throughput of tenant { backupRuns(first: 50) }, in a bare handler's",
        Unit::Ratio,
        api::ratio().await,
        0.5,
    )
}

fn memory() -> Row {
    at_most(
        "10,000 tenants with an idle actor each",
        Unit::Mebibytes,
        number(actors::measure().after) / 1_024.0,
        100.0,
    )
}

async fn starts() -> Vec<Row> {
    let starts = start::measure().await;
    let row = |what, took: Duration| at_most(what, Unit::Milliseconds, took.as_secs_f64(), 1.0);
    vec![
        row("start to ready", starts.median()),
        row("the first start, which makes the database", starts.first),
    ]
}
