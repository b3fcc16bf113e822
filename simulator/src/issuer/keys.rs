//! The keys of an issuer, and signatures by them or by others.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
        RsaEncoding, RsaKeyPair,
    },
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Draft;
use crate::SimulatorError;

/// How a token is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// By the issuer's key on the curve P-256.
    Es256,
    /// By the issuer's RSA key.
    Rs256,
    /// By the same, with PSS.
    Ps256,
    /// By nobody.
    Unsigned,
    /// By a secret: a public key, for one.
    Hs256(Vec<u8>),
    /// By a new key under the name of the issuer's.
    Stranger,
}

/// The keys of an issuer at a time.
#[derive(Debug)]
pub(super) struct Keys {
    curve_id: String,
    curve: EcdsaKeyPair,
    rsa_id: String,
    rsa: Option<RsaKeyPair>,
}

impl Keys {
    /// New keys, with an RSA key if one is given.
    pub(super) fn new(rsa: Option<&[u8]>) -> Result<Self, SimulatorError> {
        let rsa = rsa.map(RsaKeyPair::from_pkcs8).transpose();
        Ok(Self {
            curve_id: Uuid::new_v4().to_string(),
            curve: new_curve_key().ok_or(SimulatorError::Keys)?,
            rsa_id: Uuid::new_v4().to_string(),
            rsa: rsa.map_err(|_| SimulatorError::Keys)?,
        })
    }

    /// The set as it is published.
    pub(super) fn published(&self) -> Value {
        let point = self.curve.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
        let mut keys = vec![json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.curve_id,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })];
        if let Some(rsa) = &self.rsa {
            let public = PublicKeyComponents::<Vec<u8>>::from(rsa.public());
            keys.push(json!({
                "kty": "RSA", "use": "sig", "kid": self.rsa_id,
                "n": URL_SAFE_NO_PAD.encode(public.n), "e": URL_SAFE_NO_PAD.encode(public.e),
            }));
        }
        json!({ "keys": keys })
    }

    /// The text of a token; none where there is no such key.
    pub(super) fn sign(&self, draft: &Draft, signer: &Signer) -> Option<String> {
        let (algorithm, id) = match signer {
            Signer::Es256 | Signer::Stranger => ("ES256", &self.curve_id),
            Signer::Rs256 => ("RS256", &self.rsa_id),
            Signer::Ps256 => ("PS256", &self.rsa_id),
            Signer::Unsigned => ("none", &self.curve_id),
            Signer::Hs256(_) => ("HS256", &self.curve_id),
        };
        let mut header = draft.header.clone();
        header.entry("alg").or_insert_with(|| algorithm.into());
        header.entry("kid").or_insert_with(|| id.as_str().into());
        let text = format!("{}.{}", part(&header), part(&draft.claims));
        let signature = match signer {
            Signer::Es256 => by_curve(&self.curve, &text)?,
            Signer::Stranger => by_curve(&new_curve_key()?, &text)?,
            Signer::Rs256 => self.by_rsa(&RSA_PKCS1_SHA256, &text)?,
            Signer::Ps256 => self.by_rsa(&RSA_PSS_SHA256, &text)?,
            Signer::Unsigned => Vec::new(),
            Signer::Hs256(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
            }
        };
        Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn by_rsa(&self, encoding: &'static dyn RsaEncoding, text: &str) -> Option<Vec<u8>> {
        let key = self.rsa.as_ref()?;
        let mut signature = vec![0; key.public().modulus_len()];
        let random = SystemRandom::new();
        key.sign(encoding, &random, text.as_bytes(), &mut signature)
            .ok()?;
        Some(signature)
    }
}

fn new_curve_key() -> Option<EcdsaKeyPair> {
    let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).ok()?;
    EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).ok()
}

fn by_curve(key: &EcdsaKeyPair, text: &str) -> Option<Vec<u8>> {
    let signature = key.sign(&SystemRandom::new(), text.as_bytes()).ok()?;
    Some(signature.as_ref().to_vec())
}

fn part(members: &Map<String, Value>) -> String {
    URL_SAFE_NO_PAD.encode(Value::Object(members.clone()).to_string())
}
