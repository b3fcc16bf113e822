//! What to do about a connection that could not be made, by what the libraries say of it.

/// What to do about a database that cannot be opened.
pub(super) fn about_database(said: &str) -> &'static str {
    first_of(
        said,
        &[
            ("query parameter", "leave that parameter out of DATABASE_URL, or spell it as libpq does: sslmode, connect_timeout, options"),
            ("connection option", "mend that parameter of DATABASE_URL"),
            ("sslmode value", "mend sslmode in DATABASE_URL: require, verify-ca or verify-full"),
            ("password authentication failed", "mend name and password in DATABASE_URL"),
            ("no password supplied", "add the password to DATABASE_URL"),
            ("role", "make that role by CREATE ROLE … LOGIN, or name another in DATABASE_URL"),
            ("database", "make that database by CREATE DATABASE … ENCODING 'UTF8', or name another in DATABASE_URL"),
            ("pg_hba.conf", "let pg_hba.conf of the server admit this host, or add sslmode=require to DATABASE_URL"),
            ("certificate", "name the authority in sslrootcert, or the host as its certificate has it, in DATABASE_URL"),
            ("does not support SSL", "turn SSL on at the server, or leave sslmode=require out of DATABASE_URL"),
            ("translate host name", "mend the host in DATABASE_URL, or the name server of this machine"),
            ("refused", "start the server, and mend host and port in DATABASE_URL"),
            ("too many", "raise max_connections of the server, or lower database.connections"),
            ("permission denied", "give the role its rights: it has to own its tables, or have USAGE and CREATE on the schema and SELECT, INSERT, UPDATE and DELETE on all tables"),
            ("readonly", "let the user that runs the server write the database and its directory"),
            ("not a database", "bring a copy back, or name the right file in DATABASE_URL"),
            ("malformed", "bring a copy back (see docs/copies-and-keys.md)"),
            ("too old", "upgrade the server"),
            ("encoding", "make another database with the encoding UTF8"),
            ("unable to open", "let the user that runs the server read the database and its directory"),
        ],
    )
    .unwrap_or("look whether the server runs, and whether a firewall lets this machine through to it")
}

/// What to do about a host of the web that cannot be reached.
pub(super) fn about_host(said: &str) -> &'static str {
    first_of(
        said,
        &[
            ("dns error", "mend the name server of this machine, or name a proxy in HTTPS_PROXY"),
            ("certificate", "a proxy on the way may read what is sent: add its authority to those of this \
              machine (or name a file in SSL_CERT_FILE), and set the clock"),
            ("proxy", "mend HTTPS_PROXY, or except the host in NO_PROXY"),
            ("tunnel", "mend HTTPS_PROXY, or except the host in NO_PROXY"),
            ("refused", "look whether a firewall is in the way; where one wants a proxy, name it in HTTPS_PROXY"),
        ],
    )
    .unwrap_or("let the firewall pass HTTPS to this host, or name a proxy in HTTPS_PROXY")
}

/// The advice of the first words that were said. `role` and `database` count where they do not exist.
fn first_of(said: &str, known: &[(&str, &'static str)]) -> Option<&'static str> {
    let said = said.to_lowercase();
    let does_not_exist = said.contains("does not exist");
    let is_said = |words: &str| match words {
        "role" | "database" => does_not_exist && said.contains(&format!("{words} \"")),
        words => said.contains(&words.to_lowercase()),
    };
    let found = known.iter().find(|(words, _)| is_said(words));
    found.map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_leads_to_what_helps() {
        for (said, helps) in [
            (
                "FATAL:  password authentication failed for user \"atlas\"",
                "password",
            ),
            ("FATAL:  role \"atlas\" does not exist", "CREATE ROLE"),
            (
                "FATAL:  database \"atlas\" does not exist",
                "CREATE DATABASE",
            ),
            (
                "could not translate host name \"db\" to address",
                "name server",
            ),
            (
                "connection to server at \"::1\", port 5432 failed: Connection refused",
                "start the server",
            ),
            (
                "no pg_hba.conf entry for host \"::1\", user \"a\", database \"b\", no encryption",
                "sslmode=require",
            ),
            (
                "server does not support SSL, but SSL was required",
                "turn SSL on",
            ),
            ("root certificate file does not exist", "sslrootcert"),
            ("timeout expired", "firewall"),
            ("invalid URI query parameter: \"foo\"", "spell it"),
            ("invalid sslmode value: \"on\"", "mend sslmode"),
            (
                "invalid integer value \"x\" for connection option \"connect_timeout\"",
                "mend that parameter",
            ),
        ] {
            assert!(about_database(said).contains(helps), "{said}");
        }
        for (said, helps) in [
            (
                "client error (Connect): dns error: failed to lookup address",
                "name server",
            ),
            ("invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
            ("tcp connect error: Connection refused", "proxy"),
            ("no answer within 5 seconds: timed out", "firewall"),
        ] {
            assert!(about_host(said).contains(helps), "{said}");
        }
    }
}
