//! The text of a token, taken apart. Nothing that it says is believed here.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Rejection,
    claims::Claims,
    key_set::{Algorithm, WantedKey},
};

/// Longest token that is looked at, in bytes. Those of Entra are some 2 KiB long.
const LONGEST: usize = 16 * 1024;
/// What an access token may call itself, in any case.
const TYPES: [&str; 3] = ["at+jwt", "application/at+jwt", "jwt"];

/// A token in its parts.
#[derive(Debug)]
pub(super) struct Token<'a> {
    algorithm: Algorithm,
    key_id: Option<String>,
    pub(super) claims: Claims,
    /// What the signature is over.
    pub(super) signed: &'a [u8],
    pub(super) signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    pub(super) fn read(text: &'a str) -> Result<Self, Rejection> {
        if text.len() > LONGEST {
            return Err(Rejection::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Rejection::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Rejection::Malformed)?;
        let header: Header = decoded(header)?;
        if header.crit.is_some() {
            return Err(Rejection::Critical);
        }
        let typ = header.typ.unwrap_or_else(|| "JWT".to_owned());
        if !TYPES.iter().any(|known| typ.eq_ignore_ascii_case(known)) {
            return Err(Rejection::Type);
        }
        Ok(Self {
            algorithm: Algorithm::named(&header.alg).ok_or(Rejection::Algorithm)?,
            key_id: header.kid,
            claims: decoded(claims)?,
            signed: signed.as_bytes(),
            signature: bytes(signature)?,
        })
    }

    /// The key that has to have signed it.
    pub(super) fn wanted_key(&self) -> WantedKey<'_> {
        WantedKey {
            algorithm: self.algorithm,
            id: self.key_id.as_deref(),
            issuer: &self.claims.iss,
            directory: self.claims.tid.as_deref(),
        }
    }
}

fn bytes(part: &str) -> Result<Vec<u8>, Rejection> {
    let decoded = URL_SAFE_NO_PAD.decode(part);
    decoded.map_err(|_| Rejection::Malformed)
}

fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, Rejection> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| Rejection::Malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn of(header: &Value) -> String {
        format!("{}.{}.AAAA", part(header), part(&json!({"iss": "i"})))
    }

    #[test]
    fn a_header_is_accepted_only_as_that_of_an_access_token() {
        for (header, expected) in [
            (json!({"alg": "RS256"}), None),
            (json!({"alg": "PS256", "typ": "JWT"}), None),
            (json!({"alg": "ES256", "typ": "at+jwt", "kid": "1"}), None),
            (json!({"alg": "ES256", "typ": "application/AT+JWT"}), None),
            (json!({"alg": "none"}), Some(Rejection::Algorithm)),
            (json!({"alg": "None"}), Some(Rejection::Algorithm)),
            (json!({"alg": "HS256"}), Some(Rejection::Algorithm)),
            (json!({"alg": "RS512"}), Some(Rejection::Algorithm)),
            (json!({"alg": "rs256"}), Some(Rejection::Algorithm)),
            (json!({"alg": "EdDSA"}), Some(Rejection::Algorithm)),
            (json!({"alg": ""}), Some(Rejection::Algorithm)),
            (json!({"typ": "JWT"}), Some(Rejection::Malformed)),
            (json!({"alg": ["RS256"]}), Some(Rejection::Malformed)),
            (
                json!({"alg": "RS256", "kid": 1}),
                Some(Rejection::Malformed),
            ),
            (
                json!({"alg": "RS256", "typ": "id+jwt"}),
                Some(Rejection::Type),
            ),
            (
                json!({"alg": "RS256", "typ": "logout+jwt"}),
                Some(Rejection::Type),
            ),
            (json!({"alg": "RS256", "typ": ""}), Some(Rejection::Type)),
            (
                json!({"alg": "RS256", "crit": ["b64"], "b64": false}),
                Some(Rejection::Critical),
            ),
            (
                json!({"alg": "RS256", "crit": []}),
                Some(Rejection::Critical),
            ),
        ] {
            let text = of(&header);
            assert_eq!(Token::read(&text).err(), expected, "{header}");
        }
    }

    #[test]
    fn what_is_no_token_is_malformed() {
        let good = of(&json!({"alg": "RS256"}));
        let (head, tail) = good.split_once('.').unwrap();
        let twice = URL_SAFE_NO_PAD.encode(r#"{"iss": "a", "iss": "b"}"#);
        for text in [
            String::new(),
            "..".to_owned(),
            "a.b".to_owned(),
            format!("{good}.AAAA"),
            format!("{good}="),
            format!("{head}=.{tail}"),
            format!("{head}.{}.AAAA", URL_SAFE_NO_PAD.encode("[1]")),
            format!("{head}.{twice}.AAAA"),
            "ta_abc_def".to_owned(),
        ] {
            assert_eq!(
                Token::read(&text).err(),
                Some(Rejection::Malformed),
                "{text}"
            );
        }
        let long = format!("{good}{}", "A".repeat(LONGEST));
        assert_eq!(Token::read(&long).err(), Some(Rejection::TooLong));
    }
}
