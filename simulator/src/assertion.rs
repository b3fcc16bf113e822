//! Signed assertions instead of a secret.
//!
//! An assertion whose header names a certificate must be made by the application itself, with a
//! registered certificate and the key that belongs to it, and is good for one request. Any other
//! counts as a token of a foreign issuer: it must match a federated credential letter by letter,
//! but its signature is not looked at, for that would take the issuer's keys.

use std::{collections::HashMap, sync::Mutex};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use webpki::{EndEntityCert, ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY};

use crate::{
    clock,
    options::{FederatedCredential, TenantSpec},
    request::Incoming,
    sync::lock,
};

/// The AADSTS code for an assertion whose signature, key or claims do not do.
const NOT_ACCEPTED: u32 = 700_027;
/// The AADSTS code for an assertion outside of its time window.
const OUTSIDE_WINDOW: u32 = 700_024;
/// The AADSTS codes for tokens that no federated credential matches: because of the issuer, the
/// audience, the subject.
const UNKNOWN_ISSUER: u32 = 700_211;
const UNKNOWN_AUDIENCE: u32 = 700_212;
const UNKNOWN_SUBJECT: u32 = 700_213;

/// Longest validity of an assertion, in seconds.
const LONGEST: i64 = 3600;

/// The identifiers of the assertions seen, with the ends of those.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<HashMap<String, i64>>);

impl Seen {
    /// Whether it is the first with this identifier.
    fn is_new(&self, id: &str, ends: i64, now: i64) -> bool {
        let mut seen = lock(&self.0);
        seen.retain(|_, end| *end > now);
        seen.insert(id.to_owned(), ends).is_none()
    }
}

/// The AADSTS code with which an assertion is refused, if it is.
pub(crate) fn refusal(
    assertion: &str,
    spec: &TenantSpec,
    request: &Incoming,
    seen: &Seen,
) -> Option<u32> {
    check(assertion, spec, request, seen).err()
}

fn check(assertion: &str, spec: &TenantSpec, request: &Incoming, seen: &Seen) -> Result<(), u32> {
    let (signed, signature) = assertion.rsplit_once('.').ok_or(NOT_ACCEPTED)?;
    let (header, claims) = signed.split_once('.').ok_or(NOT_ACCEPTED)?;
    let header = decoded(header).ok_or(NOT_ACCEPTED)?;
    let claims = decoded(claims).ok_or(NOT_ACCEPTED)?;
    let now = clock::now().timestamp();
    let ends = claims.get("exp").and_then(Value::as_i64);
    let ends = ends.filter(|end| *end > now).ok_or(OUTSIDE_WINDOW)?;
    if header.get("x5t#S256").is_none() && header.get("x5t").is_none() {
        return matching(&claims, &spec.federated);
    }
    let certificate = certificate(&header, spec).ok_or(NOT_ACCEPTED)?;
    let good = text(&header, "alg") == "PS256"
        && text(&header, "typ") == "JWT"
        && is_own(&claims, spec, request)
        && ends <= now + LONGEST
        && is_signed(certificate, signed, signature)
        && !text(&claims, "jti").is_empty()
        && seen.is_new(text(&claims, "jti"), ends, now);
    good.then_some(()).ok_or(NOT_ACCEPTED)
}

/// The registered certificate that the header names by its thumbprint.
fn certificate<'a>(header: &Value, spec: &'a TenantSpec) -> Option<&'a [u8]> {
    let named = text(header, "x5t#S256");
    let mut registered = spec.certificates.iter().map(Vec::as_slice);
    registered.find(|der| URL_SAFE_NO_PAD.encode(Sha256::digest(der)) == named)
}

fn is_own(claims: &Value, spec: &TenantSpec, request: &Incoming) -> bool {
    let client = spec.client_id.to_string();
    text(claims, "iss") == client
        && text(claims, "sub") == client
        && text(claims, "aud") == request.url_with("")
}

fn is_signed(certificate: &[u8], signed: &str, signature: &str) -> bool {
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
        return false;
    };
    let certificate = certificate.into();
    EndEntityCert::try_from(&certificate).is_ok_and(|certificate| {
        let algorithm = RSA_PSS_2048_8192_SHA256_LEGACY_KEY;
        let verified = certificate.verify_signature(algorithm, signed.as_bytes(), &signature);
        verified.is_ok()
    })
}

/// Whether a foreign token matches a federated credential; else the code for what is wrong with it.
fn matching(claims: &Value, registered: &[FederatedCredential]) -> Result<(), u32> {
    let mut left: Vec<_> = registered.iter().collect();
    left.retain(|one| one.issuer == text(claims, "iss"));
    if left.is_empty() {
        return Err(UNKNOWN_ISSUER);
    }
    left.retain(|one| one.subject == text(claims, "sub"));
    if left.is_empty() {
        return Err(UNKNOWN_SUBJECT);
    }
    let is_meant = left.iter().any(|one| match claims.get("aud") {
        Some(Value::Array(many)) => many.iter().any(|aud| *aud == one.audience),
        aud => aud.is_some_and(|aud| *aud == one.audience),
    });
    is_meant.then_some(()).ok_or(UNKNOWN_AUDIENCE)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn decoded(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
