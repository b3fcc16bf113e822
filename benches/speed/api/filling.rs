//! A database with a tenant that has been backed up for years.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use tenantatlas::{
    clock::SystemClock,
    domain::{
        actor::{Actor, Component},
        api_token::{ApiToken, TokenText},
        ids::{ApiTokenId, RunId, ScheduleId, TenantId},
        role::Role,
        run::{Outcome, Progress, Run, RunState, Summary, Trigger},
        schedule::Schedule,
    },
    store::{
        DatabaseUrl, Db, PoolSettings, Store, StoreError, api_tokens, runs, schedules, tenants,
    },
};

use crate::support::rows::{new_schedule, new_tenant};

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
        let schedule = new_schedule(tenant, 0, "02:00", now);
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

fn ended_run(schedule: &Schedule, at: DateTime<Utc>) -> Run {
    Run {
        id: RunId::mint(),
        tenant: schedule.tenant,
        schedule: schedule.id,
        trigger: Trigger::Manual,
        started_by: Actor::System(Component::Scheduler),
        scope: schedule.scope.clone(),
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
