//! `tenant delete`: in steps, so that no step holds the database for long, and so that a command
//! that was interrupted can be given again. The audit log stays.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{
    command_line,
    error::CliError,
    output::{self, ProgressLine},
    tenant, values,
};
use crate::{
    app,
    clock::Clock,
    config::Config,
    domain::{
        audit::{AuditAction, AuditEntry, Origin, Target},
        ids::TenantId,
        run::{Outcome, Run, RunState},
        tenant::Tenant,
    },
    store::{
        Db, Notices, Store, StoreError, active_runs, api_tokens, audit, backups, contents,
        credentials, members, policies, purge, references, run_failures, schedules, storage_days,
        tenants,
    },
    workers::changes,
};

/// Which tenant.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// ID of the tenant, as `tenant list` shows it
    #[arg(value_name = "ID", value_parser = values::tenant_id)]
    tenant: TenantId,
    /// The tenant's name, to show that this tenant is meant
    #[arg(long, value_name = "NAME")]
    yes: String,
}

/// Rows of one step.
const STEP: i64 = 200;

/// Between two looks at runs that are asked to stop.
const LOOK: Duration = Duration::from_secs(1);

/// Deletes a tenant.
pub(super) async fn run(arguments: Arguments, config: &Config) -> Result<(), CliError> {
    let clock = super::system_clock();
    let store = app::open(config, clock.clone()).await?.store;
    let tenant = tenant::require(&store, arguments.tenant).await?;
    if tenant.name.as_str() != arguments.yes {
        return Err(CliError::Usage(format!(
            "the tenant's name is not `{}`; nothing was deleted",
            arguments.yes
        )));
    }
    let (id, name) = (tenant.id, tenant.name.clone());
    store
        .write_telling(move |db, notices, now| close(db, &tenant, notices, now))
        .await?;
    let line = ProgressLine::new();
    stop_runs(&store, id, clock.as_ref(), &line).await?;
    remove_contents(&store, id, &line).await?;
    drop(line);
    store
        .write(move |db, now| {
            // One may have been under way when the doors were closed.
            delete_schedules(db, id, now)?;
            tenants::mark_deleted(db, id, now)
        })
        .await?;
    output::note(format!("deleted {name}; its audit log is kept"));
    Ok(())
}

/// Leaves nobody and nothing that could start another run, and asks those that are active to stop.
/// From here on the deletion is in the audit log, also when the rest is interrupted.
fn close(
    db: &mut Db,
    deleted: &Tenant,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let tenant = deleted.id;
    // Whoever makes a schedule holds this lock too.
    tenants::lock(db, tenant)?;
    let (action, target) = (AuditAction::TenantDeleted, Target::Tenant(tenant));
    let name = deleted.name.as_str();
    let entry = AuditEntry::of(tenant, command_line(), action, target, name);
    audit::append(db, &entry, now)?;
    delete_schedules(db, tenant, now)?;
    api_tokens::revoke_all(db, tenant, now)?;
    members::remove_all(db, tenant)?;
    credentials::remove(db, tenant)?;
    for run in active_runs::of_tenant(db, tenant)? {
        let by = (&command_line(), &Origin::default());
        changes::request_cancel(db, &run, by, notices, now)?;
    }
    Ok(())
}

fn delete_schedules(db: &mut Db, tenant: TenantId, now: DateTime<Utc>) -> Result<(), StoreError> {
    for schedule in schedules::of_tenant(db, tenant)? {
        schedules::lock(db, schedule.id)?;
        // Read again under the lock: somebody may have changed it since.
        if let Some(schedule) = schedules::find(db, tenant, schedule.id)? {
            schedules::update(db, &schedule.deleted(now), schedule.revision)?;
        }
    }
    Ok(())
}

/// Waits until no run is active. Those whose server is gone are ended here.
async fn stop_runs(
    store: &Store,
    tenant: TenantId,
    clock: &dyn Clock,
    line: &ProgressLine,
) -> Result<(), StoreError> {
    loop {
        let mut held = 0;
        for run in store
            .read(move |db| active_runs::of_tenant(db, tenant))
            .await?
        {
            // One in each transaction: from its end on the tenant's event counter is held, and whoever
            // lands another run of the tenant meanwhile waits for that with its schedule locked.
            held += store
                .write_telling(move |db, notices, now| end_orphan(db, &run, notices, now))
                .await?;
        }
        if held == 0 {
            return Ok(());
        }
        line.show(format!("waiting for {held} run(s) to stop …"));
        clock.sleep(LOOK).await;
    }
}

/// Ends a run that no server holds; 1 if one does, or if the run has changed since it was seen.
fn end_orphan(
    db: &mut Db,
    run: &Run,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    if is_held(run, now) {
        return Ok(1);
    }
    let ended = run.clone().ended(Outcome::Cancelled, None, now);
    let changed = changes::change(db, run, &ended, notices, now)?;
    Ok(usize::from(changed.is_none()))
}

fn is_held(run: &Run, now: DateTime<Utc>) -> bool {
    match run.state {
        RunState::Running { lease_until, .. } => lease_until >= now,
        RunState::Queued { .. } | RunState::Ended { .. } => false,
    }
}

async fn remove_contents(
    store: &Store,
    tenant: TenantId,
    line: &ProgressLine,
) -> Result<(), StoreError> {
    let mut sets = 0;
    while store
        .write(move |db, _| backups::remove_one(db, tenant))
        .await?
    {
        sets += 1;
        line.show(format!("removed {sets} backup set(s)"));
    }
    let mut removed = 0;
    loop {
        let step = store
            .write(move |db, _| contents::remove_some(db, tenant, STEP))
            .await?;
        removed += step;
        line.show(format!(
            "removed {sets} backup set(s), {removed} content(s)"
        ));
        if step == 0 {
            break;
        }
    }
    while store
        .write(move |db, _| run_failures::remove_some(db, tenant, STEP))
        .await?
        > 0
    {}
    while store
        .write(move |db, _| policies::remove_some(db, tenant, STEP))
        .await?
        > 0
    {}
    store
        .write(move |db, _| {
            references::remove(db, tenant)?;
            purge::forget(db, tenant)?;
            storage_days::remove(db, tenant)?;
            contents::remove_sealed(db, tenant).map(drop)
        })
        .await
}
