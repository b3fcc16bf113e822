//! Who people are: access tokens of OpenID Connect providers, checked against the providers' keys.
//!
//! [`Issuers`] is shared by the whole process. A token is read (`token`), its claims are held
//! against what the operator chose (`claims`, `settings`), and its signature against the issuer's
//! keys (`key_set`), which are fetched when they are needed (`key_ring`, `source`). The room knows
//! nothing of roles, tenants of ours, or storage: it says who somebody is, never what they may do.

mod claims;
mod freshness;
mod key_ring;
mod key_set;
mod place;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

use futures_util::future::join_all;
use uuid::Uuid;

pub use self::{
    claims::SKEW,
    place::SignInPlace,
    settings::{
        ACCESS_SCOPE, Directories, EntraIssuer, IssuerDraft, IssuerFault, IssuerName,
        IssuerSettings, OidcSettings, TENANT_PLACE,
    },
    source::FetchFault,
};
use self::{key_ring::KeyRing, source::Source, token::Token};
use crate::{clock::Clock, domain::identity::Identity};

/// Why a token is not accepted. For the log only: callers are told none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Longer than any real one.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts of base64 with JSON in the first two, or a claim of a wrong kind.
    #[error("the token is malformed")]
    Malformed,
    /// Not signed, or by an algorithm that is not accepted.
    #[error("the algorithm is not accepted")]
    Algorithm,
    /// Something else than an access token by its own word.
    #[error("the type is not that of an access token")]
    Type,
    /// It asks for the understanding of something that is not understood here.
    #[error("the token has critical extensions")]
    Critical,
    /// Of an issuer that the settings do not name.
    #[error("the issuer is not accepted")]
    Issuer,
    /// Of Entra, but not of version 2.0.
    #[error("the version is not 2.0")]
    Version,
    /// Of a directory whose people are not let in.
    #[error("the directory is not accepted")]
    Directory,
    /// For somebody else.
    #[error("the audience is another")]
    Audience,
    /// Over.
    #[error("the token has expired")]
    Expired,
    /// Not begun.
    #[error("the token is not valid yet")]
    NotYet,
    /// Without a scope that people need.
    #[error("a scope is missing")]
    Scope,
    /// Without a subject that could be kept.
    #[error("the token has no usable subject")]
    Subject,
    /// Of a program that acts for itself.
    #[error("the token is not a person's")]
    NotAPerson,
    /// By a key that the issuer does not publish, or that does not fit.
    #[error("the key is unknown")]
    Key,
    /// Not signed by the key that it names.
    #[error("the signature is wrong")]
    Signature,
    /// The issuer's keys are not to be had.
    #[error("the keys of the issuer are not to be had")]
    NoKeys,
}

/// Why the room cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The HTTP client cannot be built.
    #[error("the HTTP client could not be built")]
    Client(#[source] reqwest::Error),
}

/// The issuers whose people may sign in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Issuers {
    issuers: Arc<[Issuer]>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Issuer {
    settings: IssuerSettings,
    keys: Arc<KeyRing>,
}

impl Issuers {
    /// Opens the room. No issuer is asked for anything before the first of its tokens comes.
    pub fn start(settings: OidcSettings, clock: Arc<dyn Clock>) -> Result<Self, OidcError> {
        let http = source::client().map_err(OidcError::Client)?;
        let issuers = settings.issuers.into_iter().map(|settings| {
            let source = Source::of(&settings.name, http.clone());
            let keys = Arc::new(KeyRing::new(source, clock.clone()));
            Issuer { settings, keys }
        });
        Ok(Self {
            issuers: issuers.collect(),
            clock,
        })
    }

    /// Fetches the keys of every issuer, side by side, though nobody needs them yet: each issuer's name, and
    /// what came of it.
    pub async fn try_out(&self) -> Vec<(String, Result<(), FetchFault>)> {
        let tries = self.issuers.iter().map(|issuer| async {
            let fetched = issuer.keys.source().fetch().await;
            (issuer.settings.name.as_written(), fetched.map(drop))
        });
        join_all(tries).await
    }

    /// The person whose access token this is.
    pub async fn verify(&self, text: &str) -> Result<Identity, Rejection> {
        let verified = self.examine(text).await;
        if let Err(rejection) = verified {
            tracing::info!(reason = %rejection, "a sign-in was refused");
        }
        verified
    }

    async fn examine(&self, text: &str) -> Result<Identity, Rejection> {
        let token = Token::read(text)?;
        // Claims come first: whoever invents tokens shall not have keys fetched by it.
        let (issuer, identity) = self.issuer_of(&token)?;
        let wanted = token.wanted_key();
        let keys = issuer.keys.with(&wanted).await?;
        match keys.verifies(&wanted, token.signed, &token.signature) {
            true => Ok(identity),
            false => Err(Rejection::Signature),
        }
    }

    /// The issuer whose rules a token obeys, and whom it names. Several may have the same name with
    /// different audiences or directories; of the refusals the last one counts.
    fn issuer_of(&self, token: &Token<'_>) -> Result<(&Issuer, Identity), Rejection> {
        let now = self.clock.now();
        let mut refusal = Rejection::Issuer;
        for issuer in self.issuers.iter() {
            if claims::is_from(&issuer.settings.name, &token.claims) {
                match claims::check(&issuer.settings, &token.claims, now) {
                    Ok(identity) => return Ok((issuer, identity)),
                    Err(rejection) => refusal = rejection,
                }
            }
        }
        Err(refusal)
    }

    /// The identity of somebody in a directory of Entra, if its people may sign in.
    pub fn entra_identity(&self, directory: Uuid, object: Uuid) -> Option<(String, String)> {
        let filled = self.issuers.iter().find_map(|issuer| {
            let IssuerName::Entra(entra) = &issuer.settings.name else {
                return None;
            };
            let is_let_in = entra.directories.contain(directory);
            is_let_in.then(|| entra.filled(directory))
        });
        Some((filled?, object.to_string()))
    }

    /// Whether tokens of people can have this issuer.
    pub fn accept(&self, issuer: &str) -> bool {
        let mut names = self.issuers.iter().map(|own| &own.settings.name);
        names.any(|name| match name {
            IssuerName::Exact(exact) => exact == issuer,
            IssuerName::Entra(entra) => entra
                .directory_in(issuer)
                .is_some_and(|directory| entra.directories.contain(directory)),
        })
    }

    /// Where people sign in with a console.
    pub fn places(&self) -> Vec<SignInPlace> {
        let places = self.issuers.iter();
        let places = places.filter_map(|issuer| SignInPlace::of(&issuer.settings));
        places.collect()
    }
}
