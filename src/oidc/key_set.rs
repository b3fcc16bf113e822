//! The public keys of an issuer, and whether one of them made a signature.
//!
//! Signatures are checked with `ring`, which TLS needs anyway. A key serves only the algorithms of
//! its own kind, so that no token can choose how it is looked at.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

use super::settings::TENANT_PLACE;

/// Most keys of an issuer that are looked at. Entra has some ten.
const MOST_KEYS: usize = 100;
/// Length of a coordinate on the curve P-256, in bytes.
const COORDINATE: usize = 32;
/// What stands before the two coordinates of a point.
const UNCOMPRESSED: u8 = 4;

/// How a token may be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Ps256,
    Es256,
}

impl Algorithm {
    /// The algorithm that a header names; none for those that are not accepted.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

/// The key that a token asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct WantedKey<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) id: Option<&'a str>,
    pub(super) issuer: &'a str,
    pub(super) directory: Option<&'a str>,
}

/// The keys of an issuer.
#[derive(Debug)]
pub(super) struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithm: Option<Algorithm>,
    /// The only issuer whose tokens it may sign. Entra writes it where keys are shared.
    issuer: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256 { point: Vec<u8> },
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    issuer: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a set. Keys that are of no use here are left out.
    pub(super) fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        let document: Document = serde_json::from_slice(json)?;
        let keys = document.keys.into_iter().take(MOST_KEYS);
        let keys = keys.filter_map(|key| Key::read(serde_json::from_value(key).ok()?));
        Ok(Self(keys.collect()))
    }

    /// Whether there is a key for such a token.
    pub(super) fn has(&self, wanted: &WantedKey<'_>) -> bool {
        self.fitting(wanted).next().is_some()
    }

    /// Whether the wanted key signed this.
    pub(super) fn verifies(&self, wanted: &WantedKey<'_>, signed: &[u8], signature: &[u8]) -> bool {
        self.fitting(wanted)
            .any(|key| key.material.verifies(wanted.algorithm, signed, signature))
    }

    /// The keys that fit. A token that names none is taken only where there is no choice.
    fn fitting<'a>(&'a self, wanted: &'a WantedKey<'_>) -> impl Iterator<Item = &'a Key> {
        let is_only = self.0.iter().filter(|key| key.serves(wanted)).count() == 1;
        self.0.iter().filter(move |key| {
            let is_named = match wanted.id {
                Some(id) => key.id.as_deref() == Some(id),
                None => is_only,
            };
            is_named && key.serves(wanted)
        })
    }
}

impl Key {
    fn read(jwk: Jwk) -> Option<Self> {
        let is_for_signatures = jwk
            .purpose
            .as_deref()
            .is_none_or(|purpose| purpose == "sig")
            && jwk
                .key_ops
                .is_none_or(|uses| uses.iter().any(|verb| verb == "verify"));
        let algorithm = match &jwk.alg {
            Some(name) => Some(Algorithm::named(name)?),
            None => None,
        };
        let material = match jwk.kty.as_str() {
            "RSA" => Material::Rsa {
                modulus: number(&jwk.n?)?,
                exponent: number(&jwk.e?)?,
            },
            "EC" if jwk.crv.as_deref() == Some("P-256") => Material::P256 {
                point: point(&jwk.x?, &jwk.y?)?,
            },
            _ => return None,
        };
        is_for_signatures.then_some(Self {
            id: jwk.kid,
            algorithm,
            issuer: jwk.issuer,
            material,
        })
    }

    fn serves(&self, wanted: &WantedKey<'_>) -> bool {
        let is_for_issuer = self.issuer.as_ref().is_none_or(|issuer| {
            let directory = wanted.directory.unwrap_or_default();
            issuer.replace(TENANT_PLACE, directory) == wanted.issuer
        });
        is_for_issuer
            && self.material.serves(wanted.algorithm)
            && self.algorithm.is_none_or(|own| own == wanted.algorithm)
    }
}

impl Material {
    fn serves(&self, algorithm: Algorithm) -> bool {
        match (self, algorithm) {
            (Self::Rsa { .. }, Algorithm::Rs256 | Algorithm::Ps256)
            | (Self::P256 { .. }, Algorithm::Es256) => true,
            (Self::Rsa { .. }, Algorithm::Es256)
            | (Self::P256 { .. }, Algorithm::Rs256 | Algorithm::Ps256) => false,
        }
    }

    fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let verified = match (self, algorithm) {
            (Self::Rsa { modulus, exponent }, Algorithm::Rs256 | Algorithm::Ps256) => {
                let parameters = match algorithm {
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    Algorithm::Rs256 | Algorithm::Es256 => &RSA_PKCS1_2048_8192_SHA256,
                };
                let (n, e) = (modulus, exponent);
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, signature)
            }
            (Self::P256 { point }, Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature)
            }
            (Self::Rsa { .. }, Algorithm::Es256)
            | (Self::P256 { .. }, Algorithm::Rs256 | Algorithm::Ps256) => return false,
        };
        verified.is_ok()
    }
}

/// A number without zeros before it, which some issuers write and `ring` does not take.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Some(bytes.into_iter().skip(zeros).collect())
}

fn point(x: &str, y: &str) -> Option<Vec<u8>> {
    let (x, y) = (
        URL_SAFE_NO_PAD.decode(x).ok()?,
        URL_SAFE_NO_PAD.decode(y).ok()?,
    );
    let is_whole = x.len() == COORDINATE && y.len() == COORDINATE;
    is_whole.then(|| [&[UNCOMPRESSED], x.as_slice(), y.as_slice()].concat())
}
