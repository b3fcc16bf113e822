//! TLS to PostgreSQL, as the URL asks for it: against a server of the test's own, which shows a certificate
//! of an authority of the test's own.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use crate::support::{
    Database,
    shell::{Ran, Shell},
};

const PASSWORD: &str = "hunter2";

/// A PostgreSQL that listens to TLS only; it ends with the test.
struct Secure {
    folder: TempDir,
    port: u16,
}

impl Secure {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut secure = Self { folder, port: 0 };
        let password = secure.write("password", PASSWORD);
        secure.give_to_the_owner(secure.folder.path());
        let init = [
            "--username",
            "tenant",
            "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
        ];
        let init = [&init[..], &["--locale", "C.UTF-8", "--no-sync"]].concat();
        assert!(secure.runs("initdb", &init, &["--pwfile", &password]));
        authority(&secure, "right", "server");
        authority(&secure, "wrong", "unused");
        let only_tls = "hostssl all all 127.0.0.1/32 scram-sha-256\n";
        secure.write("data/pg_hba.conf", only_tls);
        let log = secure.path("server.log");
        let is_up = (0..5).any(|_| {
            secure.port = free_port();
            let options = format!(
                "-c listen_addresses=localhost -c port={port} -c ssl=on -c fsync=off \
                 -c unix_socket_directories= -c ssl_cert_file={cert} -c ssl_key_file={key}",
                port = secure.port,
                cert = secure.path("server.pem"),
                key = secure.path("server.key"),
            );
            let how = ["--log", &log, "--options", &options];
            secure.runs("pg_ctl", &["--wait", "start"], &how)
        });
        assert!(is_up, "{}", fs::read_to_string(log).unwrap_or_default());
        secure
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A file that only the server's owner may read.
    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        self.give_to_the_owner(Path::new(&path));
        path
    }

    /// PostgreSQL refuses to run as root.
    fn give_to_the_owner(&self, path: &Path) {
        if let Some(id) = owner() {
            chown(path, Some(id), Some(id)).unwrap();
        }
    }

    /// Whether a program of the server's does what it is to do.
    fn runs(&self, program: &str, arguments: &[&str], more: &[&str]) -> bool {
        let program = programs().join(program);
        let mut command = match owner() {
            Some(_) => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(["--pgdata", &self.path("data")]);
        let status = command
            .args(arguments)
            .args(more)
            .stdout(std::process::Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    }

    /// The name of the program's database, with what it asks of TLS.
    fn url(&self, host: &str, asks: &str) -> String {
        let port = self.port;
        format!("postgres://tenant:{PASSWORD}@{host}:{port}/postgres?{asks}")
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        // No panic: a test that fails drops this as well, and two of them would end the whole suite.
        self.runs("pg_ctl", &["--mode", "immediate"], &["--wait", "stop"]);
    }
}

/// Whose the server has to be, where this runs as root.
fn owner() -> Option<u32> {
    let id = |arguments: &[&str]| -> u32 {
        let Output { stdout, .. } = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8(stdout).unwrap().trim().parse().unwrap()
    };
    (id(&["-u"]) == 0).then(|| id(&["-u", "postgres"]))
}

/// Where the server's programs are.
fn programs() -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/test-postgres");
    let told = Command::new(script).arg("programs").output().unwrap();
    assert!(told.status.success(), "{told:?}");
    String::from_utf8(told.stdout).unwrap().trim().into()
}

/// One that the system has to give at this moment; somebody else may be faster.
fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

/// Writes an authority's certificate, and one of a server on localhost that it signed.
fn authority(secure: &Secure, name: &str, server: &str) {
    let mut parameters = CertificateParams::new(Vec::<String>::new()).unwrap();
    let called = |parameters: &mut CertificateParams, name: &str| {
        parameters.distinguished_name.push(DnType::CommonName, name);
    };
    called(&mut parameters, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let own = parameters.self_signed(&key).unwrap();
    fs::write(secure.path(&format!("{name}.pem")), own.pem()).unwrap();
    let issuer = Issuer::new(parameters, key);
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    called(&mut parameters, server);
    let signed = parameters.signed_by(&key, &issuer).unwrap();
    secure.write(&format!("{server}.pem"), &signed.pem());
    secure.write(&format!("{server}.key"), &key.serialize_pem());
}

#[test]
fn the_server_has_to_show_who_it_is_where_the_url_asks_for_it() {
    if crate::on_postgres::server().is_none() {
        return;
    }
    let shell = Shell::new(&Database::create());
    let secure = Secure::start();
    let file = |name: &str| secure.path(name);
    let listed = |url: String, trusted: &str| {
        let mut list = shell.command(&["tenant", "list"]);
        list.env("DATABASE_URL", url).env("SSL_CERT_FILE", trusted);
        Ran::of(list.output().unwrap())
    };
    let (right, wrong) = (file("right.pem"), file("wrong.pem"));
    let full = |authority: &str| format!("sslmode=verify-full&sslrootcert={authority}");
    listed(secure.url("localhost", &full(&right)), &wrong).done();
    // The system's authorities, of which there is one here.
    listed(secure.url("localhost", "sslrootcert=system"), &right).done();
    for (host, asks, why) in [
        ("localhost", full(&wrong), "certificate verify failed"),
        ("127.0.0.1", full(&right), "127.0.0.1"),
        (
            "localhost",
            "sslrootcert=system".to_owned(),
            "certificate verify failed",
        ),
        ("localhost", full("/no/such.pem"), "/no/such.pem"),
        ("localhost", "sslmode=disable".to_owned(), "no encryption"),
    ] {
        let told = listed(secure.url(host, &asks), &wrong).refused(1);
        assert!(told.contains(why), "{asks}: {told}");
        assert!(!told.contains(PASSWORD), "{told}");
    }
    let weak = secure.url("localhost", "sslrootcert=system&sslmode=require");
    let told = listed(weak, &right).refused(1);
    assert!(
        told.contains("sslmode=verify-full") && !told.contains(PASSWORD),
        "{told}"
    );
}
