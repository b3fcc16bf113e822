//! `tenant add` and `tenant list`: an operator's commands.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    author,
    error::CliError,
    output,
    table::Table,
    tenant_credential::{self, Files},
    tenant_delete, values,
};
use crate::{
    app,
    config::Config,
    domain::{
        credential::Credential,
        global_id::GlobalId,
        ids::TenantId,
        name::Name,
        tenant::{Cloud, Tenant},
    },
    store::{Claim, Db, Store, tenants},
    workers::{self, credential_records, credentials::Verdict, tenants::NewTenant},
};

/// The commands about tenants.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Adds a tenant with its app credential, and prints its ID
    Add(Add),
    /// Lists the tenants
    List,
    /// Shows, sets, verifies and removes a tenant's credential
    #[command(subcommand)]
    Credential(tenant_credential::Command),
    /// Deletes a tenant with everything it has stored; its audit log stays
    Delete(tenant_delete::Arguments),
}

/// A tenant, and how to sign in to it.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// Name to show
    #[arg(long, value_parser = values::name)]
    name: Name,
    /// Directory (tenant) ID in Microsoft Entra
    #[arg(long, value_name = "UUID")]
    entra_tenant_id: Uuid,
    /// Application (client) ID of the app registration
    #[arg(long, value_name = "UUID")]
    client_id: Uuid,
    #[command(flatten)]
    files: Files,
    /// Sign in first, and add the tenant only if that works
    #[arg(long)]
    verify: bool,
    /// GLOBAL, US_GOVERNMENT, US_GOVERNMENT_DOD or CHINA
    #[arg(long, default_value = "GLOBAL", value_parser = values::cloud)]
    cloud: Cloud,
}

/// Runs one of the commands.
pub(super) async fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Add(arguments) => add(arguments, config).await,
        Command::List => list(config).await,
        Command::Credential(command) => tenant_credential::run(command, config).await,
        Command::Delete(arguments) => tenant_delete::run(arguments, config).await,
    }
}

async fn add(arguments: Add, config: &Config) -> Result<(), CliError> {
    let new = NewTenant {
        name: arguments.name,
        entra_tenant_id: arguments.entra_tenant_id,
        cloud: arguments.cloud,
    };
    let credential = arguments.files.read(arguments.client_id)?;
    let base = app::open(config, super::system_clock()).await?;
    let now = super::system_clock().now();
    let tenant = new.made(&base.vault, now)?;
    let sealed = credential.sealed(&base.vault, tenant.id, now)?;
    let verdict = match arguments.verify {
        true => Some(tenant_credential::accepted(config, &base.vault, &tenant, &sealed).await?),
        false => None,
    };
    let (id, is_tried) = (tenant.id.to_global(), verdict.is_some());
    let added = base
        .store
        .write(move |db, now| insert(db, &tenant, (&sealed, verdict.as_ref()), now));
    added.await?;
    if !is_tried {
        output::note(format!(
            "nobody has signed in with this credential yet: `tenantatlas tenant credential verify {id}` does"
        ));
    }
    output::data(id)
}

/// Adds a tenant and its credential, with what came of trying that out, if it was.
pub(super) fn insert(
    db: &mut Db,
    tenant: &Tenant,
    credential: (&Credential, Option<&Verdict>),
    now: DateTime<Utc>,
) -> Result<(), CliError> {
    if workers::tenants::add(db, tenant, &author(), now)? == Claim::Taken {
        return Err(CliError::Refused(format!(
            "there is a tenant with the Entra ID {} already",
            tenant.entra_tenant_id
        )));
    }
    Ok(credential_records::store(
        db,
        tenant,
        credential,
        &author(),
        now,
    )?)
}

async fn list(config: &Config) -> Result<(), CliError> {
    let base = app::open(config, super::system_clock()).await?;
    let mut table = Table::new(&["ID", "NAME", "ENTRA TENANT ID", "CLOUD", "CONNECTION"]);
    for tenant in base
        .store
        .read::<_, CliError, _>(|db| Ok(tenants::all(db)?))
        .await?
    {
        table.row([
            tenant.id.to_global(),
            tenant.name.to_string(),
            tenant.entra_tenant_id.to_string(),
            tenant.cloud.to_string(),
            tenant.connection.to_string(),
        ]);
    }
    output::data(table)
}

/// A tenant that has to exist.
pub(super) async fn require(store: &Store, id: TenantId) -> Result<Tenant, CliError> {
    let found = store.read(move |db| tenants::find(db, id)).await?;
    found.ok_or_else(|| CliError::Refused(format!("there is no tenant {}", id.to_global())))
}
