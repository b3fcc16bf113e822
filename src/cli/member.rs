//! `member add`: the first owner of a tenant, and others before there is a front end.

use chrono::{DateTime, Utc};

use super::{command_line, error::CliError, output, values};
use crate::{
    app,
    config::Config,
    domain::{
        audit::{AuditAction, AuditEntry, Target},
        ids::{MemberId, TenantId, UserId},
        role::Role,
    },
    store::{
        Claim, Db, StoreError, audit,
        members::{self, User},
    },
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
    if added.await? == Claim::Taken {
        return Err(CliError::Refused(
            "this person is a member of the tenant already".to_owned(),
        ));
    }
    output::note(format!("added as {role} of {}", tenant.name));
    Ok(())
}

/// Makes a person a member; taken when the person is one.
pub(super) fn insert(db: &mut Db, new: &Add, now: DateTime<Utc>) -> Result<Claim, StoreError> {
    let user = user_of(db, new, now)?;
    let member = MemberId::mint();
    let by = command_line();
    let claim = members::insert(db, member, new.tenant, user, new.role, &by, now)?;
    if claim == Claim::Taken {
        return Ok(claim);
    }
    let target = Target::Member(member);
    let entry = AuditEntry::of(
        new.tenant,
        by,
        AuditAction::MemberAdded,
        target,
        &*new.subject,
    )
    .changed("role", None::<&str>, new.role.as_str())
    .changed("issuer", None::<&str>, &*new.issuer);
    audit::append(db, &entry, now)?;
    Ok(claim)
}

/// The person, known from now on. A name comes with the first sign-in; until then it is the subject.
fn user_of(db: &mut Db, new: &Add, now: DateTime<Utc>) -> Result<UserId, StoreError> {
    if let Some(user) = members::find_user(db, &new.issuer, &new.subject)? {
        return Ok(user.id);
    }
    let user = User {
        id: UserId::mint(),
        issuer: new.issuer.clone(),
        subject: new.subject.clone(),
        display_name: new.subject.clone(),
        email: None,
    };
    members::insert_user(db, &user, now)?;
    Ok(user.id)
}
