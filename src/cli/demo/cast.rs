//! The tenants of the demonstration with their schedules, added unless a kept directory has them.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use tenantatlas_simulator::TenantSpec;

use crate::{
    app,
    cli::{command_line, error::CliError, system_clock, tenant, values},
    config::Config,
    domain::{
        audit::{AuditAction, AuditEntry, Target},
        freshness::Freshness,
        ids::{ScheduleId, TenantId},
        kind::PolicyKind,
        pointer::Timetable,
        recurrence::{Frequency, Recurrence},
        retention::KeepLast,
        run::Scope,
        schedule::{Firing, Schedule},
        spread::Spread,
        tenant::Cloud,
    },
    store::{Claim, Db, audit, schedules, tenants},
    vault::Vault,
    workers::{
        credentials::{NewCredential, Secret},
        tenants::NewTenant,
    },
};

/// One simulated tenant in our database.
#[derive(Clone, Debug)]
pub(super) struct Player {
    pub(super) tenant: TenantId,
    pub(super) name: String,
    pub(super) schedule: Schedule,
}

/// When new schedules fire for the first time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Opening {
    /// Within two minutes.
    Soon,
    /// Not today: somebody starts them by hand.
    Tomorrow,
}

impl Opening {
    /// The minute of the day at which the schedules fire. The next full minute may pass while the
    /// server starts, so it has to be some way off.
    fn minute(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let minute = TimeDelta::minutes(1);
        let at = match self {
            Self::Soon => now + TimeDelta::seconds(15) + minute,
            Self::Tomorrow => now,
        };
        at.duration_trunc(minute).unwrap_or(at)
    }
}

/// Has every simulated tenant in the database.
pub(super) async fn settle(
    config: &Config,
    specs: &[TenantSpec],
    opening: Opening,
) -> Result<Vec<Player>, CliError> {
    let base = app::open(config, system_clock()).await?;
    let mut players = Vec::with_capacity(specs.len());
    for spec in specs {
        let (spec, vault) = (spec.clone(), base.vault.clone());
        let player = base
            .store
            .write(move |db, now| settle_one(db, &vault, &spec, opening, now));
        players.push(player.await?);
    }
    Ok(players)
}

fn settle_one(
    db: &mut Db,
    vault: &Vault,
    spec: &TenantSpec,
    opening: Opening,
    now: DateTime<Utc>,
) -> Result<Player, CliError> {
    let known = tenants::all(db)?
        .into_iter()
        .find(|tenant| tenant.entra_tenant_id == spec.entra_tenant_id);
    let tenant = match known {
        Some(tenant) => tenant.id,
        None => add_tenant(db, vault, spec, now)?,
    };
    let known = schedules::of_tenant(db, tenant)?.into_iter().next();
    let schedule = match known {
        Some(schedule) => schedule,
        None => insert_schedule(db, tenant, opening.minute(now), now)?,
    };
    Ok(Player {
        tenant,
        name: spec.name.clone(),
        schedule,
    })
}

fn add_tenant(
    db: &mut Db,
    vault: &Vault,
    spec: &TenantSpec,
    now: DateTime<Utc>,
) -> Result<TenantId, CliError> {
    let new = NewTenant {
        name: values::name(&spec.name).map_err(CliError::Usage)?,
        entra_tenant_id: spec.entra_tenant_id,
        cloud: Cloud::Global,
    };
    let tenant = new.made(vault, now)?;
    let secret = Secret::ClientSecret {
        value: spec.client_secret.clone().into(),
        expires_at: None,
    };
    let credential = NewCredential::read(spec.client_id, secret, now)?;
    let sealed = credential.sealed(vault, tenant.id, now)?;
    tenant::insert(db, &tenant, (&sealed, None), now)?;
    Ok(tenant.id)
}

fn insert_schedule(
    db: &mut Db,
    tenant: TenantId,
    minute: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Schedule, CliError> {
    let schedule = daily(tenant, minute, now).map_err(CliError::Refused)?;
    if schedules::insert(db, &schedule)? == Claim::Taken {
        return Err(CliError::Refused("the schedule exists already".to_owned()));
    }
    let target = Target::Schedule(schedule.id);
    let action = AuditAction::ScheduleCreated;
    let name = schedule.name.as_str();
    let entry = AuditEntry::of(tenant, command_line(), action, target, name);
    audit::append(db, &entry, now)?;
    Ok(schedule)
}

/// A schedule of everything, every day at a minute.
fn daily(tenant: TenantId, minute: DateTime<Utc>, now: DateTime<Utc>) -> Result<Schedule, String> {
    let said = |error: &dyn std::error::Error| error.to_string();
    let id = ScheduleId::mint();
    let recurrence = Recurrence {
        frequency: Frequency::Daily,
        time: minute
            .format("%H:%M")
            .to_string()
            .parse()
            .map_err(|error| said(&error))?,
        zone: "UTC".parse().map_err(|error| said(&error))?,
        spread: Spread::default(),
    };
    let timetable = Timetable {
        schedule: id,
        recurrence: &recurrence,
    };
    let pointer = timetable.pointer_after(now).map_err(|error| said(&error))?;
    Ok(Schedule {
        id,
        tenant,
        name: values::name("Every day, everything")?,
        recurrence: Ok(recurrence),
        firing: Firing::Enabled(pointer),
        scope: Scope {
            kinds: PolicyKind::ALL.to_vec(),
            assignments: true,
            scope_tags: true,
        },
        keep_last: KeepLast::of(14).ok_or("14 sets cannot be kept")?,
        revision: 1,
        last_run: None,
        freshness: Some(Freshness::from(now)),
        created_at: now,
        updated_at: now,
        created_by: command_line(),
        deleted_at: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_backup_is_some_way_off_but_within_two_minutes() {
        for second in 0..60 {
            let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
            let wait = Opening::Soon.minute(now) - now;
            assert!(
                wait >= TimeDelta::seconds(15) && wait <= TimeDelta::seconds(75),
                "{wait}"
            );
            let schedule = daily(TenantId::mint(), Opening::Tomorrow.minute(now), now);
            let Firing::Enabled(pointer) = schedule.expect("a schedule").firing else {
                panic!("it fires");
            };
            assert!(pointer.slot.at - now > TimeDelta::hours(23));
        }
    }
}
