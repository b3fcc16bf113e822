//! A request as the simulator sees it, whether it came alone or inside a batch.

use actix_web::web::Bytes;

use crate::uri;

/// One request, taken off the wire or out of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// The `Host` header, from which links are built.
    pub(crate) host: String,
    /// The path exactly as received.
    pub(crate) path: String,
    /// The query exactly as received, without the question mark.
    pub(crate) query: String,
    pub(crate) authorization: Option<String>,
    pub(crate) client_request_id: Option<String>,
    pub(crate) body: Bytes,
    /// Port of the client, for a request that came alone.
    pub(crate) connection: Option<u16>,
    /// Number of the envelope in the log, for an item of a batch.
    pub(crate) batch: Option<u64>,
}

impl Incoming {
    /// The bearer token, if there is one.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.authorization.as_deref()?.strip_prefix("Bearer ")
    }

    /// Absolute URL of this request with another query.
    pub(crate) fn url_with(&self, query: &str) -> String {
        let mark = if query.is_empty() { "" } else { "?" };
        format!("http://{}{}{mark}{query}", self.host, self.path)
    }
}

/// Version of the Graph API, the first segment of its paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Beta,
    V1,
}

impl Version {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Beta => "beta",
            Self::V1 => "v1.0",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Beta, Self::V1]
            .into_iter()
            .find(|version| version.name() == name)
    }
}

/// What a path leads to.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// The token endpoint of a tenant.
    Token { tenant: String },
    /// The discovery document of a tenant.
    Discovery { tenant: String },
    /// Anything of Graph.
    Graph {
        version: Version,
        segments: Vec<String>,
    },
    /// No part of the simulated services.
    Unknown,
}

impl Target {
    pub(crate) fn of(path: &str) -> Self {
        let mut segments = uri::segments(path);
        if let Some(version) = segments.first().and_then(|name| Version::named(name)) {
            segments.remove(0);
            return Self::Graph { version, segments };
        }
        let names: Vec<&str> = segments.iter().map(String::as_str).collect();
        match names.as_slice() {
            [tenant, "oauth2", "v2.0", "token"] => Self::Token {
                tenant: (*tenant).to_owned(),
            },
            [tenant, "v2.0", ".well-known", "openid-configuration"] => Self::Discovery {
                tenant: (*tenant).to_owned(),
            },
            _ => Self::Unknown,
        }
    }
}
