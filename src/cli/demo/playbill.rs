//! What the demonstration tells at its start: addresses, tokens, and something to try.

use std::net::{Ipv4Addr, SocketAddr};

use chrono::{DateTime, Utc};
use tenantatlas_simulator::Issuer;

use super::{cast::Player, people, place::Place};
use crate::{
    app::App,
    cli::{
        author,
        error::CliError,
        output,
        table::Table,
        token::{self, Create},
        values,
    },
    domain::{
        global_id::GlobalId,
        role::Role,
        schedule::{Firing, Schedule},
    },
    store::{Store, api_tokens},
    workers::tokens,
};

/// Roles that get a token in each tenant.
const ROLES: [Role; 3] = [Role::Readonly, Role::Operator, Role::Manager];

/// A query that shows most of what there is.
const QUERY: &str = "{ viewer { tenants { nodes { name connectionStatus backupSchedules { nodes { \
                     name nextRunAt lastRun { status progress { phase percent } summary { policyCount \
                     itemCount changedItemCount graphRequestCount } } } } } } } }";

/// Makes tokens and prints everything.
pub(super) async fn print(
    app: &App,
    cast: &[Player],
    place: &Place,
    graph: &str,
    issuer: &Issuer,
) -> Result<(), CliError> {
    let fate = if place.is_temporary() {
        "removed at the end"
    } else {
        "kept"
    };
    let mut tokens = Table::new(&["TENANT", "ROLE", "TOKEN"]);
    let mut example = None;
    for player in cast {
        for role in ROLES {
            let text = make_token(app.store(), player, role).await?;
            example.get_or_insert_with(|| text.clone());
            tokens.row([player.name.clone(), role.to_string(), text]);
        }
    }
    let address = app.address();
    let url = format!("http://{address}/graphql");
    output::data(format!(
        "TenantAtlas demonstration\n\n\
         Open http://{} in a browser and choose who you are.\n\n\
         API       {url}\n\
         GraphiQL  http://{address}/graphiql\n\
         Schema    http://{address}/schema.graphql\n\
         Graph     {graph} (simulated)\n\
         People    {} (simulated issuer, no passwords)\n\
         Data      {} ({fate})\n\n\
         {}\n\n{}\n\n{tokens}\n\n\
         Try this:\n\n{}\n\n\
         Or paste this query into a GraphQL client, with the header `authorization: Bearer TOKEN`:\n\n\
         {QUERY}\n",
        near(address),
        issuer.url(),
        place.path().display(),
        programme(cast),
        guests(issuer),
        curl(&url, &example.unwrap_or_default()),
    ))?;
    output::note("Runs are shown here as they happen. Ctrl-C ends the demonstration.\n");
    Ok(())
}

/// The address as a browser on this machine has to say it: the issuer sends people back to no other.
fn near(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    address
}

fn programme(cast: &[Player]) -> Table {
    let mut table = Table::new(&["TENANT", "ID", "SCHEDULE", "NEXT BACKUP"]);
    for player in cast {
        table.row([
            player.name.clone(),
            player.tenant.to_global(),
            player.schedule.name.to_string(),
            next_backup(&player.schedule),
        ]);
    }
    table
}

/// Who can sign in, and as what in each tenant.
fn guests(issuer: &Issuer) -> Table {
    let mut table = Table::new(&["PERSON", "ROLE", "SIGNS IN AS"]);
    for person in issuer.people() {
        let role = people::role_of(person).to_string();
        table.row([person.name.clone(), role, person.login.clone()]);
    }
    table
}

fn next_backup(schedule: &Schedule) -> String {
    match &schedule.firing {
        Firing::Enabled(pointer) => shown(pointer.dispatch_at),
        Firing::Disabled { .. } => "disabled".to_owned(),
    }
}

fn shown(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn curl(url: &str, token: &str) -> String {
    format!(
        "curl -s {url} \\\n  -H 'authorization: Bearer {token}' \\\n  -H 'content-type: \
         application/json' \\\n  -d '{{\"query\":\"{QUERY}\"}}'"
    )
}

/// A token for a day, in place of that of an earlier demonstration in the same directory, which cannot
/// be shown again.
async fn make_token(store: &Store, player: &Player, role: Role) -> Result<String, CliError> {
    let name = values::name(&format!("Demonstration, {role}")).map_err(CliError::Usage)?;
    let new = Create {
        tenant: player.tenant,
        role,
        name: name.clone(),
        expires_in_days: values::lifetime("1").map_err(CliError::Usage)?,
    };
    let text = store.write(move |db, now| {
        let earlier = api_tokens::usable(db, new.tenant, now)?.into_iter();
        for token in earlier.filter(|token| token.name == name) {
            tokens::revoke(db, &token, &author(), now)?;
        }
        token::insert(db, new, now)
    });
    Ok(text.await?.reveal())
}
