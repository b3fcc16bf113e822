//! Values of the command line: each from its text, with a sentence for whoever got it wrong.

use std::{fmt::Display, str::FromStr};

use crate::{
    config::texts,
    domain::{
        api_token::Lifetime,
        global_id::GlobalId,
        ids::{BackupSetId, TenantId},
        name::{Name, NameError},
        role::Role,
        tenant::Cloud,
    },
    export::Format,
};

/// The public form of a tenant's identifier.
pub(super) fn tenant_id(text: &str) -> Result<TenantId, String> {
    TenantId::from_global(text).map_err(|error| error.to_string())
}

/// The public form of a backup set's identifier.
pub(super) fn set_id(text: &str) -> Result<BackupSetId, String> {
    BackupSetId::from_global(text).map_err(|error| error.to_string())
}

/// The layout of an export.
pub(super) fn format(text: &str) -> Result<Format, String> {
    let known = || Format::ALL.iter().map(|format| format.as_str());
    text.parse()
        .map_err(|_| format!("one of {}", known().collect::<Vec<_>>().join(", ")))
}

/// A name that people give to something.
pub(super) fn name(text: &str) -> Result<Name, String> {
    text.parse().map_err(|error: NameError| error.to_string())
}

/// A role in any case.
pub(super) fn role(text: &str) -> Result<Role, String> {
    word(text, Role::ALL)
}

/// A role that an API token may have.
pub(super) fn token_role(text: &str) -> Result<Role, String> {
    match role(text)? {
        Role::Owner => Err("an API token cannot be OWNER; the most is MANAGER".to_owned()),
        role @ (Role::Readonly | Role::Operator | Role::Manager) => Ok(role),
    }
}

/// For how many days a token is made.
pub(super) fn lifetime(text: &str) -> Result<Lifetime, String> {
    let lifetime = text.parse().ok().and_then(Lifetime::of);
    lifetime.ok_or_else(|| format!("a number of days, 1 to {}", Lifetime::MAX))
}

/// A Microsoft cloud in any case.
pub(super) fn cloud(text: &str) -> Result<Cloud, String> {
    word(text, Cloud::ALL)
}

/// The issuer of a person's tokens, exactly as they name it.
pub(super) fn issuer(text: &str) -> Result<String, String> {
    texts::web_url(text).map(|_| text.to_owned())
}

/// A text that is not blank.
pub(super) fn filled(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("must not be blank".to_owned());
    }
    Ok(text.to_owned())
}

fn word<T: FromStr + Display>(text: &str, all: &[T]) -> Result<T, String> {
    text.to_ascii_uppercase().parse().map_err(|_| {
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        format!("one of {}", words.join(", "))
    })
}
