//! What is sent to the sign-in host in place of a secret: an assertion signed by us, or a token
//! that the platform has put into a file.

use std::{fmt, fs::File, io::Read, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::certificate::Certificate;

/// How long an assertion is good. It is used at once, and once.
const VALIDITY: TimeDelta = TimeDelta::minutes(5);
/// Largest token file that is read, in bytes. Tokens are a few thousand long.
const LARGEST_TOKEN: u64 = 64 * 1024;

/// Why there is nothing to sign in with.
#[derive(Debug, thiserror::Error)]
pub enum ProofFault {
    /// The certificate is not valid any more.
    #[error("the certificate expired at {0}")]
    Expired(DateTime<Utc>),
    /// There was no randomness to sign with.
    #[error("the assertion could not be signed")]
    Unsigned,
    /// The token file cannot be read.
    #[error("the token file cannot be read")]
    Unreadable(#[source] std::io::Error),
    /// The token file holds no token.
    #[error("the token file holds no token")]
    NoToken,
}

impl ProofFault {
    /// What to tell people. Names no path: whoever may see the run need not know the server.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Expired(at) => format!(
                "The certificate of the app expired on {}. Make a new one, register it with the app, and store it for the tenant.",
                at.format("%Y-%m-%d")
            ),
            Self::Unsigned => "The assertion could not be signed, because the server has no randomness just now.".to_owned(),
            Self::Unreadable(cause) => format!(
                "The file with the token of the workload identity cannot be read by the server ({}). An operator has to check its path and its owner.",
                cause.kind()
            ),
            Self::NoToken => "The file of the workload identity holds no token. An operator has to check what writes it.".to_owned(),
        }
    }
}

/// A new assertion of an app for one request to `endpoint`.
pub(super) fn signed(
    certificate: &Certificate,
    client: Uuid,
    endpoint: &str,
    now: DateTime<Utc>,
) -> Result<SecretString, ProofFault> {
    if now >= certificate.expires_at() {
        return Err(ProofFault::Expired(certificate.expires_at()));
    }
    let thumbprint = URL_SAFE_NO_PAD.encode(certificate.thumbprint());
    let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint });
    let claims = json!({
        "aud": endpoint,
        "iss": client,
        "sub": client,
        "jti": Uuid::new_v4(),
        "nbf": now.timestamp(),
        "iat": now.timestamp(),
        "exp": (now + VALIDITY).timestamp(),
    });
    let text = format!("{}.{}", part(&header), part(&claims));
    let signature = certificate.sign(text.as_bytes());
    let signature = signature.ok_or(ProofFault::Unsigned)?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The token in a file, as it is now. Blocks as long as the disk does.
pub(super) fn in_file(path: &Path) -> Result<SecretString, ProofFault> {
    let text = read(path).map_err(ProofFault::Unreadable)?;
    let token = text.trim();
    // What is no token is kept here: a wrong path must not send another file away.
    let parts: Vec<_> = token.split('.').collect();
    let is_token = match parts.as_slice() {
        [header, claims, signature] => {
            decoded::<Map<String, Value>>(header).is_some()
                && decoded::<Map<String, Value>>(claims).is_some()
                && URL_SAFE_NO_PAD.decode(signature).is_ok()
        }
        _ => false,
    };
    is_token.then(|| token.into()).ok_or(ProofFault::NoToken)
}

fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// What a token says of who issued it, about whom and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Federation {
    /// Who issued it.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// About whom.
    #[serde(rename = "sub")]
    pub subject: String,
    /// For whom; one or several.
    #[serde(rename = "aud")]
    pub audience: Audience,
}

/// For whom a token is: issuers write a text, or a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// For one.
    One(String),
    /// For each of these.
    Many(Vec<String>),
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(one) => f.write_str(one),
            Self::Many(many) => f.write_str(&many.join(", ")),
        }
    }
}

impl Federation {
    /// Reads the token that is in a file now. Blocks as long as the disk does.
    pub fn of_file(path: &Path) -> Result<Self, ProofFault> {
        let token = in_file(path)?;
        let claims = token.expose_secret().split('.').nth(1).and_then(decoded);
        claims.ok_or(ProofFault::NoToken)
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    // What is no file, a pipe for one, might never end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    File::open(path)?
        .take(LARGEST_TOKEN)
        .read_to_string(&mut text)?;
    Ok(text)
}
