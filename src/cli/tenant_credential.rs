//! `tenant credential`: what a tenant is entered with, in the hands of an operator.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::SecretString;
use uuid::Uuid;

use super::{author, error::CliError, output, table::Table, tenant, values};
use crate::{
    app,
    config::Config,
    domain::{
        credential::{Credential, Means},
        global_id::GlobalId,
        ids::TenantId,
        tenant::Tenant,
    },
    store::{StoreError, credentials as stored},
    vault::Vault,
    workers::{
        credential_records,
        credentials::{self, NewCredential, Secret, Verdict},
    },
};

/// Largest file with a secret or a certificate that is read, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;

/// The commands about credentials.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Shows what is known of a credential, without its secret
    Show(OfTenant),
    /// Stores a credential in place of the present one, after a test sign-in
    Set(Set),
    /// Signs in, and tells which kinds cannot be read and why
    Verify(OfTenant),
    /// Removes the credential: runs fail until another one is set
    Remove(OfTenant),
}

/// Which tenant.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct OfTenant {
    /// ID of the tenant, as `tenant list` shows it
    #[arg(value_name = "ID", value_parser = values::tenant_id)]
    tenant: TenantId,
}

/// A credential for a tenant.
#[derive(Debug, clap::Args)]
pub(super) struct Set {
    #[command(flatten)]
    of: OfTenant,
    /// Application (client) ID of the app registration
    #[arg(long, value_name = "UUID")]
    client_id: Uuid,
    #[command(flatten)]
    files: Files,
}

/// What an app proves itself with: exactly one of these.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Files {
    /// File that holds the client secret and nothing else
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// PEM file with a certificate and its private key
    #[arg(long, value_name = "FILE")]
    certificate_file: Option<PathBuf>,
    /// File on the server that the platform writes its token into; read anew for every sign-in
    #[arg(long, value_name = "FILE")]
    federated_token_file: Option<PathBuf>,
}

impl Files {
    /// Looks at what the chosen file holds, and says what to do next where that is to be known.
    pub(super) fn read(&self, client_id: Uuid) -> Result<NewCredential, CliError> {
        let Self {
            client_secret_file,
            certificate_file,
            federated_token_file,
        } = self;
        let secret = match (client_secret_file, certificate_file, federated_token_file) {
            (Some(path), _, _) => Secret::ClientSecret {
                value: text_in(path)?.trim().into(),
                expires_at: None,
            },
            (_, Some(path), _) => Secret::Certificate(SecretString::from(text_in(path)?)),
            (_, _, Some(path)) => Secret::TokenFile(token_file(path)?),
            (None, None, None) => {
                return Err(CliError::Usage("name a file with a credential".to_owned()));
            }
        };
        let now = super::system_clock().now();
        let new = NewCredential::read(client_id, secret, now)?;
        if let Means::Certificate {
            thumbprint,
            expires_at,
        } = &new.means
        {
            output::note(format!(
                "register this certificate with the app: SHA-256 thumbprint {thumbprint}, valid until {}",
                shown(*expires_at)
            ));
        }
        Ok(new)
    }
}

/// The text of a file that is small, and a file.
fn text_in(path: &Path) -> Result<String, CliError> {
    let unusable = |cause| CliError::File {
        path: path.to_owned(),
        cause,
    };
    let file = std::fs::File::open(path).map_err(unusable)?;
    let mut text = String::new();
    let read = file.take(LARGEST_FILE).read_to_string(&mut text);
    read.map_err(unusable)?;
    Ok(text)
}

fn token_file(path: &Path) -> Result<PathBuf, CliError> {
    let path = std::path::absolute(path).map_err(|cause| CliError::File {
        path: path.to_owned(),
        cause,
    })?;
    let federation = credentials::federation(&path).map_err(|cause| CliError::TokenFile {
        path: path.clone(),
        cause,
    })?;
    output::note(format!(
        "register a federated credential with the app: issuer {}, subject {}, audience {}",
        federation.issuer, federation.subject, federation.audience
    ));
    Ok(path)
}

fn shown(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Runs one of the commands.
pub(super) async fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Show(of) => show(of, config).await,
        Command::Set(set) => replace(set, config).await,
        Command::Verify(of) => verify(of, config).await,
        Command::Remove(of) => remove(of, config).await,
    }
}

async fn show(of: OfTenant, config: &Config) -> Result<(), CliError> {
    let base = app::open(config, super::system_clock()).await?;
    let tenant = tenant::require(&base.store, of.tenant).await?;
    let credential = require(&base.store, &tenant).await?;
    let or_never = |at: Option<_>| at.map_or_else(|| "-".to_owned(), shown);
    let usage = &credential.usage;
    let mut table = Table::new(&["CREDENTIAL", ""]);
    table.row(["kind".to_owned(), credential.means.kind().to_string()]);
    table.row(["client ID".to_owned(), credential.client_id.to_string()]);
    match &credential.means {
        Means::ClientSecret { .. } => {}
        Means::Certificate { thumbprint, .. } => {
            table.row(["thumbprint".to_owned(), thumbprint.to_string()]);
        }
        Means::WorkloadIdentity { token_file } => {
            table.row(["token file".to_owned(), token_file.clone()]);
        }
    }
    table.row([
        "expires".to_owned(),
        or_never(credential.means.expires_at()),
    ]);
    table.row(["status".to_owned(), tenant.connection.to_string()]);
    table.row(["stored".to_owned(), shown(credential.updated_at)]);
    table.row(["last used".to_owned(), or_never(usage.last_used_at)]);
    table.row([
        "permissions missing".to_owned(),
        match usage.missing_permissions.as_slice() {
            [] => "-".to_owned(),
            names => names.join(", "),
        },
    ]);
    output::data(table)
}

async fn replace(set: Set, config: &Config) -> Result<(), CliError> {
    let new = set.files.read(set.client_id)?;
    let base = app::open(config, super::system_clock()).await?;
    let tenant = tenant::require(&base.store, set.of.tenant).await?;
    let now = super::system_clock().now();
    let sealed = new.sealed(&base.vault, tenant.id, now)?;
    let verdict = accepted(config, &base.vault, &tenant, &sealed).await?;
    let written = base.store.write::<_, StoreError, _>(move |db, now| {
        let sealed = Credential {
            updated_at: now,
            ..sealed
        };
        let credential = (&sealed, Some(&verdict));
        credential_records::store(db, &tenant, credential, &author(), now)
    });
    Ok(written.await?)
}

async fn verify(of: OfTenant, config: &Config) -> Result<(), CliError> {
    let base = app::open(config, super::system_clock()).await?;
    let tenant = tenant::require(&base.store, of.tenant).await?;
    let credential = require(&base.store, &tenant).await?;
    let graph = app::graph(config, super::system_clock())?;
    let verdict = credentials::try_out(&graph, &base.vault, &tenant, &credential).await?;
    let noted = verdict.clone();
    let written = base.store.write::<_, StoreError, _>(move |db, now| {
        let checked = (&credential, &noted);
        credential_records::checked(db, &tenant, checked, &author(), now)
    });
    written.await?;
    report(&verdict)
}

async fn remove(of: OfTenant, config: &Config) -> Result<(), CliError> {
    let base = app::open(config, super::system_clock()).await?;
    let tenant = tenant::require(&base.store, of.tenant).await?;
    let removed = base
        .store
        .write(move |db, now| credential_records::remove(db, &tenant, &author(), now));
    if !removed.await? {
        output::note("the tenant has no credential");
    }
    Ok(())
}

/// The credential of a tenant, which has to have one.
async fn require(store: &crate::store::Store, tenant: &Tenant) -> Result<Credential, CliError> {
    let id = tenant.id;
    let found = store.read::<_, StoreError, _>(move |db| stored::find(db, id));
    found.await?.ok_or_else(|| {
        let id = id.to_global();
        CliError::Refused(format!(
            "the tenant {id} has no credential; store one with `tenant credential set {id}`"
        ))
    })
}

/// Tries out a credential that is not stored yet; an error if it is refused.
pub(super) async fn accepted(
    config: &Config,
    vault: &Vault,
    tenant: &Tenant,
    credential: &Credential,
) -> Result<Verdict, CliError> {
    let graph = app::graph(config, super::system_clock())?;
    let verdict = credentials::try_out(&graph, vault, tenant, credential).await?;
    if let Verdict::Refused(failure) = &verdict {
        return Err(CliError::Refused(format!(
            "{} Nothing was stored.",
            failure.message
        )));
    }
    for line in verdict.remarks() {
        output::note(line);
    }
    Ok(verdict)
}

/// Prints what cannot be read; an error if that is everything.
fn report(verdict: &Verdict) -> Result<(), CliError> {
    match verdict {
        Verdict::Refused(failure) => Err(CliError::Refused(failure.message.clone())),
        Verdict::Accepted { refused, .. } => {
            for line in verdict.remarks() {
                output::note(line);
            }
            let mut table = Table::new(&["KIND", "CODE", "WHY IT CANNOT BE READ"]);
            for (kind, failure) in refused {
                let (code, why) = (failure.code.to_string(), failure.message.clone());
                table.row([kind.to_string(), code, why]);
            }
            output::data(table)
        }
    }
}
