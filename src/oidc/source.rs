//! Where the keys of an issuer come from: its discovery document, and the address that it names.

use std::time::Duration;

use reqwest::{Client, redirect};
use serde::Deserialize;
use url::Url;

use super::{
    key_set::KeySet,
    place::ORGANIZATIONS,
    settings::{self, IssuerName, TENANT_PLACE},
};

const USER_AGENT: &str = concat!("TenantAtlas/", env!("CARGO_PKG_VERSION"));
/// Longest time for one of the two answers, from connecting to the last byte.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Largest of the two answers. Both are a few KiB long.
const LARGEST_BYTES: usize = 512 * 1024;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum FetchFault {
    /// No answer.
    #[error("the issuer did not answer")]
    Transport(#[source] reqwest::Error),
    /// A refusal, or a way to somewhere else, which is not taken.
    #[error("the issuer answered with status {0}")]
    Status(u16),
    /// Too much.
    #[error("the answer has more than {LARGEST_BYTES} bytes")]
    TooLarge,
    /// Not what it should be.
    #[error("the answer is no document of its kind")]
    Document(#[source] serde_json::Error),
    /// The document of somebody else.
    #[error("the discovery document is of `{0}`")]
    OtherIssuer(String),
    /// Keys that somebody could change on their way.
    #[error("the keys' address `{0}` is not safe")]
    KeysAddress(String),
}

/// The HTTP client of the room. It keeps no connections: they would be driven by the thread that
/// opened them, and fetches are rare.
pub(super) fn client() -> Result<Client, reqwest::Error> {
    // Whoever came first has installed it; one provider is as good as the other.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .timeout(TIMEOUT)
        .pool_max_idle_per_host(0)
        .build()
}

/// Where to ask.
#[derive(Debug)]
pub(super) struct Source {
    http: Client,
    /// What the discovery document has to call itself.
    issuer: String,
    discovery: String,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Source {
    pub(super) fn of(name: &IssuerName, http: Client) -> Self {
        // The common document of Entra is of the template, braces and all.
        let issuer = name.as_written();
        let root = issuer.replace(TENANT_PLACE, ORGANIZATIONS);
        let root = root.trim_end_matches('/');
        Self {
            http,
            discovery: format!("{root}/.well-known/openid-configuration"),
            issuer,
        }
    }

    /// Whose keys they are.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Fetches the keys.
    pub(super) async fn fetch(&self) -> Result<KeySet, FetchFault> {
        let discovery: Discovery = serde_json::from_slice(&self.get(&self.discovery).await?)
            .map_err(FetchFault::Document)?;
        if discovery.issuer != self.issuer {
            return Err(FetchFault::OtherIssuer(discovery.issuer));
        }
        let Some(address) = self.keys_address(&discovery.jwks_uri) else {
            return Err(FetchFault::KeysAddress(discovery.jwks_uri));
        };
        KeySet::read(&self.get(address.as_str()).await?).map_err(FetchFault::Document)
    }

    /// The address of the keys, which may have a query. An issuer elsewhere sends nobody to the
    /// services of this machine.
    fn keys_address(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let issuer = Url::parse(&self.discovery).ok()?;
        let is_at_home =
            settings::is_on_this_machine(&url) && settings::is_on_this_machine(&issuer);
        match url.scheme() {
            "https" => Some(url),
            "http" if is_at_home => Some(url),
            _ => None,
        }
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, FetchFault> {
        let transport = |error: reqwest::Error| FetchFault::Transport(error.without_url());
        let request = self.http.get(url).header("accept", "application/json");
        let mut response = request.send().await.map_err(transport)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchFault::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if chunk.len() > LARGEST_BYTES - body.len() {
                return Err(FetchFault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::{IssuerDraft, IssuerSettings};

    fn source(issuer: &str, allowed: &[&str]) -> Source {
        let allowed: Vec<String> = allowed.iter().map(|text| (*text).to_owned()).collect();
        let draft = IssuerDraft {
            issuer: Some(issuer.to_owned()),
            audience: Some("api".to_owned()),
            allowed_tenants: (!allowed.is_empty()).then_some(allowed),
            ..IssuerDraft::default()
        };
        let settings = IssuerSettings::read(draft).unwrap();
        Source::of(&settings.name, client().unwrap())
    }

    #[test]
    fn the_document_is_found_by_the_issuer() {
        let one = "11111111-1111-4111-8111-111111111111";
        let two = "22222222-2222-4222-8222-222222222222";
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let filled = template.replace(TENANT_PLACE, one);
        for (issuer, allowed, root, named) in [
            (
                "https://id.example/",
                &[][..],
                "https://id.example",
                "https://id.example/",
            ),
            (
                "https://id.example/a",
                &[],
                "https://id.example/a",
                "https://id.example/a",
            ),
            (&filled, &[], &filled, &filled),
            (template, &[one], &filled, &filled),
            (
                template,
                &[one, two],
                "https://login.microsoftonline.com/organizations/v2.0",
                template,
            ),
            (
                template,
                &["*"],
                "https://login.microsoftonline.com/organizations/v2.0",
                template,
            ),
        ] {
            let source = source(issuer, allowed);
            let expected = format!("{root}/.well-known/openid-configuration");
            assert_eq!(source.discovery, expected);
            assert_eq!(source.issuer, named);
        }
    }

    #[test]
    fn keys_come_over_a_safe_way() {
        for (issuer, keys, is_safe) in [
            ("https://id.example", "https://keys.example/jwks?v=2", true),
            ("https://id.example", "http://id.example/jwks", false),
            ("https://id.example", "http://127.0.0.1/jwks", false),
            ("https://id.example", "file:///etc/passwd", false),
            ("https://id.example", "/jwks", false),
            ("http://127.0.0.1:4000", "http://localhost:4000/jwks", true),
            ("http://127.0.0.1:4000", "http://id.example/jwks", false),
        ] {
            let source = source(issuer, &[]);
            assert_eq!(
                source.keys_address(keys).is_some(),
                is_safe,
                "{issuer} {keys}"
            );
        }
    }
}
