//! The directory of a trial: keys, settings, logs, the database.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tenantatlas::vault::{Vault, random_key};

/// A directory that is removed with this, unless it is to be kept.
#[derive(Debug)]
pub(crate) struct Place {
    directory: TempDir,
    pub(crate) vault: Vault,
}

impl Place {
    pub(crate) fn make() -> Self {
        // PostgreSQL's owner, who is somebody else when root tests, has to pass through.
        let passable = fs::Permissions::from_mode(0o755);
        let directory = tempfile::Builder::new()
            .prefix("tenantatlas-chaos-")
            .permissions(passable)
            .tempdir()
            .expect("a directory for temporary files");
        let key = STANDARD.encode(random_key().expose_secret());
        fs::write(directory.path().join("key"), &key).unwrap();
        let vault = Vault::from_base64(&key.into()).expect("a key");
        Self { directory, vault }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    /// Leaves the directory where it is.
    pub(crate) fn keep(&mut self) {
        self.directory.disable_cleanup(true);
        eprintln!("the logs of all servers are in {}", self.root().display());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A trial that cannot go on: its logs say why.
        if std::thread::panicking() {
            self.keep();
        }
    }
}
