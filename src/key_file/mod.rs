//! The keys that seal secrets: where they lie, how they are made and changed, and that they are the
//! database's own.
//!
//! A key file has a key on each line. The first one seals, all open. There is one, but while another
//! takes its place.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::{
    store::{
        DatabaseUrl, Db, StoreError,
        keys::{self, KeyFacts},
    },
    vault::{KeyId, Vault, VaultError, random_key},
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
            Self::Make { .. } | Self::Write { .. } | Self::Store(_) => false,
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
        let made = make(&path).map_err(|cause| KeyFileError::Make {
            path: path.clone(),
            cause,
        })?;
        if made {
            tracing::info!(
                "made the key that seals secrets, {}: back it up apart from the database, \
                 which is worth little without it",
                path.display()
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
    Vault::from_base64(&text(path)?).map_err(|cause| KeyFileError::Key {
        path: path.to_owned(),
        cause,
    })
}

fn text(path: &Path) -> Result<SecretString, KeyFileError> {
    let text = fs::read_to_string(path).map_err(|cause| KeyFileError::Read {
        path: path.to_owned(),
        cause,
    })?;
    Ok(text.into())
}

/// Makes a key file, unless there is one; whether it did. Whoever looks sees no file or a whole one.
fn make(path: &Path) -> io::Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    let key = SecretString::from(STANDARD.encode(random_key().expose_secret()));
    let draft = draft(path, &key)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes keys to a file of nobody else's, beside the one that it is to become.
fn draft(path: &Path, keys: &SecretString) -> io::Result<PathBuf> {
    let draft = path.with_extension(format!("{}.draft", Uuid::new_v4().simple()));
    write_new(&draft, keys)?;
    Ok(draft)
}

fn write_new(path: &Path, keys: &SecretString) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create_new(true).open(path)?;
    writeln!(file, "{}", keys.expose_secret().trim_end())?;
    file.sync_all()
}

/// Puts a new key before those in a file. Whoever looks sees the file as it was, or as it is.
///
/// # Errors
///
/// [`KeyFileError::Write`]; then the file is as it was.
pub fn add_key(path: &Path) -> Result<(), KeyFileError> {
    let before = text(path)?;
    let key = STANDARD.encode(random_key().expose_secret());
    let keys = format!("{key}\n{}", before.expose_secret());
    write_over(path, &keys.into())
}

/// Leaves the first key alone in its file, and every other in a file of its own beside it: copies
/// of the database that were made before need them. The files of those.
///
/// # Errors
///
/// [`KeyFileError::Write`]; then the key file is as it was.
pub fn retire_others(path: &Path) -> Result<Vec<PathBuf>, KeyFileError> {
    let before = text(path)?;
    let lines = before.expose_secret().lines().map(str::trim);
    let mut keys = lines.filter(|line| !line.is_empty());
    let first = SecretString::from(keys.next().unwrap_or_default());
    let mut retired = Vec::new();
    for key in keys.map(SecretString::from) {
        let id = Vault::from_base64(&key).map_err(|cause| KeyFileError::Key {
            path: path.to_owned(),
            cause,
        })?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.old", id.sealing_key()));
        let beside = PathBuf::from(beside);
        match write_new(&beside, &key) {
            Ok(()) => {}
            // It was written before somebody pulled the plug; what it holds its name says.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => {
                return Err(KeyFileError::Write {
                    path: beside,
                    cause,
                });
            }
        }
        retired.push(beside);
    }
    write_over(path, &first)?;
    Ok(retired)
}

/// Puts other keys in the place of those in a file, at once, for whoever could read it before.
fn write_over(path: &Path, keys: &SecretString) -> Result<(), KeyFileError> {
    let failed = |cause| KeyFileError::Write {
        path: path.to_owned(),
        cause,
    };
    // A link stays one.
    let path = fs::canonicalize(path).map_err(failed)?;
    let draft = draft(&path, keys).map_err(failed)?;
    let replaced = take_after(&draft, &path).and_then(|()| fs::rename(&draft, &path));
    if replaced.is_err() {
        drop(fs::remove_file(&draft));
    }
    replaced.map_err(failed)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(failed)?;
    }
    Ok(())
}

/// Gives a file the owner and the permissions of another.
fn take_after(draft: &Path, path: &Path) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        let made = fs::metadata(draft)?;
        if (made.uid(), made.gid()) != (metadata.uid(), metadata.gid()) {
            chown(draft, Some(metadata.uid()), Some(metadata.gid()))?;
        }
    }
    fs::set_permissions(draft, metadata.permissions())
}

/// Makes sure that every secret of the database opens with the keys given, and that all servers seal
/// with the same. The first key that a database sees becomes its own; one that stands before that
/// is to take its place.
///
/// # Errors
///
/// Keys that do not fit, each in words of its own.
pub fn settle(db: &mut Db, vault: &Vault) -> Result<(), KeyFileError> {
    let first = vault.sealing_key().to_string();
    keys::begin(db, &first)?;
    if is_to_take_over(vault, &keys::facts(db)?)? {
        keys::begin_next(db, &first)?;
        // Of two servers that begin with different ones at once, one was faster.
        is_to_take_over(vault, &keys::facts(db)?)?;
    }
    Ok(())
}

/// Whether the first key given is to take the place of the database's, and nobody has said so yet.
fn is_to_take_over(vault: &Vault, facts: &KeyFacts) -> Result<bool, KeyFileError> {
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
            vault.sealing_key()
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
