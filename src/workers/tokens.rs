//! Every change of a tenant's API tokens, whichever door it comes through.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{
    domain::{
        api_token::{ApiToken, MOST_TOKENS, NewToken, TokenText},
        audit::{AuditAction, AuditEntry, Author, Target},
    },
    store::{Db, StoreError, api_tokens, audit, tenants},
};

/// What became of the wish for a token.
#[derive(Clone, Debug)]
pub enum Created {
    /// It is made; its text cannot be shown again.
    Token(Box<ApiToken>, TokenText),
    /// Another token that can be used has the name.
    NameTaken,
    /// The tenant has as many as it may.
    Full,
}

/// Makes a token. The tenant is locked first, because the name must be of no other.
pub fn create(
    db: &mut Db,
    new: NewToken,
    author: &Author,
    now: DateTime<Utc>,
) -> Result<Created, StoreError> {
    tenants::lock(db, new.tenant)?;
    let present = api_tokens::usable(db, new.tenant, now)?;
    let name = new.name.folded();
    if present.iter().any(|token| token.name.folded() == name) {
        return Ok(Created::NameTaken);
    }
    if present.len() >= MOST_TOKENS {
        return Ok(Created::Full);
    }
    let (token, text) = new.made(rand::random(), author.actor.clone(), now);
    api_tokens::insert(db, &token)?;
    let expires_at = token.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let entry = entry(&token, AuditAction::ApiTokenCreated, author)
        .changed("role", None::<&str>, token.role.as_str())
        .changed("expiresAt", None::<&str>, expires_at);
    audit::append(db, &entry, now)?;
    Ok(Created::Token(token.into(), text))
}

/// Makes a token useless; one that is useless already stays as it is.
pub fn revoke(
    db: &mut Db,
    token: &ApiToken,
    author: &Author,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if token.revoked(now).is_none() || !api_tokens::revoke(db, token.id, now)? {
        return Ok(());
    }
    let revoked_at = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    let entry = entry(token, AuditAction::ApiTokenRevoked, author);
    let entry = entry.changed("revokedAt", None::<&str>, revoked_at);
    audit::append(db, &entry, now)
}

fn entry(token: &ApiToken, action: AuditAction, author: &Author) -> AuditEntry {
    let target = Target::ApiToken(token.id);
    AuditEntry::by(author, token.tenant, action, target, token.name.as_str())
}
