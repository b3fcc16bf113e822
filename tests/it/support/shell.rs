//! The program, as people and scripts start it.

use std::{
    fs,
    process::{Command, Output},
};

use tempfile::TempDir;
use tenantatlas::store::DatabaseUrl;

use super::Database;

/// A data directory and a database, and the program to use them with.
pub(crate) struct Shell {
    pub(crate) directory: TempDir,
    database: String,
}

impl Shell {
    pub(crate) fn new(database: &Database) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        fs::write(directory.path().join("key"), key).unwrap();
        fs::write(directory.path().join("client-secret"), "not told\n").unwrap();
        let database = match &database.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        Self {
            directory,
            database,
        }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantatlas"));
        command
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", &self.database)
            .env("TENANTATLAS_DATA_DIR", self.directory.path())
            .env("TENANTATLAS_SECRET_KEY_FILE", self.path("key"))
            .env("TENANTATLAS_LISTEN", "127.0.0.1:0")
            // Others may listen there at the same time.
            .env("TENANTATLAS_METRICS_LISTEN", "off");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    pub(crate) fn add_contoso(&self) -> Ran {
        Ran::of(self.adding_contoso().output().unwrap())
    }

    pub(crate) fn adding_contoso(&self) -> Command {
        let (directory, client) = (
            "7d0c3f0e-53a2-4a34-9f5a-0b2f0b7c8a11",
            "0b7c8a11-53a2-4a34-9f5a-7d0c3f0e0b2f",
        );
        let mut add = self.command(&["tenant", "add", "--name", "Contoso"]);
        add.args(["--entra-tenant-id", directory, "--client-id", client])
            .args(["--client-secret-file", &self.path("client-secret")]);
        add
    }
}

#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) data: String,
    pub(crate) told: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            data: String::from_utf8(output.stdout).unwrap(),
            told: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.data
    }

    #[track_caller]
    pub(crate) fn refused(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.data, "", "{self:?}");
        self.told
    }
}
