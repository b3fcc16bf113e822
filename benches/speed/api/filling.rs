//! A database with a tenant that has been backed up for years.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use tenantatlas::{
    clock::SystemClock,
    domain::{
        actor::{Actor, Component},
        api_token::{ApiToken, TokenText},
        freshness::Freshness,
        ids::{ApiTokenId, RunId, ScheduleId, TenantId},
        kind::PolicyKind,
        recurrence::{Frequency, Recurrence},
        retention::KeepLast,
        role::Role,
        run::{Outcome, Progress, Run, RunState, Scope, Summary, Trigger},
        schedule::{Firing, Schedule},
        spread::Spread,
        tenant::{Cloud, ConnectionStatus, Tenant},
    },
    store::{
        DatabaseUrl, Db, PoolSettings, Store, StoreError, api_tokens, runs, schedules, tenants,
    },
};

const RUNS: i32 = 5_000;

/// What a client has to know of it.
#[derive(Debug)]
pub(crate) struct Filled {
    pub(crate) tenant: TenantId,
    pub(crate) schedule: ScheduleId,
    pub(crate) tokens: Vec<String>,
}

pub(crate) fn open(directory: &Path) -> Store {
    let url = DatabaseUrl::Sqlite(directory.join("bench.db"));
    Store::open(&url, PoolSettings::default(), Arc::new(SystemClock)).unwrap()
}

/// Fills it, with so many callers.
pub(crate) async fn fill(store: &Store, callers: usize) -> Filled {
    let fill = move |db: &mut Db, now: DateTime<Utc>| {
        let tenant = TenantId::mint();
        tenants::insert(db, &new_tenant(tenant, now))?;
        let schedule = new_schedule(tenant, now);
        schedules::insert(db, &schedule)?;
        for n in 0..RUNS {
            runs::insert(
                db,
                &ended_run(&schedule, now - TimeDelta::hours(i64::from(n) + 1)),
            )?;
        }
        let mut tokens = Vec::new();
        for n in 0..callers {
            let (token, text) = new_token(tenant, n, now);
            api_tokens::insert(db, &token)?;
            tokens.push(text);
        }
        Ok::<_, StoreError>(Filled {
            tenant,
            schedule: schedule.id,
            tokens,
        })
    };
    store.write(fill).await.unwrap()
}

fn new_tenant(id: TenantId, now: DateTime<Utc>) -> Tenant {
    Tenant {
        id,
        entra_tenant_id: id.as_uuid(),
        name: "Contoso".parse().unwrap(),
        cloud: Cloud::Global,
        connection: ConnectionStatus::Connected,
        sealed_digest_key: Vec::new(),
        synced_at: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

fn scope() -> Scope {
    Scope {
        kinds: PolicyKind::ALL.to_vec(),
        assignments: true,
        scope_tags: true,
    }
}

fn new_schedule(tenant: TenantId, now: DateTime<Utc>) -> Schedule {
    Schedule {
        id: ScheduleId::mint(),
        tenant,
        name: "Nightly".parse().unwrap(),
        recurrence: Ok(Recurrence {
            frequency: Frequency::Daily,
            time: "02:00".parse().unwrap(),
            zone: "UTC".parse().unwrap(),
            spread: Spread::default(),
        }),
        firing: Firing::Disabled { reason: None },
        scope: scope(),
        keep_last: KeepLast::of(30).unwrap(),
        revision: 1,
        last_run: None,
        freshness: Some(Freshness::from(now)),
        created_at: now,
        updated_at: now,
        created_by: Actor::System(Component::CommandLine),
        deleted_at: None,
    }
}

fn ended_run(schedule: &Schedule, at: DateTime<Utc>) -> Run {
    Run {
        id: RunId::mint(),
        tenant: schedule.tenant,
        schedule: schedule.id,
        trigger: Trigger::Manual,
        started_by: Actor::System(Component::Scheduler),
        scope: scope(),
        full_read: false,
        attempt: 1,
        claim: 1,
        state: RunState::Ended {
            at: at + TimeDelta::minutes(1),
            outcome: Outcome::Succeeded,
        },
        progress: Progress::queued(at),
        summary: Some(Summary::default()),
        created_at: at,
        started_at: Some(at),
        cancel_requested_at: None,
    }
}

fn new_token(tenant: TenantId, n: usize, now: DateTime<Utc>) -> (ApiToken, String) {
    let id = ApiTokenId::mint();
    let secret = *id.as_uuid().as_bytes().repeat(2).first_chunk().unwrap();
    let text = TokenText::new(id, secret);
    let token = ApiToken {
        id,
        tenant,
        key_id: text.key_id().to_owned(),
        secret_hash: text.secret_hash(),
        name: format!("Dashboard {n}").parse().unwrap(),
        role: Role::Operator,
        created_at: now,
        created_by: Actor::System(Component::CommandLine),
        expires_at: now + TimeDelta::days(1),
        last_used_at: None,
        revoked_at: None,
    };
    (token, text.reveal())
}
