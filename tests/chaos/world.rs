//! What the servers work on: a simulated Graph with faults, people, tenants and their schedules.

use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use chrono_tz::Tz;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tenantatlas::{
    clock::{Clock, SystemClock},
    domain::{
        actor::{Actor, Component},
        api_token::{Lifetime, NewToken},
        credential::{Credential, Means, Usage},
        freshness::Freshness,
        identity::Identity,
        ids::{MemberId, ScheduleId, TenantId, UserId},
        kind::PolicyKind,
        pointer::Timetable,
        recurrence::{Frequency, Recurrence},
        retention::KeepLast,
        role::Role,
        run::Scope,
        schedule::{Firing, Schedule},
        spread::Spread,
        tenant::{Cloud, ConnectionStatus, Tenant},
    },
    store::{Store, StoreError, api_tokens, credentials, members, schedules, tenants},
    vault::{Field, Vault},
};
use tenantatlas_simulator::{
    Effect, Fault, FaultPlan, Hits, Issuer, IssuerOptions, Person, Simulator, SimulatorOptions,
    TenantSpec,
};

use crate::{
    blows::Window,
    settings::{SCHEDULES, TENANTS},
};

/// Kinds that schedules choose among: some with readings for each object, some without.
const KINDS: [PolicyKind; 5] = [
    PolicyKind::DeviceConfiguration,
    PolicyKind::SettingsCatalog,
    PolicyKind::DeviceCompliancePolicy,
    PolicyKind::AssignmentFilter,
    PolicyKind::ScopeTag,
];

const ZONES: [Tz; 4] = [
    Tz::UTC,
    Tz::Europe__Berlin,
    Tz::Asia__Kathmandu,
    Tz::Australia__Lord_Howe,
];

/// Roughly how many policies a tenant holds, of all kinds.
const POLICIES: usize = 40;

/// What Graph takes for each answer: some requests make a run of about a second.
const LATENCY: Duration = Duration::from_millis(120);

/// People who follow their notifications, with the tenants that they belong to.
pub(crate) const PEOPLE: [(&str, std::ops::Range<usize>); 2] =
    [("olivia", 0..15), ("oscar", 10..25)];

/// Graph, and who signs people in.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) graph: Simulator,
    pub(crate) issuer: Issuer,
}

/// What is stored before anything happens.
#[derive(Clone, Debug)]
pub(crate) struct Stock {
    pub(crate) tenants: Vec<Tenancy>,
    pub(crate) schedules: Vec<Schedule>,
    /// The people of [`PEOPLE`].
    pub(crate) people: Vec<UserId>,
}

/// A tenant, and the secret of somebody who may act in it.
#[derive(Clone, Debug)]
pub(crate) struct Tenancy {
    pub(crate) id: TenantId,
    pub(crate) token: String,
}

impl World {
    pub(crate) fn start(seed: u64) -> Self {
        let tenants: Vec<_> = (0..TENANTS)
            .map(|n| TenantSpec::numbered(seed, n, POLICIES))
            .collect();
        let graph = Simulator::start(SimulatorOptions {
            faults: faults(&tenants),
            tenants,
            seed,
            latency: LATENCY,
            ..SimulatorOptions::default()
        });
        Self {
            graph: graph.expect("a simulated Graph"),
            issuer: Issuer::start(IssuerOptions::default()).expect("a simulated issuer"),
        }
    }

    /// Stores tenants with credentials, tokens and members.
    pub(crate) async fn stock(&self, store: &Store, vault: &Vault, seed: u64) -> Stock {
        let mut random = StdRng::seed_from_u64(seed);
        let (specs, vault) = (self.graph.tenants().to_vec(), vault.clone());
        let (issuer, people) = (self.issuer.url(), self.issuer.people().to_vec());
        let stocked = store.write(move |db, now| {
            let mut stocked = Vec::new();
            for spec in &specs {
                let (tenant, credential) = rows_of(spec, &vault, random.random(), now);
                tenants::insert(db, &tenant)?;
                credentials::set(db, &credential)?;
                let (token, text) = NewToken {
                    tenant: tenant.id,
                    name: "people".parse().expect("a name"),
                    role: Role::Operator,
                    lifetime: Lifetime::of(1).expect("a day"),
                }
                .made(random.random(), nobody(), now);
                api_tokens::insert(db, &token)?;
                stocked.push(Tenancy {
                    id: tenant.id,
                    token: text.reveal(),
                });
            }
            let mut users = Vec::new();
            for (login, range) in PEOPLE {
                let person = people.iter().find(|person| person.login == login);
                let identity = identity_of(person.expect("a person"), &issuer, now);
                let user = members::note_sign_in(db, &identity, now)?;
                for tenancy in &stocked[range] {
                    let (id, by) = (MemberId::mint(), nobody());
                    members::insert(db, id, tenancy.id, user.id, Role::Operator, &by, now)?;
                }
                users.push(user.id);
            }
            Ok::<_, StoreError>((stocked, users))
        });
        let (tenants, people) = stocked.await.expect("tenants are stored");
        Stock {
            tenants,
            schedules: Vec::new(),
            people,
        }
    }

    /// The token of a person, for as long as a trial may last.
    pub(crate) fn sign_in(&self, login: &str) -> String {
        let end = (SystemClock.now() + TimeDelta::days(1)).timestamp();
        let draft = self.issuer.draft(login).with("exp", end);
        self.issuer
            .sign(&draft, &tenantatlas_simulator::Signer::Es256)
    }
}

impl Stock {
    /// Gives every tenant its schedules, each with one slot in the window.
    pub(crate) async fn schedule(&mut self, store: &Store, window: Window, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed);
        let tenants: Vec<TenantId> = self.tenants.iter().map(|tenancy| tenancy.id).collect();
        let minutes = (window.until - window.first_minute).num_minutes();
        let stored = store.write(move |db, now| {
            let mut stored = Vec::new();
            for tenant in tenants {
                for n in 0..SCHEDULES {
                    let minute = TimeDelta::minutes(random.random_range(0..=minutes));
                    let zone = ZONES.choose(&mut random).expect("a zone");
                    let recurrence = daily(window.first_minute + minute, *zone);
                    let kinds = random.random_range(1..=3);
                    let schedule = schedule(tenant, n, recurrence, chosen(&mut random, kinds), now);
                    schedules::insert(db, &schedule)?;
                    stored.push(schedule);
                }
            }
            Ok::<_, StoreError>(stored)
        });
        self.schedules = stored.await.expect("schedules are stored");
    }
}

/// What goes wrong at Graph: a little everywhere, and for good in some tenants.
fn faults(tenants: &[TenantSpec]) -> FaultPlan {
    let now_and_then = |every, effect| Fault {
        hits: Hits::Every(every),
        ..Fault::on("*/deviceManagement/*", effect)
    };
    let mut faults = vec![
        now_and_then(29, Effect::throttle(1)),
        now_and_then(37, Effect::status(503)),
        now_and_then(
            53,
            Effect::Delay {
                milliseconds: 2_500,
            },
        ),
        now_and_then(71, Effect::Reset),
    ];
    for (n, spec) in tenants.iter().enumerate() {
        let directory = spec.entra_tenant_id;
        match n % 20 {
            7 => faults
                .push(Fault::on("deviceCompliancePolicies", Effect::status(500)).tenant(directory)),
            13 => faults.push(
                Fault::on("oauth2", Effect::TokenRefused { code: 7_000_222 }).tenant(directory),
            ),
            _ => {}
        }
    }
    FaultPlan(faults)
}

fn nobody() -> Actor {
    Actor::System(Component::CommandLine)
}

fn rows_of(
    spec: &TenantSpec,
    vault: &Vault,
    digest_key: [u8; 32],
    now: DateTime<Utc>,
) -> (Tenant, Credential) {
    let id = TenantId::mint();
    let sealed = |field, secret: &[u8]| vault.seal(id, field, secret).expect("a key that works");
    let tenant = Tenant {
        id,
        entra_tenant_id: spec.entra_tenant_id,
        name: spec.name.parse().expect("a name"),
        cloud: Cloud::Global,
        connection: ConnectionStatus::Unverified,
        sealed_digest_key: sealed(Field::DigestKey, &digest_key),
        synced_at: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let credential = Credential {
        tenant: id,
        means: Means::ClientSecret { expires_at: None },
        client_id: spec.client_id,
        sealed_secret: sealed(Field::Credential, spec.client_secret.as_bytes()),
        updated_at: now,
        usage: Usage::default(),
    };
    (tenant, credential)
}

fn identity_of(person: &Person, issuer: &str, now: DateTime<Utc>) -> Identity {
    Identity {
        issuer: issuer.to_owned(),
        subject: person.subject.clone(),
        display_name: Some(person.name.clone()),
        email: Some(person.email.clone()),
        expires_at: now,
        may_create_tenants: false,
    }
}

/// The rule that is due at an instant, as people in a zone would write it.
pub(crate) fn daily(at: DateTime<Utc>, zone: Tz) -> Recurrence {
    let local = at.with_timezone(&zone).format("%H:%M").to_string();
    Recurrence {
        frequency: Frequency::Daily,
        time: local.parse().expect("a time of day"),
        zone: zone.name().parse().expect("a zone"),
        spread: Spread::default(),
    }
}

fn chosen(random: &mut StdRng, count: usize) -> Vec<PolicyKind> {
    let mut kinds: Vec<_> = KINDS.choose_multiple(random, count).copied().collect();
    kinds.sort();
    kinds
}

/// A schedule of a tenant, as its maker leaves it.
pub(crate) fn schedule(
    tenant: TenantId,
    n: usize,
    recurrence: Recurrence,
    kinds: Vec<PolicyKind>,
    now: DateTime<Utc>,
) -> Schedule {
    let id = ScheduleId::mint();
    let pointer = Timetable {
        schedule: id,
        recurrence: &recurrence,
    }
    .pointer_after(now);
    Schedule {
        id,
        tenant,
        name: format!("Schedule {n}").parse().expect("a name"),
        firing: Firing::Enabled(pointer.expect("a slot")),
        recurrence: Ok(recurrence),
        scope: Scope {
            kinds,
            assignments: true,
            scope_tags: true,
        },
        keep_last: KeepLast::of(3).expect("a number of sets"),
        revision: 1,
        last_run: None,
        freshness: Some(Freshness::from(now)),
        created_at: now,
        updated_at: now,
        created_by: nobody(),
        deleted_at: None,
    }
}

/// The first full minute that leaves time to get ready.
pub(crate) fn next_minute(after: DateTime<Utc>) -> DateTime<Utc> {
    let minute = TimeDelta::minutes(1);
    let ready = after + TimeDelta::seconds(5);
    ready.duration_trunc(minute).expect("a full minute") + minute
}
