//! The key that seals secrets: whether it is there, whose eyes only, and the database's own.

use std::path::Path;

use super::{finding::Finding, machine};
use crate::{
    config::Config,
    key_file::{self, KeyFileError},
    store::keys::KeyFacts,
    telemetry::chain,
    vault::Vault,
};

const KEY: &str = "key";

/// What there is to say of it, and the key itself, where it can be used.
pub(super) fn look(config: &Config, facts: Option<&KeyFacts>) -> (Vec<Finding>, Option<Vault>) {
    let configured = config.secret_key_file.as_deref();
    let path = match key_file::path(&config.database, &config.data_dir, configured) {
        Ok(path) => path,
        Err(error) => return (vec![unusable(&error)], None),
    };
    let known = facts.and_then(|facts| facts.check.as_deref());
    if configured.is_none() && !path.exists() {
        return (vec![absent(&path, known)], None);
    }
    let vault = match key_file::read(&path) {
        Ok(vault) => vault,
        Err(error) => return (vec![unusable(&error)], None),
    };
    let mut findings = vec![fits(&path, &vault, facts)];
    if std::fs::metadata(&path).is_ok_and(|found| machine::is_open_to_others(&found)) {
        let shown = path.display();
        let remedy = format!("chmod 600 {shown}");
        findings.push(Finding::warn(
            KEY,
            format!("others can read {shown}"),
            remedy,
        ));
    }
    (findings, Some(vault))
}

fn absent(path: &Path, known: Option<&str>) -> Finding {
    let shown = path.display();
    match known {
        None => Finding::ok(
            KEY,
            format!("{shown} is made at the first start; back it up then"),
        ),
        Some(known) => Finding::fail(
            KEY,
            format!(
                "{shown} is not there, and secrets in the database are sealed with the key {known}"
            ),
            "bring the key file back from where it was backed up, before a server starts",
        ),
    }
}

fn unusable(error: &KeyFileError) -> Finding {
    Finding::fail(
        KEY,
        chain(error).to_string(),
        "name a readable file with 32 bytes in base64 in TENANTATLAS_SECRET_KEY_FILE",
    )
}

fn fits(path: &Path, vault: &Vault, facts: Option<&KeyFacts>) -> Finding {
    let shown = path.display();
    let Some(facts) = facts else {
        return Finding::ok(
            KEY,
            format!("{shown} can be read; with no database to hold it against"),
        );
    };
    match key_file::is_to_take_over(vault, facts) {
        Ok(false) => Finding::ok(KEY, format!("{shown} has the key of this database")),
        Ok(true) => Finding::warn(
            KEY,
            format!("{shown} begins with a key that is to replace that of the database"),
            "start the servers, then `tenantatlas key rotate` (see docs/copies-and-keys.md)",
        ),
        Err(error) => Finding::fail(
            KEY,
            chain(&error).to_string(),
            "bring the key file back that belongs to this database (after a restore, that of the time of \
             the copy)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::doctor::finding::Grade, vault::random_key};

    #[test]
    fn a_key_is_held_against_what_the_database_knows() {
        let (own, other) = (Vault::new(&random_key()), Vault::new(&random_key()));
        let of = |key: &Vault| KeyFacts {
            check: Some(key.sealing_key().to_string()),
            ..KeyFacts::default()
        };
        let grade = |facts: Option<&KeyFacts>| fits(Path::new("key"), &own, facts).grade;
        assert_eq!(grade(Some(&of(&own))), Grade::Ok);
        assert_eq!(grade(Some(&KeyFacts::default())), Grade::Ok);
        assert_eq!(grade(Some(&of(&other))), Grade::Fail);
        assert_eq!(grade(None), Grade::Ok);
        assert_eq!(absent(Path::new("key"), None).grade, Grade::Ok);
        assert_eq!(absent(Path::new("key"), Some("1")).grade, Grade::Fail);
    }
}
