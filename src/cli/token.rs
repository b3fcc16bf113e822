//! `token create`: credentials of automations.

use chrono::{DateTime, Utc};

use super::{author, error::CliError, output, values};
use crate::{
    app,
    config::Config,
    domain::{
        api_token::{Lifetime, MOST_TOKENS, NewToken, TokenText},
        ids::TenantId,
        name::Name,
        role::Role,
    },
    store::Db,
    workers::tokens::{self, Created},
};

/// The commands about API tokens.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Makes an API token and prints it; it cannot be shown again
    Create(Create),
}

/// A token that is wanted.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Create {
    /// ID of the tenant, as `tenant list` shows it
    #[arg(long, value_name = "ID", value_parser = values::tenant_id)]
    pub(super) tenant: TenantId,
    /// READONLY, OPERATOR or MANAGER
    #[arg(long, value_parser = values::token_role)]
    pub(super) role: Role,
    /// What the token is for; no other token of the tenant that works may be called so
    #[arg(long, value_parser = values::name)]
    pub(super) name: Name,
    /// Days until it stops working
    #[arg(long, value_name = "DAYS", default_value = "90", value_parser = values::lifetime)]
    pub(super) expires_in_days: Lifetime,
}

/// Runs one of the commands.
pub(super) async fn run(command: Command, config: &Config) -> Result<(), CliError> {
    let Command::Create(new) = command;
    let base = app::open(config, super::system_clock()).await?;
    super::tenant::require(&base.store, new.tenant).await?;
    let days = new.expires_in_days.days();
    let text = base
        .store
        .write(move |db, now| insert(db, new, now))
        .await?;
    output::note(format!(
        "the token works for {days} days and is not shown again:"
    ));
    output::data(text.reveal())
}

/// Adds a token to a tenant that exists.
pub(super) fn insert(db: &mut Db, new: Create, now: DateTime<Utc>) -> Result<TokenText, CliError> {
    let new = NewToken {
        tenant: new.tenant,
        name: new.name,
        role: new.role,
        lifetime: new.expires_in_days,
    };
    let name = new.name.clone();
    match tokens::create(db, new, &author(), now)? {
        Created::Token(_, text) => Ok(text),
        Created::NameTaken => Err(CliError::Refused(format!(
            "the tenant has a token that is called {name} and works"
        ))),
        Created::Full => Err(CliError::Refused(format!(
            "the tenant has {MOST_TOKENS} tokens that work; revoke one first"
        ))),
    }
}
