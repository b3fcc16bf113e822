//! What was seen of the server, and whether any of it grew.

use std::{fs, path::Path, time::Duration};

use crate::support::{numbers::number, process, program::Program};

/// What memory may grow by, in mebibytes an hour: what twenty minutes can tell from noise. Longer ones tell more.
const MOST_GROWTH: f64 = 12.0;

/// One look.
#[derive(Clone, Debug)]
struct Sample {
    hours: f64,
    resident_mib: f64,
    descriptors: f64,
    threads: f64,
    tasks: f64,
    graph_tasks: f64,
    sockets: f64,
    running: f64,
    database_mib: f64,
    processor: f64,
}

#[derive(Debug, Default)]
pub(super) struct Samples(Vec<Sample>);

/// What is looked at; how much more of it than 3 % there may be at the end of the load than in its middle; and
/// how much more after the load than before, where all of it has to go.
type Measure = (&'static str, fn(&Sample) -> f64, f64, Option<f64>);

const MEASURES: [Measure; 7] = [
    ("memory, MiB", |it| it.resident_mib, 3.0, None),
    // Connections to the database stay open, and those of clients for a moment.
    ("open files", |it| it.descriptors, 3.0, Some(60.0)),
    // Of the pool that waits for the database; they go when they have nothing to do.
    ("threads", |it| it.threads, 3.0, Some(3.0)),
    ("tasks", |it| it.tasks, 3.0, Some(3.0)),
    // One for each connection to Graph, of which some are kept for the next run.
    ("Graph tasks", |it| it.graph_tasks, 3.0, Some(12.0)),
    ("sockets", |it| it.sockets, 3.0, Some(0.0)),
    ("runs", |it| it.running, 8.0, Some(0.0)),
];

impl Samples {
    pub(super) async fn take(&mut self, server: &Program, at: Duration, directory: &Path) {
        let figures = server.metrics().await;
        let bytes: u64 = fs::read_dir(directory)
            .unwrap()
            .filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()))
            .sum();
        let sample = Sample {
            hours: at.as_secs_f64() / 3_600.0,
            resident_mib: number(process::resident_kib(server.id())) / 1_024.0,
            descriptors: number(process::descriptors(server.id())),
            threads: number(process::threads(server.id())),
            tasks: figures.sum("process_tasks"),
            graph_tasks: figures.sum("tenantatlas_graph_tasks"),
            sockets: figures.sum("tenantatlas_sockets"),
            running: figures.sum("tenantatlas_runs_in_flight"),
            database_mib: number(bytes / 1_048_576),
            processor: process::processor_seconds(server.id()),
        };
        if self.0.is_empty() {
            println!(
                "{:>7} {:>8} {:>6} {:>8} {:>6} {:>8} {:>8} {:>7} {:>8}",
                "s", "MiB", "files", "threads", "tasks", "sockets", "running", "db MiB", "CPU s"
            );
        }
        println!(
            "{:>7.0} {:>8.1} {:>6} {:>8} {:>6} {:>8} {:>8} {:>7} {:>8.1}",
            at.as_secs_f64(),
            sample.resident_mib,
            sample.descriptors,
            sample.threads,
            sample.tasks,
            sample.sockets,
            sample.running,
            sample.database_mib,
            sample.processor
        );
        self.0.push(sample);
    }

    /// Looks whether anything grew while the load was the same, and whether what the load took is given back
    /// when it is over.
    pub(super) fn judge(&self) -> bool {
        let [before, loaded @ .., quiet] = self.0.as_slice() else {
            return false;
        };
        let warm = &loaded[loaded.len() / 3..];
        let (first, second) = warm.split_at(warm.len() / 2);
        println!(
            "\n{:<12} {:>10} {:>10} {:>10} {:>10}",
            "", "at rest", "at first", "at last", "after it"
        );
        let mut is_flat = true;
        for (what, of, more, left) in MEASURES {
            let (at_first, at_last) = (median(first, of), median(second, of));
            let grows = at_last > at_first * 1.03 + more;
            let stays = left.is_some_and(|left| of(quiet) > of(before) + left);
            is_flat &= !grows && !stays;
            println!(
                "{what:<12} {:>10.1} {at_first:>10.1} {at_last:>10.1} {:>10.1}{}{}",
                of(before),
                of(quiet),
                if grows { "  GROWS" } else { "" },
                if stays { "  STAYS" } else { "" }
            );
        }
        let growth = slope(warm, |it| it.resident_mib);
        // Of too few samples there is no line.
        let grows = growth.is_nan() || growth > MOST_GROWTH;
        println!(
            "\nmemory by the line through the last two thirds: {growth:+.1} MiB an hour, of {MOST_GROWTH:.0}{}",
            if grows { "  GROWS" } else { "" }
        );
        is_flat && !grows
    }
}

/// How much a measure grows in an hour, by the straight line that lies closest.
fn slope(of: &[Sample], measure: fn(&Sample) -> f64) -> f64 {
    let mean =
        |value: &dyn Fn(&Sample) -> f64| of.iter().map(value).sum::<f64>() / number(of.len());
    let (middle, level) = (mean(&|it| it.hours), mean(&|it| measure(it)));
    let together = mean(&|it| (it.hours - middle) * (measure(it) - level));
    together / mean(&|it| (it.hours - middle).powi(2))
}

fn median(of: &[Sample], measure: fn(&Sample) -> f64) -> f64 {
    let mut values: Vec<f64> = of.iter().map(measure).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
