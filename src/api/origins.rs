//! Which sites' pages may use the API from a browser.

/// Origins that are let in besides the server's own.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins(Vec<String>);

impl Origins {
    pub(super) fn new(listed: Vec<String>) -> Self {
        Self(listed)
    }

    /// Whether a page of `origin` may talk to the server that the request calls `host`. `null`,
    /// which sandboxed pages send, never may.
    pub(super) fn admit(&self, origin: &str, host: Option<&str>) -> bool {
        let is_own = origin
            .split_once("://")
            .is_some_and(|(_, site)| Some(site) == host);
        is_own || (origin != "null" && self.0.iter().any(|listed| listed == origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_host_and_listed_origins_pass() {
        let listed = vec!["https://console.example".to_owned(), "null".to_owned()];
        let origins = Origins::new(listed);
        for (origin, host, expected) in [
            ("http://localhost:8080", Some("localhost:8080"), true),
            ("https://atlas.example", Some("atlas.example"), true),
            ("https://atlas.example:8443", Some("atlas.example"), false),
            ("https://console.example", Some("atlas.example"), true),
            (
                "https://console.example.evil.example",
                Some("atlas.example"),
                false,
            ),
            ("http://console.example", Some("atlas.example"), false),
            ("null", Some("atlas.example"), false),
            ("null", Some("null"), false),
            ("https://other.example", None, false),
            ("", None, false),
        ] {
            assert_eq!(origins.admit(origin, host), expected, "{origin} {host:?}");
        }
    }
}
