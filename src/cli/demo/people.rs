//! The people of the demonstration: an issuer without passwords, and one person for each role.

use std::net::{Ipv4Addr, SocketAddr};

use tenantatlas_simulator::{Issuer, IssuerOptions, Person};

use super::cast::Player;
use crate::{
    api::Guest,
    cli::{
        error::CliError,
        member::{self, Add},
    },
    domain::role::Role,
    oidc::{IssuerDraft, IssuerSettings},
    store::Store,
};

/// What tokens are for.
const AUDIENCE: &str = "tenantatlas";
/// What the issuer calls the console.
const CONSOLE: &str = "console";
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
        client_id: Some(CONSOLE.to_owned()),
        admin_role: Some(ADMIN_ROLE.to_owned()),
        name: Some("Demonstration".to_owned()),
        ..IssuerDraft::default()
    };
    IssuerSettings::read(draft)
        .map_err(|_| CliError::Refused("the simulated issuer cannot be used".to_owned()))
}

/// Its people as the console offers them.
pub(super) fn guests(issuer: &Issuer) -> Vec<Guest> {
    let guest = |person: &Person| Guest {
        name: person.name.clone(),
        role: role_of(person),
        hint: person.login.clone(),
    };
    issuer.people().iter().map(guest).collect()
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

/// Makes everybody a member of every tenant. In a kept directory they may be already.
pub(super) async fn join(store: &Store, issuer: &Issuer, cast: &[Player]) -> Result<(), CliError> {
    let mut members = Vec::new();
    for player in cast {
        members.extend(issuer.people().iter().map(|person| Add {
            tenant: player.tenant,
            issuer: issuer.url(),
            subject: person.subject.clone(),
            role: role_of(person),
        }));
    }
    let joined = store.write(move |db, now| {
        members
            .iter()
            .try_for_each(|new| member::insert(db, new, now).map(drop))
    });
    Ok(joined.await?)
}
