//! Claims challenges: what Graph wants a token to be asked for with, before it accepts it.

use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::{Map, Value};

/// Longest challenge that is taken seriously, in characters.
const LONGEST: usize = 8 * 1024;

/// The claims of a challenge, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// Reads the header `WWW-Authenticate` of a refusal; none if it holds no challenge.
    pub(super) fn read(header: &str) -> Option<Self> {
        let (_, rest) = header.split_once("claims=\"")?;
        let (encoded, _) = rest.split_once('"')?;
        if encoded.len() > LONGEST {
            return None;
        }
        let lenient =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let alphabet = if encoded.contains(['-', '_']) {
            &URL_SAFE
        } else {
            &STANDARD
        };
        let bytes = GeneralPurpose::new(alphabet, lenient)
            .decode(encoded)
            .ok()?;
        let claims = String::from_utf8(bytes).ok()?;
        serde_json::from_str::<Map<String, Value>>(&claims).ok()?;
        Some(Self(claims))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_found_among_other_words() {
        for (header, claims) in [
            (
                r#"Bearer realm="", error="insufficient_claims", claims="eyJhIjp7fX0=""#,
                Some(r#"{"a":{}}"#),
            ),
            (
                r#"Bearer claims="eyJhIjp7fX0", error="x""#,
                Some(r#"{"a":{}}"#),
            ),
            (r#"Bearer realm="", client_id="0000""#, None),
            (r#"Bearer claims="eyJhIjp7fX0"#, None),
            (r#"Bearer claims="%%%""#, None),
            (r#"Bearer claims="WzFd""#, None),
            ("", None),
        ] {
            let read = Challenge::read(header);
            assert_eq!(read.as_ref().map(Challenge::as_str), claims, "{header}");
        }
    }
}
