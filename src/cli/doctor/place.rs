//! Where a server is to work: its directory, and the addresses that it listens at.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
};

use super::{finding::Finding, in_time, machine};
use crate::{
    config::Config,
    data_dir,
    metrics::{self, Listen},
    store::DatabaseUrl,
};

const DIRECTORY: &str = "data directory";
const ADDRESS: &str = "address";

const FULL: &str = "make room: nothing can be stored on a full disk";

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

/// A path as it is meant from everywhere.
pub(super) fn shown(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.display().to_string()
}

fn directory(path: &Path) -> Finding {
    let shown = shown(path);
    let place = match data_dir::nearest(path) {
        Ok(place) => place,
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let found = format!("{shown} is no directory, or lies below something that is none");
            return Finding::fail(DIRECTORY, found, "name a directory in TENANTATLAS_DATA_DIR");
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
    let there = fs::metadata(path).ok();
    if let Err(why) = data_dir::may_write(&place) {
        let found = match there {
            Some(_) => format!("{shown} cannot be written ({why})"),
            None => format!("{shown} cannot be made in {} ({why})", place.display()),
        };
        return Finding::fail(DIRECTORY, found, remedy(&why));
    }
    let free = machine::free_space(&place);
    space(&shown, free)
        .or_else(|| {
            let is_open = there.as_ref().is_some_and(machine::is_open_to_others);
            is_open.then(|| {
                let remedy = format!("chmod 700 {shown}");
                Finding::warn(DIRECTORY, format!("others can read {shown}"), remedy)
            })
        })
        .unwrap_or_else(|| {
            let free = free.map_or_else(String::new, |free| format!(", {} free", size(free)));
            let made = match there {
                Some(_) => "",
                None => " is made at the first start",
            };
            Finding::ok(DIRECTORY, format!("{shown}{made}{free}"))
        })
}

/// What to do about a directory that cannot be written.
fn remedy(why: &io::Error) -> &'static str {
    if why.kind() == io::ErrorKind::ReadOnlyFilesystem {
        "look after the disk: it may only be read, as one that has failed, or name another directory in \
         TENANTATLAS_DATA_DIR"
    } else if data_dir::is_of_the_disk(why) {
        FULL
    } else {
        "give the directory to the user that runs the server, on a file system that can be written, or \
         name another in TENANTATLAS_DATA_DIR"
    }
}

/// What there is to say about too little room.
fn space(shown: &str, free: Option<u64>) -> Option<Finding> {
    let free = free.filter(|free| *free < LITTLE_SPACE)?;
    let found = format!("the disk of {shown} has {} left", size(free));
    Some(match free {
        0 => Finding::fail(DIRECTORY, found, FULL),
        1..LEAST_SPACE => Finding::fail(DIRECTORY, found, "make room: soon nothing can be stored"),
        LEAST_SPACE.. => Finding::warn(DIRECTORY, found, "make room before it is full"),
    })
}

fn size(bytes: u64) -> String {
    match bytes >> 20 {
        mebibytes @ ..10_240 => format!("{mebibytes} MiB"),
        mebibytes => format!("{} GiB", mebibytes >> 10),
    }
}

/// What no other program measures.
const OWN_METRIC: &str = "tenantatlas_build_info";

/// What is served at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    Api,
    Metrics,
}

impl Served {
    /// The variable that names the address.
    fn variable(self) -> &'static str {
        match self {
            Self::Api => "TENANTATLAS_LISTEN",
            Self::Metrics => "TENANTATLAS_METRICS_LISTEN",
        }
    }

    /// Where a server of ours is known by its answer.
    fn path(self) -> &'static str {
        match self {
            Self::Api => "/healthz",
            Self::Metrics => "/metrics",
        }
    }
}

/// The addresses of the API and of the metrics.
pub(super) async fn addresses(config: &Config) -> Vec<Finding> {
    let api = config.api.listen;
    let Listen::At(metrics) = config.metrics.listen.unwrap_or_default() else {
        return vec![listen(api, Served::Api).await];
    };
    if metrics::meet(api, metrics) {
        let found = format!(
            "{api} is to serve the API, and {metrics} metrics: they are in each other's way"
        );
        let remedy = "choose another address in TENANTATLAS_METRICS_LISTEN, or `off`";
        return vec![Finding::fail(ADDRESS, found, remedy)];
    }
    let (api, metrics) = tokio::join!(listen(api, Served::Api), listen(metrics, Served::Metrics));
    vec![api, metrics]
}

/// Whether an address is free, or a server of ours has it.
async fn listen(address: SocketAddr, served: Served) -> Finding {
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
            taken(address, served, answer_of(address, served).await.as_deref())
        }
        Err(error) => {
            let variable = served.variable();
            let remedy = format!(
                "name an address of this machine, and a port that its user may use, in {variable}"
            );
            Finding::fail(
                ADDRESS,
                format!("{address} cannot be listened at ({error})"),
                remedy,
            )
        }
    }
}

/// What whoever has the address says of itself.
async fn answer_of(address: SocketAddr, served: Served) -> Option<String> {
    let host = match address.ip().is_unspecified() {
        true => IpAddr::from(Ipv4Addr::LOCALHOST),
        false => address.ip(),
    };
    let (address, path) = (SocketAddr::new(host, address.port()), served.path());
    let url = format!("http://{address}{path}");
    let client = reqwest::Client::builder().no_proxy().build().ok()?;
    in_time(async { client.get(url).send().await.ok()?.text().await.ok() }).await?
}

fn taken(address: SocketAddr, served: Served, answer: Option<&str>) -> Finding {
    let variable = served.variable();
    match (served, answer.map(str::trim)) {
        (Served::Metrics, Some(told)) if told.contains(OWN_METRIC) => {
            Finding::ok(ADDRESS, format!("a server serves its metrics at {address}"))
        }
        (Served::Api, Some("alive")) => Finding::ok(
            ADDRESS,
            format!(
                "a server listens at {address}, and is alive; `tick` tells whether one works on this database"
            ),
        ),
        (Served::Api, Some(told)) if told.contains("start this server again") => {
            let remedy = "start it again";
            Finding::fail(
                ADDRESS,
                format!("the server at {address} is beyond help"),
                remedy,
            )
        }
        (Served::Api | Served::Metrics, Some(_) | None) => {
            let remedy = format!("stop the other program, or choose another port in {variable}");
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
        assert_eq!(grade(Some(LEAST_SPACE - 1)), Some(Grade::Fail));
        assert_eq!(grade(Some(0)), Some(Grade::Fail));
        let remedy = |free| space("./data", Some(free)).and_then(|finding| finding.remedy);
        assert_ne!(remedy(18 << 20), remedy(0), "it is not full yet");
        assert_eq!(
            (size(5 << 20), size(20 << 30)),
            ("5 MiB".into(), "20 GiB".into())
        );
    }

    #[test]
    fn what_to_do_about_a_directory_depends_on_what_is_wrong_with_it() {
        let of = |kind: io::ErrorKind| remedy(&kind.into());
        assert_eq!(of(io::ErrorKind::StorageFull), FULL);
        assert!(of(io::ErrorKind::ReadOnlyFilesystem).contains("only be read"));
        assert!(of(io::ErrorKind::PermissionDenied).contains("give the directory to"));
    }

    #[test]
    fn whoever_has_an_address_is_known_by_its_answer() {
        let address = "127.0.0.1:8080".parse().unwrap();
        let metrics = "tenantatlas_build_info{version=\"1.0.0\"} 1\n";
        for (served, answer, grade) in [
            (Served::Api, Some("alive\n"), Grade::Ok),
            (
                Served::Api,
                Some("every connection has been lost: start this server again\n"),
                Grade::Fail,
            ),
            (Served::Api, Some("<html>"), Grade::Fail),
            (Served::Api, Some(metrics), Grade::Fail),
            (Served::Metrics, Some(metrics), Grade::Ok),
            (Served::Metrics, Some("alive\n"), Grade::Fail),
            (Served::Metrics, None, Grade::Fail),
        ] {
            let finding = taken(address, served, answer);
            assert_eq!(finding.grade, grade, "{served:?} {answer:?}");
            let remedy = finding.remedy.unwrap_or_default();
            let is_of_the_other = remedy.contains("_METRICS_") && served == Served::Api;
            assert!(!is_of_the_other, "{remedy}");
        }
    }
}
