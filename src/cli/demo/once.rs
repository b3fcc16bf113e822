//! `demo --once`: one backup of each tenant to its end, and a table of what became of it.

use chrono::{DateTime, Utc};

use super::{cast::Player, watch};
use crate::{
    app::App,
    cli::{command_line, error::CliError, output, table::Table},
    domain::{
        audit::Origin,
        completeness::KindResult,
        ids::{RunId, TenantId},
        run::{Run, RunStatus, Trigger},
        schedule::Schedule,
    },
    store::{Db, StoreError, contents, run_kinds, runs},
    workers::changes::{self, NewRun, Started},
};

/// What became of one tenant's backup.
struct Ending {
    tenant: String,
    run: Run,
    kinds: Vec<KindResult>,
    compressed_bytes: u64,
}

/// Runs one backup of each tenant and prints the results.
pub(super) async fn run(app: &App, cast: &[Player]) -> Result<(), CliError> {
    let mut started = Vec::with_capacity(cast.len());
    for player in cast {
        let schedule = player.schedule.clone();
        let run = app
            .store()
            .write(move |db, now| start(db, &schedule, now))
            .await?;
        app.workers().hint(player.tenant);
        started.push((player, run));
    }
    watch::follow_to_the_end(app.store(), cast).await?;
    let mut endings = Vec::with_capacity(started.len());
    for (player, run) in started {
        endings.push(ending(app, player, run).await?);
    }
    report(&endings)
}

/// Starts a run, or joins the one that is active.
fn start(db: &mut Db, schedule: &Schedule, now: DateTime<Utc>) -> Result<RunId, CliError> {
    let new = NewRun {
        schedule,
        trigger: Trigger::Manual,
        full_read: false,
        by: command_line(),
        origin: Origin::default(),
    };
    match changes::start(db, &new, now)? {
        Started::Queued(run) | Started::Active(run) => Ok(run.id),
        Started::AlreadyRetried => Err(CliError::Refused("the run was retried".to_owned())),
    }
}

async fn ending(app: &App, player: &Player, run: RunId) -> Result<Ending, CliError> {
    let tenant = player.tenant;
    let found = app.store().read(move |db| look_up(db, tenant, run)).await?;
    let Some((run, kinds, compressed_bytes)) = found else {
        return Err(CliError::Refused(format!(
            "the run of {} is gone",
            player.name
        )));
    };
    Ok(Ending {
        tenant: player.name.clone(),
        run,
        kinds,
        compressed_bytes,
    })
}

type Found = Option<(Run, Vec<KindResult>, u64)>;

fn look_up(db: &mut Db, tenant: TenantId, run: RunId) -> Result<Found, StoreError> {
    let Some(run) = runs::find(db, tenant, run)? else {
        return Ok(None);
    };
    let records = run_kinds::of(db, tenant, &[run.id])?;
    let kinds = records.into_iter().flat_map(|(_, kinds)| kinds).collect();
    Ok(Some((run, kinds, contents::stored_bytes(db, tenant)?)))
}

fn report(endings: &[Ending]) -> Result<(), CliError> {
    output::data(format!("{}\n\n{}", by_kind(endings), by_tenant(endings)))?;
    let mut all_succeeded = true;
    for ending in endings {
        all_succeeded &= ending.run.state.status() == RunStatus::Succeeded;
        for kind in &ending.kinds {
            if let Some(failure) = kind.failure.as_ref().filter(|_| kind.is_missing()) {
                let (tenant, kind) = (&ending.tenant, kind.kind);
                output::note(format!(
                    "{tenant}, {kind}: {}: {}",
                    failure.code, failure.message
                ));
            }
        }
    }
    if all_succeeded {
        Ok(())
    } else {
        Err(CliError::Refused("not every backup succeeded".to_owned()))
    }
}

fn by_kind(endings: &[Ending]) -> Table {
    let headings = [
        "TENANT", "KIND", "STATUS", "LISTED", "STORED", "BYTES", "REQUESTS",
    ];
    let mut table = Table::new(&headings);
    for ending in endings {
        for kind in &ending.kinds {
            table.row([
                ending.tenant.clone(),
                kind.kind.to_string(),
                kind.status.to_string(),
                kind.listed
                    .map_or_else(|| "-".to_owned(), |listed| listed.to_string()),
                kind.items.to_string(),
                kind.payload_bytes.to_string(),
                kind.requests.to_string(),
            ]);
        }
    }
    table
}

fn by_tenant(endings: &[Ending]) -> Table {
    let mut table = Table::new(&[
        "TENANT",
        "STATUS",
        "LISTED",
        "STORED",
        "FAILED",
        "BYTES",
        "COMPRESSED",
        "REQUESTS",
        "SECONDS",
    ]);
    for ending in endings {
        let summary = ending.run.summary.unwrap_or_default();
        table.row([
            ending.tenant.clone(),
            ending.run.state.status().to_string(),
            summary.listed.to_string(),
            summary.items.to_string(),
            summary.failed.to_string(),
            summary.payload_bytes.to_string(),
            ending.compressed_bytes.to_string(),
            summary.requests.to_string(),
            seconds(&ending.run).to_string(),
        ]);
    }
    table
}

/// How long the run took, from its first claim to its end.
fn seconds(run: &Run) -> i64 {
    let ended = run.ended_at().zip(run.started_at);
    ended.map_or(0, |(end, start)| (end - start).num_seconds())
}
