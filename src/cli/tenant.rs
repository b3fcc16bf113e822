//! `tenant add` and `tenant list`: an operator's commands.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{
    command_line,
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
        audit::{AuditAction, AuditEntry, Target},
        global_id::GlobalId,
        ids::TenantId,
        name::Name,
        tenant::{Cloud, ConnectionStatus, Tenant},
    },
    store::{Claim, Db, Store, audit, tenants},
    vault::{Field, Vault, VaultError, random_key},
    workers::credentials::NewCredential,
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
    let credential = arguments.files.read(arguments.client_id)?;
    let base = app::open(config, super::system_clock()).await?;
    let new = NewTenant {
        name: arguments.name,
        entra_tenant_id: arguments.entra_tenant_id,
        cloud: arguments.cloud,
        credential,
    };
    let verdict = match arguments.verify {
        true => {
            let now = super::system_clock().now();
            let tenant = tenant_of(&base.vault, &new, now)?;
            let sealed = new.credential.sealed(&base.vault, tenant.id, now)?;
            Some(tenant_credential::accepted(config, &base.vault, &tenant, &sealed).await?)
        }
        false => None,
    };
    let is_tried = verdict.is_some();
    let vault = base.vault;
    let added = base.store.write::<_, CliError, _>(move |db, now| {
        let id = insert(db, &vault, &new, now)?;
        if let Some(verdict) = verdict {
            tenant_credential::note_new(db, id, &verdict, now)?;
        }
        Ok(id)
    });
    let id = added.await?.to_global();
    if !is_tried {
        output::note(format!(
            "nobody has signed in with this credential yet: `tenantatlas tenant credential verify {id}` does"
        ));
    }
    output::data(id)
}

/// A tenant to be added.
pub(super) struct NewTenant {
    pub(super) name: Name,
    pub(super) entra_tenant_id: Uuid,
    pub(super) cloud: Cloud,
    pub(super) credential: NewCredential,
}

/// Adds a tenant and its credential.
pub(super) fn insert(
    db: &mut Db,
    vault: &Vault,
    new: &NewTenant,
    now: DateTime<Utc>,
) -> Result<TenantId, CliError> {
    let tenant = tenant_of(vault, new, now)?;
    if tenants::insert(db, &tenant)? == Claim::Taken {
        return Err(CliError::Refused(format!(
            "there is a tenant with the Entra ID {} already",
            new.entra_tenant_id
        )));
    }
    let target = Target::Tenant(tenant.id);
    let created = AuditEntry::of(
        tenant.id,
        command_line(),
        AuditAction::TenantCreated,
        target,
        tenant.name.as_str(),
    )
    .changed(
        "entraTenantId",
        None::<&str>,
        new.entra_tenant_id.to_string(),
    )
    .changed("cloud", None::<&str>, new.cloud.as_str());
    audit::append(db, &created, now)?;
    let sealed = new.credential.sealed(vault, tenant.id, now)?;
    tenant_credential::store(db, &tenant, &sealed, now)?;
    Ok(tenant.id)
}

fn tenant_of(vault: &Vault, new: &NewTenant, now: DateTime<Utc>) -> Result<Tenant, VaultError> {
    let id = TenantId::mint();
    let digest_key = random_key();
    let sealed_digest_key = vault.seal(id, Field::DigestKey, digest_key.expose_secret())?;
    Ok(Tenant {
        id,
        entra_tenant_id: new.entra_tenant_id,
        name: new.name.clone(),
        cloud: new.cloud,
        connection: ConnectionStatus::Unverified,
        sealed_digest_key,
        synced_at: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    })
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
