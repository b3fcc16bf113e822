//! The whole suite once more, on PostgreSQL: this program calls itself.

use std::process::Command;

/// Set in the run that is made on PostgreSQL.
const MARK: &str = "TENANTATLAS_TEST_ON_POSTGRES";

fn named_server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL")
        .ok()
        .filter(|url| !url.is_empty())
}

/// The server that the tests of this process make their schemas on; none when they use SQLite.
pub(crate) fn server() -> Option<String> {
    std::env::var_os(MARK).and_then(|_| named_server())
}

#[test]
fn every_test_passes_on_postgresql_too() {
    if server().is_some() {
        return;
    }
    if named_server().is_none() {
        eprintln!("TEST_DATABASE_URL is not set: the suite runs on SQLite only");
        return;
    }
    eprintln!("TEST_DATABASE_URL is set: the suite runs on SQLite and on PostgreSQL");
    let again = Command::new(std::env::current_exe().unwrap())
        .env(MARK, "yes")
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&again.stdout),
        String::from_utf8_lossy(&again.stderr),
    );
    assert!(again.status.success(), "on PostgreSQL:\n{out}\n{err}");
}
