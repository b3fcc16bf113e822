//! What is told at the end: counts, times, and what did not hold.

use std::{collections::BTreeMap, fs, time::Duration};

use crate::{
    judge::{Evidence, Finding},
    takeover::Taken,
};

/// Culprits of one rule that are named; of the rest only how many there are.
const NAMED: usize = 20;

/// How long the parts of a trial took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) preparation: Duration,
    pub(crate) chaos: Duration,
    pub(crate) quiet: Duration,
    pub(crate) judgement: Duration,
}

/// Prints what happened.
pub(crate) fn tell(evidence: &Evidence, failed_starts: usize, called_off: usize, times: Times) {
    let Evidence {
        records, schedules, ..
    } = evidence;
    let slots = records.runs.iter().filter(|run| run.slot.is_some()).count();
    line("schedules", schedules.len());
    line("slots with a row", slots);
    let statuses = records.runs.iter().map(|run| match &run.error_code {
        Some(code) => format!("{} {code}", run.status),
        None => run.status.clone(),
    });
    let mut runs = counted(statuses);
    runs.insert("all".to_owned(), records.runs.len());
    row("runs", &runs);
    let retried = records
        .events
        .iter()
        .filter(|event| event.status == "QUEUED" && event.previous.as_deref() == Some("RUNNING"));
    line("runs back in the queue", retried.count());
    line("  called off after the chaos", called_off);
    line("sets", records.sets.len());
    line("events of runs", records.events.len());
    line("events of notifications", records.news.len());
    let heard = evidence.runs_heard.iter().chain(&evidence.news_heard);
    line("followers", heard.clone().count());
    line(
        "  their connections",
        heard.clone().map(|it| it.heard.connections).sum::<usize>(),
    );
    line(
        "  what they heard",
        heard.map(|it| it.heard.events.len()).sum::<usize>(),
    );
    let asked = &evidence.asked;
    line(
        "runs that people asked for",
        asked.keys.values().sum::<usize>(),
    );
    line("  promised to them", asked.promised.len());
    line("  by an answer given again", asked.replays);
    line("  called off by them", asked.called_off.len());
    line("  requests without an answer", asked.unanswered);
    row(
        "acts of chaos",
        &counted(evidence.acts.iter().map(|act| (*act).to_owned())),
    );
    line("processes of servers", evidence.lives.len());
    line("failed starts of the old program", failed_starts);
    let logged = evidence
        .lives
        .iter()
        .map(|life| fs::read_to_string(&life.log).unwrap_or_default());
    let logged: Vec<String> = logged.collect();
    let levels = |level: &str| {
        logged
            .iter()
            .flat_map(|log| log.lines())
            .filter(|line| line.contains(level))
            .count()
    };
    line("errors in their logs", levels("\"level\":\"ERROR\""));
    line("warnings in their logs", levels("\"level\":\"WARN\""));
    taken("killed until told as lost", &evidence.takeovers.told);
    taken("killed until another takes over", &evidence.takeovers.taken);
    let Times {
        preparation,
        chaos,
        quiet,
        judgement,
    } = times;
    let seconds = |time: Duration| format!("{:.0} s", time.as_secs_f64());
    row(
        "time",
        &BTreeMap::from([
            ("1 preparation", seconds(preparation)),
            ("2 chaos", seconds(chaos)),
            ("3 until quiet", seconds(quiet)),
            ("4 judgement", seconds(judgement)),
        ]),
    );
}

/// Prints the verdict of each rule, and tells whether all hold.
pub(crate) fn judge(findings: &[Finding]) -> bool {
    for (rule, culprits) in findings {
        let verdict = if culprits.is_empty() {
            "holds "
        } else {
            "BROKEN"
        };
        eprintln!("{verdict}  {rule}");
        for culprit in culprits.iter().take(NAMED) {
            eprintln!("          {culprit}");
        }
        if culprits.len() > NAMED {
            eprintln!("          and {} more", culprits.len() - NAMED);
        }
    }
    findings.iter().all(|(_, culprits)| culprits.is_empty())
}

fn counted(things: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}

fn line(what: &str, value: impl std::fmt::Display) {
    eprintln!("{what:34}{value}");
}

fn row<K: std::fmt::Display, V: std::fmt::Display>(what: &str, values: &BTreeMap<K, V>) {
    let values: Vec<String> = values
        .iter()
        .map(|(key, value)| format!("{key} {value}"))
        .collect();
    line(what, values.join(", "));
}

fn taken(what: &str, times: &[Taken]) {
    let undisturbed = times.iter().filter(|taken| taken.is_undisturbed);
    line(what, spread(undisturbed.map(|taken| taken.time).collect()));
    line(
        "  with more going wrong",
        spread(
            times
                .iter()
                .filter(|taken| !taken.is_undisturbed)
                .map(|taken| taken.time)
                .collect(),
        ),
    );
}

/// Median and worst.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort();
    match times.last() {
        None => "never".to_owned(),
        Some(worst) => format!(
            "{} times, median {:.1} s, worst {:.1} s",
            times.len(),
            times[times.len() / 2].as_secs_f64(),
            worst.as_secs_f64()
        ),
    }
}
