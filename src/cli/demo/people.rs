//! The people of the demonstration: an issuer without passwords, and one person for each role.

use std::net::{Ipv4Addr, SocketAddr};

use chrono::{DateTime, Utc};
use tenantatlas_simulator::{Issuer, IssuerOptions, Person};

use crate::{
    cli::{
        error::CliError,
        member::{self, Add},
    },
    domain::{ids::TenantId, role::Role},
    oidc::{IssuerDraft, IssuerSettings},
    store::{Db, StoreError},
};

/// What tokens are for.
const AUDIENCE: &str = "tenantatlas";
/// What the issuer calls the right to create tenants.
const ADMIN_ROLE: &str = "Tenants.Create";

/// Starts the issuer. It listens on this machine only, whoever may use the API.
pub(super) fn start(port: u16) -> Result<Issuer, CliError> {
    let mut people = Person::cast();
    for person in &mut people {
        if role_of(person) == Role::Owner {
            person.roles = vec![ADMIN_ROLE.to_owned()];
        }
    }
    let options = IssuerOptions {
        listen: address(port),
        audience: AUDIENCE.to_owned(),
        people,
        ..IssuerOptions::default()
    };
    Issuer::start(options).map_err(CliError::Simulator)
}

/// Where the issuer listens.
pub(super) fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// The settings by which its people are let in.
pub(super) fn settings(issuer: &Issuer) -> Result<IssuerSettings, CliError> {
    let draft = IssuerDraft {
        issuer: Some(issuer.url()),
        audience: Some(AUDIENCE.to_owned()),
        admin_role: Some(ADMIN_ROLE.to_owned()),
        ..IssuerDraft::default()
    };
    IssuerSettings::read(draft)
        .map_err(|_| CliError::Refused("the simulated issuer cannot be used".to_owned()))
}

/// What somebody is in every tenant.
pub(super) fn role_of(person: &Person) -> Role {
    match person.login.as_str() {
        "olivia" => Role::Owner,
        "marco" => Role::Manager,
        "oscar" => Role::Operator,
        _ => Role::Readonly,
    }
}

/// Makes everybody a member of a tenant who is not one yet.
pub(super) fn join(
    db: &mut Db,
    tenant: TenantId,
    issuer: &str,
    people: &[Person],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for person in people {
        let new = Add {
            tenant,
            issuer: issuer.to_owned(),
            subject: person.subject.clone(),
            role: role_of(person),
        };
        // Taken when the directory was kept: that is as it should be.
        member::insert(db, &new, now)?;
    }
    Ok(())
}
