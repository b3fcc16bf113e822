//! What happens to runs, told on standard error.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::cast::Player;
use crate::{
    cli::{
        error::CliError,
        output::{self, ProgressLine},
        system_clock,
    },
    domain::{
        ids::TenantId,
        run::{Run, RunState, RunStatus},
    },
    store::{
        Store, StoreError, active_runs,
        events::{self, RunEvent},
        streams,
    },
};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(300);

/// Events of one look.
const EVENTS: i64 = 100;

/// Tells of runs until something fails.
pub(super) async fn follow(store: &Store, cast: &[Player]) -> Result<(), CliError> {
    let mut watch = Watch::start(store, cast).await?;
    loop {
        watch.look().await?;
        system_clock().sleep(LOOK).await;
    }
}

/// Tells of runs as long as one of the tenants has an active one.
pub(super) async fn follow_to_the_end(store: &Store, cast: &[Player]) -> Result<(), CliError> {
    let mut watch = Watch::start(store, cast).await?;
    while watch.look().await? > 0 {
        system_clock().sleep(LOOK).await;
    }
    Ok(())
}

struct Watch<'a> {
    store: &'a Store,
    /// Each tenant with the place of the last event told.
    seen: Vec<(&'a Player, i64)>,
    line: ProgressLine,
}

impl<'a> Watch<'a> {
    /// Begins with what happens from now on.
    async fn start(store: &'a Store, cast: &'a [Player]) -> Result<Self, StoreError> {
        let mut seen = Vec::with_capacity(cast.len());
        for player in cast {
            let tenant = player.tenant;
            let position = store.read(move |db| streams::position(db, tenant)).await?;
            seen.push((player, position));
        }
        Ok(Self {
            store,
            seen,
            line: ProgressLine::new(),
        })
    }

    /// Tells what is new; the number of active runs.
    async fn look(&mut self) -> Result<usize, StoreError> {
        let mut active = Vec::new();
        for (player, position) in &mut self.seen {
            let (new, runs) = news(self.store, player.tenant, *position).await?;
            for event in new {
                self.line.show("");
                output::note(told(&player.name, &event));
                *position = event.sequence;
            }
            active.extend(runs.iter().map(|run| progress(&player.name, run)));
        }
        self.line.show(active.join("   "));
        Ok(active.len())
    }
}

async fn news(
    store: &Store,
    tenant: TenantId,
    position: i64,
) -> Result<(Vec<RunEvent>, Vec<Run>), StoreError> {
    store
        .read(move |db| {
            // Runs first: one that ends in between is then told of by its event, not forgotten.
            let active = active_runs::of_tenant(db, tenant)?;
            Ok((events::after(db, tenant, position, EVENTS)?, active))
        })
        .await
}

fn told(tenant: &str, event: &RunEvent) -> String {
    let (time, run) = (clock_time(event.occurred_at), &event.run);
    let status = run.state.status().as_str();
    format!("{time}  {tenant:<20}  {status:<9}  {}", details(run))
        .trim_end()
        .to_owned()
}

fn clock_time(at: DateTime<Utc>) -> impl std::fmt::Display {
    at.format("%H:%M:%S")
}

fn details(run: &Run) -> String {
    match &run.state {
        RunState::Queued {
            not_before: Some(at),
        } => {
            format!("attempt {} from {}", run.attempt, clock_time(*at))
        }
        RunState::Queued { not_before: None } => run.trigger.kind().as_str().to_lowercase(),
        RunState::Running { .. } => format!("attempt {}", run.attempt),
        RunState::Ended { outcome, .. } => {
            let counts = run.summary.map(|summary| {
                format!(
                    "{} listed, {} stored, {} changed, {} requests",
                    summary.listed, summary.items, summary.changed, summary.requests
                )
            });
            let failure = outcome.failure();
            let failure = failure.map(|failure| format!("{}: {}", failure.code, failure.message));
            let parts = [counts, failure];
            parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
        }
    }
}

fn progress(tenant: &str, run: &Run) -> String {
    match (run.state.status(), run.progress.percent()) {
        (RunStatus::Running, Some(percent)) => format!("{tenant} {percent} %"),
        (status, _) => format!("{tenant} {}", status.as_str().to_lowercase()),
    }
}
