//! Refusals of the sign-in service: each AADSTS code with its status, error and text.

use serde_json::json;
use uuid::Uuid;

use crate::{answer::Answer, clock};

/// The answer that refuses with this code.
pub(crate) fn refused(code: u32) -> Answer {
    let (status, error, text) = meaning(code);
    let now = clock::now();
    let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
    let at = now.format("%Y-%m-%d %H:%M:%SZ").to_string();
    Answer::json(
        status,
        json!({
            "error": error,
            "error_description": format!(
                "AADSTS{code}: {text}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {at}"
            ),
            "error_codes": [code],
            "timestamp": at,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        }),
    )
}

/// Codes that share status, error and text.
type Meaning = (&'static [u32], u16, &'static str, &'static str);

const MEANINGS: [Meaning; 20] = [
    (
        &[7_000_215],
        401,
        "invalid_client",
        "The client secret does not match. Check that the secret value and not its id was configured.",
    ),
    (
        &[7_000_222],
        401,
        "invalid_client",
        "The secret keys of the application are past their end date.",
    ),
    (
        &[7_000_216, 7_000_218],
        401,
        "invalid_client",
        "The request holds no credential.",
    ),
    (
        &[7_000_229],
        401,
        "invalid_client",
        "The application has no service principal in this tenant.",
    ),
    (
        &[700_027],
        401,
        "invalid_client",
        "The signature or the key of the assertion is not accepted.",
    ),
    (
        &[700_024],
        401,
        "invalid_client",
        "The assertion is outside of its time window.",
    ),
    (
        &[70_021, 700_211, 700_212, 700_213, 7_002_137, 7_002_138],
        401,
        "invalid_client",
        "No federated credential matches.",
    ),
    (
        &[700_016],
        400,
        "unauthorized_client",
        "The application was not found in the directory.",
    ),
    (
        &[7_000_112],
        400,
        "unauthorized_client",
        "The application is disabled.",
    ),
    (
        &[500_011],
        400,
        "invalid_resource",
        "The resource principal is not in the tenant.",
    ),
    (
        &[70_011, 1_002_012],
        400,
        "invalid_scope",
        "The scope is not valid.",
    ),
    (
        &[53_003],
        400,
        "access_denied",
        "Blocked by Conditional Access.",
    ),
    (
        &[65_001, 50_020, 50_034, 50_196],
        400,
        "invalid_grant",
        "The request was not granted.",
    ),
    (
        &[50_076],
        400,
        "interaction_required",
        "The user has to do more.",
    ),
    (
        &[900_023],
        400,
        "invalid_request",
        "The identifier of the tenant is malformed.",
    ),
    (
        &[90_038, 900_382, 900_432],
        400,
        "invalid_request",
        "The tenant lives in another cloud.",
    ),
    (
        &[90_002],
        400,
        "invalid_request",
        "The tenant is not known here.",
    ),
    (
        &[70_003],
        400,
        "unsupported_grant_type",
        "The grant type is not supported.",
    ),
    (
        &[90_055],
        429,
        "temporarily_unavailable",
        "The tenant is throttled.",
    ),
    (
        &[90_006, 90_012, 90_024, 90_033, 90_090, 50_000],
        503,
        "temporarily_unavailable",
        "The service is in trouble for a moment.",
    ),
];

/// Status, error and text of an AADSTS code. What is not in the table is a request like no other.
fn meaning(code: u32) -> (u16, &'static str, &'static str) {
    MEANINGS
        .iter()
        .find(|(codes, ..)| codes.contains(&code))
        .map_or(
            (400, "invalid_request", "The request is not valid."),
            |(_, status, error, text)| (*status, *error, *text),
        )
}
