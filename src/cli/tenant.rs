//! `tenant add` and `tenant list`: an operator's commands.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{command_line, error::CliError, output, table::Table, tenant_delete, values};
use crate::{
    app,
    config::Config,
    domain::{
        audit::{AuditAction, AuditEntry, Target},
        global_id::GlobalId,
        ids::TenantId,
        name::Name,
        tenant::{Cloud, ConnectionStatus, Credential, CredentialKind, Tenant},
    },
    store::{Claim, Db, Store, audit, tenants},
    vault::{Field, Vault, VaultError, random_key},
};

/// The commands about tenants.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Adds a tenant with its app credential, and prints its ID
    Add(Add),
    /// Lists the tenants
    List,
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
    /// File that holds the client secret and nothing else
    #[arg(long, value_name = "FILE")]
    client_secret_file: PathBuf,
    /// GLOBAL, US_GOVERNMENT, US_GOVERNMENT_DOD or CHINA
    #[arg(long, default_value = "GLOBAL", value_parser = values::cloud)]
    cloud: Cloud,
}

/// Runs one of the commands.
pub(super) async fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Add(arguments) => add(arguments, config).await,
        Command::List => list(config).await,
        Command::Delete(arguments) => tenant_delete::run(arguments, config).await,
    }
}

async fn add(arguments: Add, config: &Config) -> Result<(), CliError> {
    let new = NewTenant {
        secret: secret_in(&arguments.client_secret_file)?,
        name: arguments.name,
        entra_tenant_id: arguments.entra_tenant_id,
        cloud: arguments.cloud,
        client_id: arguments.client_id,
    };
    let base = app::open(config, super::system_clock()).await?;
    let vault = base.vault;
    let id = base
        .store
        .write(move |db, now| insert(db, &vault, &new, now))
        .await?;
    output::data(id.to_global())
}

/// The secret in a file, without the line break that editors leave at its end.
fn secret_in(path: &Path) -> Result<SecretString, CliError> {
    let text = std::fs::read_to_string(path).map_err(|cause| CliError::File {
        path: path.to_owned(),
        cause,
    })?;
    let secret = SecretString::from(text.trim());
    if secret.expose_secret().is_empty() {
        return Err(CliError::Usage(format!("{} is empty", path.display())));
    }
    Ok(secret)
}

/// A tenant to be added.
pub(super) struct NewTenant {
    pub(super) name: Name,
    pub(super) entra_tenant_id: Uuid,
    pub(super) cloud: Cloud,
    pub(super) client_id: Uuid,
    pub(super) secret: SecretString,
}

/// Adds a tenant and its credential, which nobody has tried yet.
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
    tenants::set_credential(db, &credential_of(vault, &tenant, new, now)?)?;
    let entry = |action| {
        let target = Target::Tenant(tenant.id);
        AuditEntry::of(
            tenant.id,
            command_line(),
            action,
            target,
            tenant.name.as_str(),
        )
    };
    let created = entry(AuditAction::TenantCreated)
        .changed(
            "entraTenantId",
            None::<&str>,
            new.entra_tenant_id.to_string(),
        )
        .changed("cloud", None::<&str>, new.cloud.as_str());
    let set = entry(AuditAction::CredentialSet)
        .changed("kind", None::<&str>, CredentialKind::ClientSecret.as_str())
        .changed("clientId", None::<&str>, new.client_id.to_string());
    audit::append(db, &created, now)?;
    audit::append(db, &set, now)?;
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

fn credential_of(
    vault: &Vault,
    tenant: &Tenant,
    new: &NewTenant,
    now: DateTime<Utc>,
) -> Result<Credential, VaultError> {
    let secret = new.secret.expose_secret().as_bytes();
    Ok(Credential {
        tenant: tenant.id,
        kind: CredentialKind::ClientSecret,
        client_id: new.client_id,
        sealed_secret: vault.seal(tenant.id, Field::Credential, secret)?,
        expires_at: None,
        updated_at: now,
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
