//! An OpenID Connect provider beside the simulated Graph, with made-up people who need no password.
//!
//! [`Issuer`] is a server of its own, for its root is its name. People sign in by the code flow with
//! PKCE (`flow`), and get access tokens that anybody can check with the published keys (`keys`).
//! Tests make tokens without it, and wrong ones too: a [`Draft`] is changed, then signed.

mod flow;
mod keys;
mod page;
mod person;
mod provider;
mod redirect;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    web::{self, Bytes, Data},
};
use serde_json::Value;

use self::provider::Provider;
pub use self::{
    keys::Signer,
    person::{Draft, Person},
};
use crate::{
    SimulatorError, TimeSource,
    delivery::deliver,
    server::{self, Server},
};

/// Who issues tokens, for whom, about whom.
#[derive(Clone, Debug)]
pub struct IssuerOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What access tokens name as their audience.
    pub audience: String,
    /// Who can sign in.
    pub people: Vec<Person>,
    /// RSA keys, PKCS #8 in DER, for tokens by RS256 and PS256: one at a time, and the next one after
    /// a rotation. The key for ES256 is made at the start, so that nobody else knows it.
    pub rsa_keys: Vec<Vec<u8>>,
    /// Where the time comes from.
    pub time: TimeSource,
}

impl Default for IssuerOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            audience: "tenantatlas".to_owned(),
            people: Person::cast(),
            rsa_keys: Vec::new(),
            time: TimeSource::default(),
        }
    }
}

/// A running issuer. Dropping it stops the server.
///
/// Methods that take a login or a way of signing panic if there is none, as those of
/// [`Simulator`](crate::Simulator) do.
#[derive(Debug)]
pub struct Issuer {
    provider: Arc<Provider>,
    _server: Server,
}

impl Issuer {
    /// Starts an issuer; it listens when this returns.
    pub fn start(options: IssuerOptions) -> Result<Self, SimulatorError> {
        let (listener, address) = server::listen(options.listen)?;
        let provider = Arc::new(Provider::new(format!("http://{address}"), options)?);
        let served = Data::from(Arc::clone(&provider));
        let serve = move |listener| {
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(served.clone())
                    .default_service(web::to(handle))
            });
            Ok(server.workers(1).disable_signals().listen(listener)?.run())
        };
        Ok(Self {
            provider,
            _server: Server::start(listener, address, "issuer-simulator", serve)?,
        })
    }

    /// The issuer: its root, without a slash at its end.
    pub fn url(&self) -> String {
        self.provider.url.clone()
    }

    /// The issuer of a directory, named as Entra names them; [`Self::url`] with `/{tenantid}/v2.0`.
    pub fn directory_url(&self, directory: &str) -> String {
        self.provider.directory_url(directory)
    }

    /// Who can sign in.
    pub fn people(&self) -> &[Person] {
        &self.provider.people
    }

    /// An access token of somebody, an hour long, before it is signed.
    #[expect(clippy::expect_used, reason = "see the type: a test's mistake")]
    pub fn draft(&self, login: &str) -> Draft {
        let person = self
            .provider
            .person(login)
            .expect("a person of this issuer");
        self.provider.access_token(person, "console", "openid")
    }

    /// The text of a token.
    #[expect(clippy::expect_used, reason = "see the type: a test's mistake")]
    pub fn sign(&self, draft: &Draft, signer: &Signer) -> String {
        let signed = self.provider.keys().sign(draft, signer);
        signed.expect("a key for this way of signing")
    }

    /// An access token of somebody, as signing in gives it.
    pub fn token(&self, login: &str) -> String {
        self.sign(&self.draft(login), &Signer::Es256)
    }

    /// Replaces all keys. Tokens by the old ones are worth nothing to those who look.
    pub fn rotate(&self) -> Result<(), SimulatorError> {
        self.provider.rotate()
    }

    /// The published keys.
    pub fn keys(&self) -> Value {
        self.provider.keys().published()
    }

    /// How often the keys were asked for.
    pub fn key_requests(&self) -> usize {
        self.provider.key_requests()
    }

    /// From now on answers everything with 503, or as ever again.
    pub fn set_down(&self, is_down: bool) {
        self.provider.set_down(is_down);
    }
}

async fn handle(request: HttpRequest, body: Bytes, provider: Data<Provider>) -> HttpResponse {
    let is_near = server::is_near(&request);
    deliver(&flow::answer(
        &provider,
        &server::incoming(&request, body),
        is_near,
    ))
}
