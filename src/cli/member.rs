//! `member add`: the first owner of a tenant, and others before there is a front end.

use chrono::{DateTime, Utc};

use super::{author, error::CliError, output, values};
use crate::{
    app,
    config::Config,
    domain::{ids::TenantId, member::MOST_MEMBERS, role::Role},
    store::{self, Db, StoreError},
    workers::members::{self, Added},
};

/// The commands about members.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Makes a person a member of a tenant
    Add(Add),
}

/// Which person, and as what.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// ID of the tenant, as `tenant list` shows it
    #[arg(long, value_name = "ID", value_parser = values::tenant_id)]
    pub(super) tenant: TenantId,
    /// Issuer of the person's tokens, exactly as they name it
    #[arg(long, value_name = "URL", value_parser = values::issuer)]
    pub(super) issuer: String,
    /// Subject of the person's tokens, exactly as they name it
    #[arg(long, value_name = "SUB", value_parser = values::filled)]
    pub(super) subject: String,
    /// READONLY, OPERATOR, MANAGER or OWNER
    #[arg(long, value_parser = values::role)]
    pub(super) role: Role,
}

/// Runs one of the commands.
pub(super) async fn run(command: Command, config: &Config) -> Result<(), CliError> {
    let Command::Add(new) = command;
    let base = app::open(config, super::system_clock()).await?;
    let role = new.role;
    let tenant = super::tenant::require(&base.store, new.tenant).await?;
    let added = base.store.write(move |db, now| insert(db, &new, now));
    match added.await? {
        Added::Member(_) => {}
        Added::Already => {
            return Err(CliError::Refused(
                "this person is a member of the tenant already".to_owned(),
            ));
        }
        Added::Full => {
            return Err(CliError::Refused(format!(
                "a tenant has at most {MOST_MEMBERS} members"
            )));
        }
    }
    output::note(format!("added as {role} of {}", tenant.name));
    Ok(())
}

/// Makes a person a member.
pub(super) fn insert(db: &mut Db, new: &Add, now: DateTime<Utc>) -> Result<Added, StoreError> {
    let user = store::members::make_known(db, &new.issuer, &new.subject, now)?;
    members::add(db, new.tenant, (&user, new.role), &author(), now)
}
