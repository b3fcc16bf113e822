//! Where a server is to work: its directory, and the address that it listens at.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
};

use super::{finding::Finding, in_time, machine};
use crate::{config::Config, store::DatabaseUrl};

const DIRECTORY: &str = "data directory";
const ADDRESS: &str = "address";

/// Less than this is as good as nothing.
const LEAST_SPACE: u64 = 64 << 20;
/// Less than this is soon used up.
const LITTLE_SPACE: u64 = 1 << 30;

/// The directories of the key and of the embedded database.
pub(super) fn look(config: &Config) -> Vec<Finding> {
    let database = match &config.database {
        DatabaseUrl::Sqlite(file) => file.parent(),
        DatabaseUrl::Postgres(_) => return Vec::new(),
    };
    let other = database.filter(|folder| *folder != config.data_dir && *folder != Path::new(""));
    let mut findings = vec![directory(&config.data_dir)];
    findings.extend(other.map(directory));
    findings
}

fn directory(path: &Path) -> Finding {
    let shown = path.display();
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Finding::ok(DIRECTORY, format!("{shown} is made at the first start"));
        }
        Err(error) => {
            let remedy = "let the user that runs the server enter it";
            return Finding::fail(
                DIRECTORY,
                format!("{shown} cannot be read ({error})"),
                remedy,
            );
        }
    };
    if !found.is_dir() {
        let remedy = "name a directory in TENANTATLAS_DATA_DIR";
        return Finding::fail(DIRECTORY, format!("{shown} is no directory"), remedy);
    }
    if let Err(why) = machine::may_write(path) {
        let remedy = "give the directory to the user that runs the server, on a file system that can be \
                      written, or name another in TENANTATLAS_DATA_DIR";
        return Finding::fail(
            DIRECTORY,
            format!("{shown} cannot be written ({why})"),
            remedy,
        );
    }
    space(&shown.to_string(), machine::free_space(path))
        .or_else(|| {
            machine::is_open_to_others(&found).then(|| {
                let remedy = format!("chmod 700 {shown}");
                Finding::warn(DIRECTORY, format!("others can read {shown}"), remedy)
            })
        })
        .unwrap_or_else(|| {
            let free = machine::free_space(path);
            let free = free.map_or_else(String::new, |free| format!(", {} free", size(free)));
            Finding::ok(DIRECTORY, format!("{shown}{free}"))
        })
}

/// What there is to say about too little room.
fn space(shown: &str, free: Option<u64>) -> Option<Finding> {
    let free = free.filter(|free| *free < LITTLE_SPACE)?;
    let found = format!("the disk of {shown} has {} left", size(free));
    Some(match free < LEAST_SPACE {
        true => Finding::fail(
            DIRECTORY,
            found,
            "make room: nothing can be stored on a full disk",
        ),
        false => Finding::warn(DIRECTORY, found, "make room before it is full"),
    })
}

fn size(bytes: u64) -> String {
    match bytes >> 20 {
        mebibytes @ ..10_240 => format!("{mebibytes} MiB"),
        mebibytes => format!("{} GiB", mebibytes >> 10),
    }
}

/// Whether the address is free, or a server of ours has it.
pub(super) async fn listen(address: SocketAddr) -> Finding {
    if address.port() == 0 {
        return Finding::ok(ADDRESS, format!("{address} takes any port that is free"));
    }
    match TcpListener::bind(address) {
        // Closed at once: nobody has asked for anything yet.
        Ok(_) => Finding::ok(
            ADDRESS,
            format!("{address} is free, so no server listens there"),
        ),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            taken(address, health_of(address).await.as_deref())
        }
        Err(error) => {
            let remedy = "name an address of this machine, and a port that its user may use, in \
                          TENANTATLAS_LISTEN";
            Finding::fail(
                ADDRESS,
                format!("{address} cannot be listened at ({error})"),
                remedy,
            )
        }
    }
}

/// What whoever has the address says about its health.
async fn health_of(address: SocketAddr) -> Option<String> {
    let host = match address.ip().is_unspecified() {
        true => IpAddr::from(Ipv4Addr::LOCALHOST),
        false => address.ip(),
    };
    let url = format!("http://{}/healthz", SocketAddr::new(host, address.port()));
    let client = reqwest::Client::builder().no_proxy().build().ok()?;
    in_time(async { client.get(url).send().await.ok()?.text().await.ok() }).await?
}

fn taken(address: SocketAddr, health: Option<&str>) -> Finding {
    match health.map(str::trim) {
        Some("alive") => Finding::ok(
            ADDRESS,
            format!(
                "a server listens at {address}, and is alive; `tick` tells whether one works on this database"
            ),
        ),
        Some(told) if told.contains("start this server again") => {
            let remedy = "start it again";
            Finding::fail(
                ADDRESS,
                format!("the server at {address} is beyond help"),
                remedy,
            )
        }
        Some(_) | None => {
            let remedy = "stop the other program, or choose another port in TENANTATLAS_LISTEN";
            Finding::fail(
                ADDRESS,
                format!("another program listens at {address}"),
                remedy,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Grade;

    #[test]
    fn a_disk_is_judged_by_what_is_left() {
        let grade = |free| space("./data", free).map(|finding| finding.grade);
        assert_eq!(grade(None), None);
        assert_eq!(grade(Some(LITTLE_SPACE)), None);
        assert_eq!(grade(Some(LEAST_SPACE)), Some(Grade::Warn));
        assert_eq!(grade(Some(0)), Some(Grade::Fail));
        assert_eq!(
            (size(5 << 20), size(20 << 30)),
            ("5 MiB".into(), "20 GiB".into())
        );
    }

    #[test]
    fn whoever_has_the_address_is_known_by_its_health() {
        let address = "127.0.0.1:8080".parse().unwrap();
        for (health, grade) in [
            (Some("alive\n"), Grade::Ok),
            (
                Some("every connection has been lost: start this server again\n"),
                Grade::Fail,
            ),
            (Some("<html>"), Grade::Fail),
            (None, Grade::Fail),
        ] {
            assert_eq!(taken(address, health).grade, grade, "{health:?}");
        }
    }
}
