//! What was seen of the server, and whether any of it grew.

use std::{fs, path::Path, time::Duration};

use crate::support::{numbers::number, process, program::Program};

/// One look.
#[derive(Clone, Debug)]
struct Sample {
    at: Duration,
    resident_mib: f64,
    descriptors: f64,
    threads: f64,
    tasks: f64,
    sockets: f64,
    running: f64,
    database_mib: f64,
    processor: f64,
}

#[derive(Debug, Default)]
pub(super) struct Samples(Vec<Sample>);

/// Looks at the start that do not count: everything is made for the first time.
const WARMING: f64 = 0.25;

/// How much more the last third may have, in percent, and in units on top.
const MEMORY: (f64, f64) = (5.0, 5.0);
const COUNTS: (f64, f64) = (5.0, 3.0);

/// What is compared, and how much of it may come on top.
type Measure = (&'static str, fn(&Sample) -> f64, (f64, f64));

const MEASURES: [Measure; 4] = [
    ("memory, MiB", |it| it.resident_mib, MEMORY),
    ("open files", |it| it.descriptors, COUNTS),
    ("threads", |it| it.threads, COUNTS),
    ("tasks", |it| it.tasks, COUNTS),
];

impl Samples {
    pub(super) async fn take(&mut self, server: &Program, at: Duration, directory: &Path) {
        let figures = server.metrics().await;
        let bytes: u64 = fs::read_dir(directory)
            .unwrap()
            .filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()))
            .sum();
        let sample = Sample {
            at,
            resident_mib: number(process::resident_kib(server.id())) / 1_024.0,
            descriptors: number(process::descriptors(server.id())),
            threads: number(process::threads(server.id())),
            tasks: figures.sum("process_tasks") + figures.sum("tenantatlas_graph_tasks"),
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

    /// Compares the last third of the time under load with the one before, and the end, when all is
    /// quiet, with what must be gone by then.
    pub(super) fn judge(&self) -> bool {
        let Some((quiet, loaded)) = self.0.split_last() else {
            return false;
        };
        let end = loaded.last().map_or(0.0, |sample| sample.at.as_secs_f64());
        let third = (end - end * WARMING) / 2.0;
        let between = |from: f64, until: f64, of: fn(&Sample) -> f64| {
            let mut values: Vec<f64> = loaded
                .iter()
                .filter(|it| it.at.as_secs_f64() > from && it.at.as_secs_f64() <= until)
                .map(of)
                .collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let mut is_flat = true;
        for (what, of, (percent, on_top)) in MEASURES {
            let before = between(end * WARMING, end * WARMING + third, of);
            let after = between(end - third, end, of);
            let holds = after <= before * (1.0 + percent / 100.0) + on_top;
            is_flat &= holds;
            println!(
                "{what:<12} {before:>8.1} in the first half after warming up, {after:>8.1} in the second, {:>8.1} when all was over{}",
                of(quiet),
                if holds { "" } else { "  GROWS" }
            );
        }
        let left = quiet.sockets + quiet.running;
        if left > 0.0 {
            println!("{left} sockets and runs are left over");
        }
        is_flat && left <= 0.0
    }
}
