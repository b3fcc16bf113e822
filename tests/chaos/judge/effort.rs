//! Whether there was enough for the other judges to look at: where nothing works, nothing breaks either.

use super::Evidence;
use crate::{blows::ACTS, records::RunRecord, server::End, takeover::Taken};

/// What did not happen that has to happen in each trial.
pub(super) fn lacking(evidence: &Evidence) -> Vec<String> {
    let Evidence {
        records,
        acts,
        takeovers,
        ..
    } = evidence;
    let mut lacking: Vec<String> = ACTS
        .iter()
        .filter(|act| !acts.contains(act))
        .map(|act| format!("nothing was done of this kind: {act}"))
        .collect();
    let mut demand = |is_so: bool, otherwise: &str| {
        if !is_so {
            lacking.push(otherwise.to_owned());
        }
    };
    let has = |holds: fn(&RunRecord) -> bool| records.runs.iter().any(holds);
    demand(
        has(|run| run.error_code.as_deref() == Some("WORKER_LOST")),
        "no run was lost",
    );
    demand(has(|run| run.status == "MISSED"), "no slot was missed");
    let judges = |times: &[Taken]| times.iter().any(|taken| taken.is_undisturbed);
    demand(
        judges(&takeovers.told),
        "no run of a server that was killed alone was told as lost",
    );
    demand(
        judges(&takeovers.taken),
        "nothing was taken that was queued when a server was killed alone",
    );
    let heard = evidence.runs_heard.iter().chain(&evidence.news_heard);
    let connections: usize = heard.clone().map(|it| it.heard.connections).sum();
    demand(
        connections > heard.count(),
        "nobody who follows had to come back",
    );
    lacking.extend(nameless(evidence));
    lacking.extend(few_backups(&records.runs));
    lacking
}

/// Killed processes whose runs nobody can look for.
fn nameless(evidence: &Evidence) -> impl Iterator<Item = String> {
    let killed = evidence
        .lives
        .iter()
        .filter(|life| life.end == End::Killed && life.is_current);
    let nameless = killed.filter(|life| life.owner.is_none());
    nameless.map(|life| format!("{} does not say who that was", life.log.display()))
}

/// Slots without a set are those for which there is a reason, and not too many.
fn few_backups(runs: &[RunRecord]) -> Vec<String> {
    let slots: Vec<&RunRecord> = runs.iter().filter(|run| run.slot.is_some()).collect();
    let succeeded = slots.iter().filter(|run| run.status == "SUCCEEDED").count();
    let unexplained = slots
        .iter()
        .filter(|run| run.status == "FAILED" && run.error_code.is_none());
    let mut found: Vec<String> = unexplained
        .map(|run| format!("run {} failed and does not say why", run.id))
        .collect();
    if slots.is_empty() || succeeded * 3 < slots.len() {
        found.push(format!(
            "of {} slots {succeeded} were backed up",
            slots.len()
        ));
    }
    found
}
