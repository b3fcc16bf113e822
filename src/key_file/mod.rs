//! The keys that seal secrets: where they lie, how they are made and changed, and that they are the
//! database's own.
//!
//! A key file has a key on each line. The first one seals, all open. There is one, but while another
//! takes its place.

use std::{
    io,
    path::{Path, PathBuf},
};

mod files;

pub use files::{add_key, make_sure, retire_others, sweep};

use crate::{
    store::{
        DatabaseUrl, Db, StoreError,
        keys::{self, KeyFacts},
    },
    vault::{KeyId, Vault, VaultError},
};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// PostgreSQL, and no file named.
    #[error(
        "TENANTATLAS_SECRET_KEY_FILE must name a file with the key that seals secrets: 32 bytes in \
         base64, such as `openssl rand -base64 32` prints; all servers of one database need the same"
    )]
    Missing,
    /// The file cannot be read.
    #[error("the key file {} cannot be read", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The file cannot be made.
    #[error("the key file {} cannot be made", path.display())]
    Make {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The file holds something else.
    #[error("the key file {} is not usable", path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: VaultError,
    },
    /// The file cannot be written.
    #[error("the key file {} cannot be changed; it is as it was", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The file was written, and nobody knows whether it stays.
    #[error(
        "the key file {} was changed, but not for certain: the change may be gone after a power \
         failure; give the command again",
        path.display()
    )]
    Unsure {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The database's secrets were sealed with another key.
    #[error(
        "the secrets in this database were sealed with another key (it has {known}, the key file \
         begins with {given}); start with the file of that key"
    )]
    Mismatch {
        /// The database's key.
        known: String,
        /// The first key given.
        given: KeyId,
    },
    /// Some secrets are sealed with a key that takes the other's place, and that is not here.
    #[error(
        "secrets in this database are being sealed with the key {0} as well, which the key file \
         lacks; add it on a line of its own"
    )]
    Lacks(String),
    /// The first key was replaced already.
    #[error(
        "the first key of the key file, {0}, was replaced; take it out, or put the new one before it"
    )]
    Replaced(KeyId),
    /// Two keys are to take the place of one.
    #[error(
        "the key file begins with the key {given}, but other servers already seal with {next}; all \
         need the same first key"
    )]
    Torn {
        /// The key that others seal with.
        next: String,
        /// The first key given.
        given: KeyId,
    },
    /// The database could not be asked.
    #[error("the database's check value of the key cannot be read")]
    Store(#[from] StoreError),
}

impl KeyFileError {
    /// Whether another setting would mend it.
    pub fn is_of_settings(&self) -> bool {
        match self {
            Self::Missing
            | Self::Read { .. }
            | Self::Key { .. }
            | Self::Mismatch { .. }
            | Self::Lacks(_)
            | Self::Replaced(_)
            | Self::Torn { .. } => true,
            Self::Make { .. } | Self::Write { .. } | Self::Unsure { .. } | Self::Store(_) => false,
        }
    }
}

/// The file of the key: the one that is configured, or beside an embedded database one in the data
/// directory.
///
/// # Errors
///
/// [`KeyFileError::Missing`] for PostgreSQL without a configured one.
pub fn path(
    database: &DatabaseUrl,
    data_dir: &Path,
    configured: Option<&Path>,
) -> Result<PathBuf, KeyFileError> {
    match (configured, database) {
        (Some(path), DatabaseUrl::Sqlite(_) | DatabaseUrl::Postgres(_)) => Ok(path.to_owned()),
        (None, DatabaseUrl::Sqlite(_)) => Ok(data_dir.join("secret.key")),
        (None, DatabaseUrl::Postgres(_)) => Err(KeyFileError::Missing),
    }
}

/// The vault of the key that is configured. Beside an embedded database a key is made when there is
/// no file yet.
///
/// # Errors
///
/// A file that is missing, unreadable or no key.
pub fn vault(
    database: &DatabaseUrl,
    data_dir: &Path,
    configured: Option<&Path>,
) -> Result<Vault, KeyFileError> {
    let path = path(database, data_dir, configured)?;
    if configured.is_none() {
        let made = files::make(&path).map_err(|cause| KeyFileError::Make {
            path: path.clone(),
            cause,
        })?;
        if made {
            tracing::info!(
                path = %path.display(),
                "made the key that seals secrets: back it up apart from the database, which is worth \
                 little without it"
            );
        }
    }
    read(&path)
}

/// The keys in a file.
///
/// # Errors
///
/// A file that is missing, unreadable or no key.
pub fn read(path: &Path) -> Result<Vault, KeyFileError> {
    Vault::from_base64(&files::text(path)?).map_err(|cause| KeyFileError::Key {
        path: path.to_owned(),
        cause,
    })
}

/// Whether the keys given fit as they are, so that [`settle`] has nothing to write and nothing to say.
///
/// # Errors
///
/// The database could not be asked.
pub fn is_settled(db: &mut Db, vault: &Vault) -> Result<bool, StoreError> {
    let facts = keys::facts(db)?;
    let is_to_take_over = is_to_take_over(vault, &facts);
    Ok(facts.check.is_some() && matches!(is_to_take_over, Ok(false)))
}

/// Makes sure that every secret of the database opens with the keys given, and that all servers seal
/// with the same. The first key that a database sees becomes its own; one that stands before that
/// is to take its place. Where that one is not given any more, and has sealed nothing, it was given up.
///
/// # Errors
///
/// Keys that do not fit, each in words of its own.
pub fn settle(db: &mut Db, vault: &Vault) -> Result<(), KeyFileError> {
    let first = vault.sealing_key().to_string();
    keys::begin(db, &first)?;
    let mut asked = is_to_take_over(vault, &keys::facts(db)?);
    if let Err(KeyFileError::Lacks(next)) = &asked
        && let Ok(lacking) = next.parse()
        && give_up(db, lacking)?
    {
        asked = is_to_take_over(vault, &keys::facts(db)?);
    }
    if asked? {
        keys::begin_next(db, &first)?;
        // Of two servers that begin with different ones at once, one was faster.
        is_to_take_over(vault, &keys::facts(db)?)?;
    }
    Ok(())
}

/// Forgets the key that was to take over, unless something is sealed with it. A server that has it
/// in memory stores nothing more that it seals, until it is started again.
fn give_up(db: &mut Db, next: KeyId) -> Result<bool, StoreError> {
    keys::lock(db)?;
    if keys::count_of(db, &next.header())? > 0 {
        return Ok(false);
    }
    keys::drop_next(db, &next.to_string())?;
    tracing::warn!(key.id = %next, "the key that was to take over is not in the key file and has sealed nothing: it was given up");
    Ok(true)
}

/// Whether the first key given is to take the place of the database's, and nobody has said so yet.
///
/// # Errors
///
/// Keys that do not fit, each in words of its own.
pub fn is_to_take_over(vault: &Vault, facts: &KeyFacts) -> Result<bool, KeyFileError> {
    let given = vault.sealing_key();
    let first = given.to_string();
    let has = |key: &String| vault.keys().any(|own| own.to_string() == *key);
    let Some(known) = &facts.check else {
        return Ok(false);
    };
    if facts.previous.as_ref() == Some(&first) {
        return Err(KeyFileError::Replaced(given));
    }
    if !has(known) {
        let known = known.clone();
        return Err(KeyFileError::Mismatch { known, given });
    }
    match &facts.next {
        Some(next) if !has(next) => Err(KeyFileError::Lacks(next.clone())),
        Some(next) if *next != first && *known != first => {
            let next = next.clone();
            Err(KeyFileError::Torn { next, given })
        }
        Some(_) => Ok(false),
        None => Ok(*known != first),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Arc};

    use super::*;
    use crate::{
        clock::SystemClock,
        store::{PoolSettings, Store},
        vault::random_key,
    };

    fn embedded(dir: &Path) -> DatabaseUrl {
        DatabaseUrl::Sqlite(dir.join("test.db"))
    }

    #[test]
    fn beside_an_embedded_database_the_key_is_made_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let check = || {
            let vault = vault(&embedded(dir.path()), dir.path(), None).expect("a key");
            vault.sealing_key()
        };
        assert_eq!(check(), check());
        let files: Vec<_> = fs::read_dir(dir.path()).expect("a list").collect();
        assert_eq!(files.len(), 1, "{files:?}");
    }

    #[test]
    fn a_key_is_neither_made_for_postgresql_nor_where_a_file_was_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let postgres: DatabaseUrl = "postgres://db/atlas".parse().expect("a URL");
        let named = dir.path().join("other.key");
        assert!(matches!(
            vault(&postgres, dir.path(), None),
            Err(KeyFileError::Missing)
        ));
        assert!(matches!(
            vault(&embedded(dir.path()), dir.path(), Some(&named)),
            Err(KeyFileError::Read { .. })
        ));
        fs::write(&named, "no key").expect("written");
        assert!(matches!(
            vault(&postgres, dir.path(), Some(&named)),
            Err(KeyFileError::Key { .. })
        ));
    }

    #[actix_rt::test]
    async fn a_database_keeps_to_its_first_key() {
        let dir = tempfile::tempdir().expect("a directory");
        let settings = PoolSettings::default();
        let store = Store::open(&embedded(dir.path()), settings, Arc::new(SystemClock));
        let store = store.expect("a database");
        let (first, other) = (Vault::new(&random_key()), Vault::new(&random_key()));
        let settled = async |vault: &Vault| {
            let vault = vault.clone();
            store.write(move |db, _| settle(db, &vault)).await
        };
        let is_as_it_is = async |vault: &Vault| {
            let vault = vault.clone();
            let asked = store.read(move |db| is_settled(db, &vault));
            asked.await.expect("an answer")
        };
        assert!(!is_as_it_is(&first).await);
        settled(&first).await.expect("the first");
        assert!(is_as_it_is(&first).await && !is_as_it_is(&other).await);
        settled(&first).await.expect("the same");
        assert!(matches!(
            settled(&other).await,
            Err(KeyFileError::Mismatch { .. })
        ));
    }
}
