//! PostgreSQL: what its URL may look like, what is added where it says nothing, and which servers
//! will do.
//!
//! libpq repeats in its messages what it cannot read, which in a URL with a password that is not
//! encoded is part of that password. So a URL is looked at before libpq sees it, and nothing of it is
//! repeated here.

use std::{borrow::Cow, path::PathBuf};

use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types};

use super::error::StoreError;

/// What holds where the URL says nothing. libpq alone would wait for ever for a host that is gone.
const DEFAULTS: [(&str, &str); 6] = [
    ("connect_timeout", "10"),
    ("keepalives_idle", "30"),
    ("keepalives_interval", "10"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "30000"),
    ("fallback_application_name", "tenantatlas"),
];

/// The oldest server that will do, as `server_version_num` counts.
const OLDEST: i32 = 140_000;

const ENCODE: &str = "characters such as / ? # @ : % in a name or password are written as %2F, %3F, \
                      %23, %40, %3A, %25";

/// Whether a text is a URL of PostgreSQL's.
pub(super) fn is_named_by(text: &str) -> bool {
    after_scheme(text).is_some()
}

fn after_scheme(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("postgres://");
    rest.or_else(|| text.strip_prefix("postgresql://"))
}

/// A URL in two halves: what stands before the question mark, and the parameters after it, each with
/// its name and its value as they were written.
struct Parts<'a> {
    before: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

/// Takes a URL apart.
///
/// # Errors
///
/// A sentence that repeats nothing of the URL.
fn parts(text: &str) -> Result<Parts<'_>, String> {
    let refused = |why: &str| Err(format!("no URL of PostgreSQL's: {why}"));
    if !is_encoded(text) {
        return refused(&format!("a % does not begin a character; {ENCODE}"));
    }
    let (before, query) = text.split_once('?').unwrap_or((text, ""));
    let rest = after_scheme(before).unwrap_or(before);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let hosts = authority.rsplit('@').next().unwrap_or(authority);
    if authority.matches('@').count() > 1 || path.contains('@') {
        return refused(&format!("it has more than one @; {ENCODE}"));
    }
    if !hosts.split(',').all(has_port_or_none) {
        return refused(&format!("a port is no number; {ENCODE}"));
    }
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let parameters: Option<Vec<_>> = pairs.map(|pair| pair.split_once('=')).collect();
    match parameters {
        Some(parameters) => Ok(Parts { before, parameters }),
        None => refused(&format!("a parameter after the ? has no value; {ENCODE}")),
    }
}

fn has_port_or_none(host: &str) -> bool {
    let after_address = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(_, port)| port),
        None => Some(host.find(':').map_or("", |at| host.split_at(at).1)),
    };
    let is_port = |port: &str| port.bytes().all(|digit| digit.is_ascii_digit());
    match after_address {
        Some("") => true,
        Some(port) => port.strip_prefix(':').is_some_and(is_port),
        None => false,
    }
}

/// Whether each `%` begins a byte that is not zero.
fn is_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let digits = after.get(..2);
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_some_and(|byte| byte != 0)
    })
}

/// Whether a URL can be handed to libpq.
pub(super) fn check(text: &str) -> Result<(), StoreError> {
    parts(text).map(drop).map_err(StoreError::Url)
}

/// The URL as libpq gets it: with what was left out, and with a file for the authorities that the
/// system trusts.
pub(super) fn completed(text: &str) -> Result<String, StoreError> {
    let Parts { before, parameters } = parts(text).map_err(StoreError::Url)?;
    let trusted = || openssl_probe::probe().cert_file;
    let asked = with_trusted(parameters, trusted).map_err(StoreError::Url)?;
    let missing = DEFAULTS
        .into_iter()
        .filter(|(name, _)| asked.iter().all(|(asked, _)| asked != name));
    let missing = missing.map(|(name, value)| format!("{name}={value}"));
    let asked = asked.iter().map(|(name, value)| format!("{name}={value}"));
    let parameters: Vec<String> = asked.chain(missing).collect();
    Ok(format!("{before}?{}", parameters.join("&")))
}

/// Parameters that say where a database is.
const OF_THE_PLACE: [&str; 4] = ["host", "hostaddr", "port", "dbname"];

/// Where the database of a URL is: host, port and name, as far as the URL says them.
pub(super) fn without_user(text: &str) -> String {
    let Ok(Parts { before, parameters }) = parts(text) else {
        return "postgres:…".to_owned();
    };
    // With an @ in it, a password that is not encoded may have been taken for something else.
    if parameters.iter().any(|(_, value)| value.contains('@')) {
        return "postgres:…".to_owned();
    }
    let place = after_scheme(before).unwrap_or_default();
    let place = place.rsplit('@').next().unwrap_or_default();
    let told = parameters
        .iter()
        .filter(|(name, _)| OF_THE_PLACE.contains(name));
    let told: Vec<String> = told
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mark = if told.is_empty() { "" } else { "?" };
    format!("postgres://{place}{mark}{}", told.join("&"))
}

type Parameters<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// Puts a file in the place of `sslrootcert=system`: the OpenSSL that is built into this program looks
/// for the system's authorities where it was built to look, and there is nothing.
fn with_trusted<'a>(
    parameters: Vec<(&'a str, &'a str)>,
    trusted: impl FnOnce() -> Option<PathBuf>,
) -> Result<Parameters<'a>, String> {
    let is_system = parameters.contains(&("sslrootcert", "system"));
    let mode = parameters.iter().find(|(name, _)| *name == "sslmode");
    let mode = mode.map(|(_, mode)| *mode);
    let mut asked: Parameters<'a> = parameters
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect();
    if !is_system {
        return Ok(asked);
    }
    let file = trusted().ok_or(
        "sslrootcert=system: this system has no file of certificate authorities; install its \
         package (ca-certificates), or name a file in SSL_CERT_FILE or sslrootcert",
    )?;
    let file = encoded(&file.to_string_lossy());
    for (name, value) in &mut asked {
        if *name == "sslrootcert" {
            *value = file.clone().into();
        }
    }
    match mode {
        Some("verify-full") => {}
        // Whoever trusts all of the world's authorities has to look at the name, as libpq says too.
        None => asked.push(("sslmode", "verify-full".into())),
        Some(_) => return Err("sslrootcert=system needs sslmode=verify-full".to_owned()),
    }
    Ok(asked)
}

fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

/// What a server says of itself.
#[derive(Debug, QueryableByName)]
struct Facts {
    #[diesel(sql_type = sql_types::Integer)]
    version: i32,
    #[diesel(sql_type = sql_types::Text)]
    encoding: String,
    #[diesel(sql_type = sql_types::Text)]
    messages: String,
}

impl Facts {
    /// Whether the server's messages are known to be in another language than English. Where it goes by
    /// its environment it does not say.
    fn speaks_otherwise(&self) -> bool {
        let locale = self.messages.to_ascii_lowercase();
        let is_english = ["c.", "posix", "en"]
            .iter()
            .any(|start| locale.starts_with(start));
        !locale.is_empty() && locale != "c" && !is_english
    }

    /// Why the product cannot work with such a server, if it cannot.
    fn objection(&self) -> Option<String> {
        let Self {
            version, encoding, ..
        } = self;
        if *version < OLDEST {
            let (major, oldest) = (version / 10_000, OLDEST / 10_000);
            return Some(format!(
                "PostgreSQL {major} is too old: TenantAtlas needs {oldest} or later; upgrade the \
                 server, or choose another in DATABASE_URL"
            ));
        }
        (encoding != "UTF8").then(|| {
            format!(
                "the database's encoding is {encoding}, and TenantAtlas needs UTF8: make another \
                 by CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name it in \
                 DATABASE_URL"
            )
        })
    }
}

/// Refuses a server that is too old, or a database that cannot hold every text. Of a server whose messages
/// are not in English one is warned: what is wrong with it is known by its words.
pub(super) fn check_server(conn: &mut PgConnection) -> Result<(), StoreError> {
    let facts: Facts = sql_query(
        "SELECT current_setting('server_version_num')::integer AS version, \
         current_setting('server_encoding') AS encoding, current_setting('lc_messages') AS messages",
    )
    .get_result(conn)?;
    if facts.speaks_otherwise() {
        tracing::warn!(
            lc_messages = facts.messages,
            "PostgreSQL's messages are not in English: a full disk and the like will not be recognised; \
             set its lc_messages to C"
        );
    }
    facts
        .objection()
        .map_or(Ok(()), |why| Err(StoreError::Unfit(why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_says_wins_and_what_it_does_not_say_is_added() {
        let plain = completed("postgres://u@h/d").unwrap();
        assert_eq!(
            plain,
            "postgres://u@h/d?connect_timeout=10&keepalives_idle=30&keepalives_interval=10\
             &keepalives_count=3&tcp_user_timeout=30000&fallback_application_name=tenantatlas"
        );
        let asked = "postgres://u@h/d?connect_timeout=3&options=-c%20search_path%3Da&sslmode=require\
                     &tcp_user_timeout=0";
        let all = completed(asked).unwrap();
        assert!(all.starts_with(asked), "{all}");
        assert_eq!(all.matches("connect_timeout").count(), 1, "{all}");
        assert_eq!(all.matches("tcp_user_timeout").count(), 1, "{all}");
    }

    #[test]
    fn hosts_are_named_in_every_way_of_libpq() {
        for url in [
            "postgres://",
            "postgres:///d?host=/run/postgresql",
            "postgresql://h",
            "postgres://u:p@h:5432/d",
            "postgres://u@one:5432,two:5433,three/d?target_session_attrs=read-write",
            "postgres://u@[::1]:5432/d",
            "postgres://u@[::1]/d",
            "postgres://u@%2Frun%2Fpostgresql/d",
            "postgres://u%40tenant:p%25@h/d",
        ] {
            assert!(check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_password_that_is_not_encoded_is_refused_without_being_repeated() {
        for url in [
            "postgres://u:hun@ter2@h/d",
            "postgres://u:hun/ter2@h/d",
            "postgres://u:1/ter2@h/d",
            "postgres://u:hun?ter2@h/d",
            "postgres://u:1?ter2@h/d",
            "postgres://u:hun%ter2@h/d",
            "postgres://u:hun%00ter2@h/d",
            "postgres://u:ter2%@h/d",
            "postgres://u@h:hunter2/d",
            "postgres://u@[::1/d",
        ] {
            let Err(refused) = check(url) else {
                panic!("{url} is taken")
            };
            let refused = refused.to_string();
            assert!(!refused.contains("ter2"), "{refused}");
            assert!(refused.starts_with("no URL of PostgreSQL's: "), "{refused}");
        }
    }

    #[test]
    fn where_a_database_is_names_no_user_and_no_password() {
        for (url, place) in [
            ("postgres://u:hunter2@h:5433/d", "postgres://h:5433/d"),
            ("postgresql://h/d", "postgres://h/d"),
            ("postgres://", "postgres://"),
            (
                "postgres://u@one:5432,[::1]:5433/d?sslmode=require",
                "postgres://one:5432,[::1]:5433/d",
            ),
            (
                "postgres:///?user=u&password=hunter2&host=/run/pg&port=5433&dbname=d",
                "postgres:///?host=/run/pg&port=5433&dbname=d",
            ),
            // A password with a question mark in it.
            ("postgres://u:2?host=hunter2@h/d", "postgres:…"),
            ("postgres://u:hun/ter2@h/d", "postgres:…"),
        ] {
            assert_eq!(without_user(url), place, "{url}");
        }
    }

    #[test]
    fn the_systems_authorities_are_a_file() {
        let file = || Some(PathBuf::from("/etc/ssl/all of them.pem"));
        let asked = |mode: &[(&'static str, &'static str)]| {
            let mut parameters = vec![("sslrootcert", "system")];
            parameters.extend(mode);
            with_trusted(parameters, file)
        };
        let named = vec![
            ("sslrootcert", Cow::from("/etc/ssl/all%20of%20them.pem")),
            ("sslmode", Cow::from("verify-full")),
        ];
        assert_eq!(asked(&[]), Ok(named.clone()));
        assert_eq!(asked(&[("sslmode", "verify-full")]), Ok(named));
        assert!(asked(&[("sslmode", "require")]).is_err());
        let nothing = with_trusted(vec![("sslrootcert", "system")], || None);
        assert!(nothing.unwrap_err().contains("ca-certificates"));
        let own = vec![("sslrootcert", "/own.pem")];
        let kept = with_trusted(own, || None);
        assert_eq!(kept, Ok(vec![("sslrootcert", Cow::from("/own.pem"))]));
    }

    #[test]
    fn a_server_that_will_not_do_is_told_what_to_do() {
        let objection = |version, encoding: &str| {
            let (encoding, messages) = (encoding.to_owned(), String::new());
            let facts = Facts {
                version,
                encoding,
                messages,
            };
            facts.objection()
        };
        assert_eq!(objection(140_000, "UTF8"), None);
        assert_eq!(objection(180_003, "UTF8"), None);
        let old = objection(130_014, "UTF8").unwrap();
        assert!(old.contains("PostgreSQL 13 is too old"), "{old}");
        let ascii = objection(160_000, "SQL_ASCII").unwrap();
        assert!(ascii.contains("ENCODING 'UTF8'"), "{ascii}");
    }
    #[test]
    fn messages_in_another_language_are_noticed() {
        for (locale, speaks_otherwise) in [
            ("C", false),
            ("C.UTF-8", false),
            ("POSIX", false),
            ("en_US.UTF-8", false),
            ("English_United States.1252", false),
            ("", false),
            ("de_DE.UTF-8", true),
            ("ca_ES.utf8", true),
        ] {
            let facts = Facts {
                version: OLDEST,
                encoding: "UTF8".to_owned(),
                messages: locale.to_owned(),
            };
            assert_eq!(facts.speaks_otherwise(), speaks_otherwise, "{locale}");
        }
    }
}
