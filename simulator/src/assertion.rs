//! Signed assertions instead of a secret: what can be checked of them without a key.
//!
//! An assertion whose header names a certificate must be made by the application itself. Any other
//! counts as one of a federated issuer, of which nothing is known beforehand.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::{clock, request::Incoming, tenant::Tenant};

/// The AADSTS code for an assertion that does not do.
pub(crate) fn refusal(assertion: &str, tenant: &Tenant, request: &Incoming) -> Option<u32> {
    let mut parts = assertion.split('.').map(decoded);
    let (Some(Some(header)), Some(Some(claims))) = (parts.next(), parts.next()) else {
        return Some(700_027);
    };
    let now = clock::now().timestamp();
    let ends = claims.get("exp").and_then(Value::as_i64);
    if ends.is_none_or(|end| end <= now) {
        return Some(700_024);
    }
    let certificate = header.get("x5t#S256").or(header.get("x5t")).is_some();
    let wrong = certificate && !is_own(&claims, tenant, request);
    wrong.then_some(700_027)
}

fn is_own(claims: &Value, tenant: &Tenant, request: &Incoming) -> bool {
    let client = tenant.spec.client_id.to_string();
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    claim("iss") == client && claim("sub") == client && claim("aud").ends_with(&request.path)
}

fn decoded(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
