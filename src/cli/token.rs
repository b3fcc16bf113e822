//! `token create`: credentials of automations.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{command_line, error::CliError, output, values};
use crate::{
    app,
    config::Config,
    domain::{
        api_token::{ApiToken, TokenText},
        audit::{AuditAction, AuditEntry, Target},
        ids::{ApiTokenId, TenantId},
        name::Name,
        role::Role,
    },
    store::{Claim, Db, api_tokens, audit},
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
    /// What the token is for
    #[arg(long, value_parser = values::name)]
    pub(super) name: Name,
    /// Days until it stops working
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub(super) expires_in_days: u16,
}

/// Runs one of the commands.
pub(super) async fn run(command: Command, config: &Config) -> Result<(), CliError> {
    let Command::Create(new) = command;
    let base = app::open(config, super::system_clock()).await?;
    super::tenant::require(&base.store, new.tenant).await?;
    let days = new.expires_in_days;
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
    let id = ApiTokenId::mint();
    let text = TokenText::new(id, rand::random());
    let token = ApiToken {
        id,
        tenant: new.tenant,
        key_id: text.key_id().to_owned(),
        secret_hash: text.secret_hash(),
        name: new.name,
        role: new.role,
        created_at: now,
        created_by: command_line(),
        expires_at: now + TimeDelta::days(new.expires_in_days.into()),
        last_used_at: None,
        revoked_at: None,
    };
    if api_tokens::insert(db, &token)? == Claim::Taken {
        return Err(CliError::Refused(
            "a token with this key exists; try again".to_owned(),
        ));
    }
    let target = Target::ApiToken(id);
    let action = AuditAction::ApiTokenCreated;
    let entry = AuditEntry::of(
        token.tenant,
        command_line(),
        action,
        target,
        token.name.as_str(),
    )
    .changed("role", None::<&str>, token.role.as_str())
    .changed(
        "expiresAt",
        None::<&str>,
        token.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
    );
    audit::append(db, &entry, now)?;
    Ok(text)
}
