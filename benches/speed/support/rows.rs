//! Tenants and schedules for a benchmark to fill a database with.

use chrono::{DateTime, Utc};
use tenantatlas::domain::{
    actor::{Actor, Component},
    freshness::Freshness,
    ids::{ScheduleId, TenantId},
    kind::PolicyKind,
    pointer::Timetable,
    recurrence::{Frequency, Recurrence},
    retention::KeepLast,
    run::Scope,
    schedule::{Firing, Schedule},
    spread::Spread,
    tenant::{Cloud, ConnectionStatus, Tenant},
};

pub(crate) fn new_tenant(id: TenantId, now: DateTime<Utc>) -> Tenant {
    Tenant {
        id,
        entra_tenant_id: id.as_uuid(),
        name: id.to_string().parse().unwrap(),
        cloud: Cloud::Global,
        connection: ConnectionStatus::Connected,
        sealed_digest_key: Vec::new(),
        synced_at: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

/// The `n`th of a tenant, daily at a time in UTC.
pub(crate) fn new_schedule(tenant: TenantId, n: usize, time: &str, now: DateTime<Utc>) -> Schedule {
    let recurrence = Recurrence {
        frequency: Frequency::Daily,
        time: time.parse().unwrap(),
        zone: "UTC".parse().unwrap(),
        spread: Spread::default(),
    };
    let id = ScheduleId::mint();
    let timetable = Timetable {
        schedule: id,
        recurrence: &recurrence,
    };
    let pointer = timetable.pointer_after(now).unwrap();
    Schedule {
        id,
        tenant,
        name: format!("Schedule {n}").parse().unwrap(),
        recurrence: Ok(recurrence),
        firing: Firing::Enabled(pointer),
        scope: Scope {
            kinds: PolicyKind::ALL.to_vec(),
            assignments: true,
            scope_tags: true,
        },
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
