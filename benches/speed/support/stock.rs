//! Tenants with credentials, schedules and people, stored where a program is about to start.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tenantatlas::{
    clock::SystemClock,
    config,
    domain::{
        actor::{Actor, Component},
        api_token::{Lifetime, NewToken},
        credential::{Credential, Means, Usage},
        identity::Identity,
        ids::{MemberId, ScheduleId, TenantId},
        role::Role,
        schedule::Schedule,
    },
    key_file,
    store::{
        Db, PoolSettings, Store, StoreError, api_tokens, credentials, members, schedules, tenants,
    },
    vault::{Field, Vault},
};
use tenantatlas_simulator::{Issuer, Person, TenantSpec};

use super::{program::Place, rows::new_tenant};

/// Whom a tenant belongs to at Graph, and what it is to have.
pub(crate) struct Wish {
    pub(crate) spec: TenantSpec,
    /// The schedules of the tenant.
    pub(crate) schedules: Box<dyn Fn(TenantId, DateTime<Utc>) -> Vec<Schedule> + Send>,
}

/// What was stored for a wish.
#[derive(Clone)]
pub(crate) struct Stocked {
    pub(crate) id: TenantId,
    pub(crate) entra: uuid::Uuid,
    pub(crate) schedules: Vec<ScheduleId>,
    /// The secret of a manager.
    pub(crate) token: String,
}

/// Makes the database of a place, with a person who is an operator of all tenants.
pub(crate) async fn stock(place: &Place, wishes: Vec<Wish>, issuer: &Issuer) -> Vec<Stocked> {
    let directory = place.data_dir();
    std::fs::create_dir_all(&directory).unwrap();
    let url = config::embedded_in(&directory);
    let store = Store::open(&url, PoolSettings::default(), Arc::new(SystemClock)).unwrap();
    let vault = key_file::vault(&url, &directory, None).unwrap();
    let key = vault.clone();
    let settled = store.write(move |db, _| key_file::settle(db, &key)).await;
    settled.unwrap();
    let identity = identity_of(&issuer.people()[0], issuer.url());
    let stored = store.write(move |db, now| {
        let mut random = StdRng::seed_from_u64(1);
        let user = members::note_sign_in(db, &identity, now)?.id;
        let mut stocked = Vec::new();
        for wish in &wishes {
            let made = tenant(db, wish, &vault, &mut random, now)?;
            let member = MemberId::mint();
            members::insert(db, member, made.id, user, Role::Operator, &nobody(), now)?;
            stocked.push(made);
        }
        Ok::<_, StoreError>(stocked)
    });
    stored.await.unwrap()
}

fn nobody() -> Actor {
    Actor::System(Component::CommandLine)
}

fn identity_of(person: &Person, issuer: String) -> Identity {
    Identity {
        issuer,
        subject: person.subject.clone(),
        display_name: Some(person.name.clone()),
        email: Some(person.email.clone()),
        expires_at: DateTime::<Utc>::MAX_UTC,
        may_create_tenants: false,
    }
}

fn tenant(
    db: &mut Db,
    wish: &Wish,
    vault: &Vault,
    random: &mut StdRng,
    now: DateTime<Utc>,
) -> Result<Stocked, StoreError> {
    let (id, spec) = (TenantId::mint(), &wish.spec);
    let sealed = |field, secret: &[u8]| vault.seal(id, field, secret).unwrap();
    let mut tenant = new_tenant(id, now);
    tenant.entra_tenant_id = spec.entra_tenant_id;
    tenant.name = spec.name.parse().unwrap();
    tenant.sealed_digest_key = sealed(Field::DigestKey, &random.random::<[u8; 32]>());
    tenants::insert(db, &tenant)?;
    let credential = Credential {
        tenant: id,
        means: Means::ClientSecret { expires_at: None },
        client_id: spec.client_id,
        sealed_secret: sealed(Field::Credential, spec.client_secret.as_bytes()),
        updated_at: now,
        usage: Usage::default(),
    };
    credentials::set(db, &credential)?;
    let (token, text) = NewToken {
        tenant: id,
        name: "measurement".parse().unwrap(),
        role: Role::Manager,
        lifetime: Lifetime::of(1).unwrap(),
    }
    .made(random.random(), nobody(), now);
    api_tokens::insert(db, &token)?;
    let mut ids = Vec::new();
    for schedule in (wish.schedules)(id, now) {
        schedules::insert(db, &schedule)?;
        ids.push(schedule.id);
    }
    Ok(Stocked {
        id,
        entra: spec.entra_tenant_id,
        schedules: ids,
        token: text.reveal(),
    })
}
