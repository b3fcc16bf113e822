//! The key that seals secrets: where it lies, how it is made, and that it is the database's own.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::{
    store::{DatabaseUrl, Db, StoreError, dispatcher},
    vault::{Vault, VaultError, random_key},
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
    /// The database's secrets were sealed with another key.
    #[error(
        "the secrets in this database were sealed with another key (it has {known}, the key file \
         has {given}); start with the file of that key"
    )]
    Mismatch {
        /// Check value of the database's key.
        known: String,
        /// Check value of the key given.
        given: String,
    },
    /// The database could not be asked.
    #[error("the database's check value of the key cannot be read")]
    Store(#[from] StoreError),
}

impl KeyFileError {
    /// Whether another setting would mend it.
    pub fn is_of_settings(&self) -> bool {
        match self {
            Self::Missing | Self::Read { .. } | Self::Key { .. } | Self::Mismatch { .. } => true,
            Self::Make { .. } | Self::Store(_) => false,
        }
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
    match (configured, database) {
        (Some(path), DatabaseUrl::Sqlite(_) | DatabaseUrl::Postgres(_)) => read(path),
        (None, DatabaseUrl::Postgres(_)) => Err(KeyFileError::Missing),
        (None, DatabaseUrl::Sqlite(_)) => {
            let path = data_dir.join("secret.key");
            if make(&path).map_err(|cause| KeyFileError::Make {
                path: path.clone(),
                cause,
            })? {
                tracing::info!(
                    "made the key that seals secrets, {}: back it up apart from the database, \
                     which is worth little without it",
                    path.display()
                );
            }
            read(&path)
        }
    }
}

fn read(path: &Path) -> Result<Vault, KeyFileError> {
    let text = fs::read_to_string(path).map_err(|cause| KeyFileError::Read {
        path: path.to_owned(),
        cause,
    })?;
    Vault::from_base64(&SecretString::from(text)).map_err(|cause| KeyFileError::Key {
        path: path.to_owned(),
        cause,
    })
}

/// Makes a key file, unless there is one; whether it did. Whoever looks sees no file or a whole one.
fn make(path: &Path) -> io::Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    let draft = path.with_extension(format!("{}.draft", Uuid::new_v4().simple()));
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create_new(true).open(&draft)?;
    let key = SecretString::from(STANDARD.encode(random_key().expose_secret()));
    writeln!(file, "{}", key.expose_secret())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes sure that the key is the one that the database's secrets are sealed with; the first key
/// that a database sees becomes that.
///
/// # Errors
///
/// [`KeyFileError::Mismatch`].
pub fn settle(db: &mut Db, vault: &Vault) -> Result<(), KeyFileError> {
    let given = vault.check_value();
    let known = dispatcher::settle(db, "secret_key_check", &given)?;
    if known == given {
        Ok(())
    } else {
        Err(KeyFileError::Mismatch { known, given })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        clock::SystemClock,
        store::{PoolSettings, Store},
    };

    fn embedded(dir: &Path) -> DatabaseUrl {
        DatabaseUrl::Sqlite(dir.join("test.db"))
    }

    #[test]
    fn beside_an_embedded_database_the_key_is_made_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let check = || {
            let vault = vault(&embedded(dir.path()), dir.path(), None).expect("a key");
            vault.check_value()
        };
        assert_eq!(check(), check());
        let files: Vec<_> = fs::read_dir(dir.path()).expect("a list").collect();
        assert_eq!(files.len(), 1, "{files:?}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_the_owner_may_read_a_key_that_was_made() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("secret.key");
        assert!(make(&path).expect("made"));
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
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
        settled(&first).await.expect("the first");
        settled(&first).await.expect("the same");
        assert!(matches!(
            settled(&other).await,
            Err(KeyFileError::Mismatch { .. })
        ));
    }
}
