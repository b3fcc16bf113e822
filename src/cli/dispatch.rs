//! `dispatch`: one tick by hand. It queues what is due; a server carries it out.

use super::{error::CliError, output, table::Table};
use crate::{
    app,
    config::Config,
    domain::{global_id::GlobalId, slot::Slot},
    workers::dispatch::{Decision, Verdict, dispatch_due},
};

/// Queues what is due now and prints what was decided about each schedule.
pub(super) async fn run(config: &Config) -> Result<(), CliError> {
    let base = app::open(config, super::system_clock()).await?;
    let decisions = dispatch_due(&base.store, config.workers.grace).await?;
    let mut table = Table::new(&["SCHEDULE", "NAME", "TENANT", "SLOT", "DECISION"]);
    for decision in &decisions {
        table.row(row(decision));
    }
    output::note(format!("{} decision(s)", decisions.len()));
    output::data(table)
}

fn row(decision: &Decision) -> [String; 5] {
    let (slot, verdict) = match &decision.verdict {
        Verdict::Queued(slot) => (Some(slot), "QUEUED".to_owned()),
        Verdict::Skipped(slot) => (Some(slot), "SKIPPED".to_owned()),
        Verdict::Missed(slot, count) => (Some(slot), format!("MISSED {count}")),
        Verdict::Disabled(reason) => (None, format!("DISABLED {reason}")),
    };
    [
        decision.schedule.to_global(),
        decision.name.clone(),
        decision.tenant.to_global(),
        slot.map_or_else(|| "-".to_owned(), shown),
        verdict,
    ]
}

fn shown(slot: &Slot) -> String {
    slot.at.format("%Y-%m-%dT%H:%MZ").to_string()
}
