//! Tables of keys, and what each serves.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::with;
use crate::oidc::key_set::{Algorithm, KeySet, WantedKey};

const EXACT: &str = "https://id.example";
const ONE: &str = "11111111-1111-4111-8111-111111111111";

fn wanted(algorithm: Algorithm, id: Option<&str>) -> WantedKey<'_> {
    WantedKey {
        algorithm,
        id,
        issuer: EXACT,
        directory: Some(ONE),
    }
}

#[test]
fn a_key_serves_what_it_is_for_and_nothing_else() {
    let bytes = |length: usize| URL_SAFE_NO_PAD.encode(vec![7_u8; length]);
    let rsa = json!({"kty": "RSA", "kid": "1", "n": bytes(256), "e": "AQAB"});
    let ec = json!({"kty": "EC", "kid": "1", "crv": "P-256", "x": bytes(32), "y": bytes(32)});
    let oct = json!({"kty": "oct", "kid": "1", "k": bytes(32), "alg": "HS256"});
    let (rs, ps, es) = (Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256);
    for (key, changes, fits) in [
        (&rsa, json!({}), &[rs, ps][..]),
        (
            &rsa,
            json!({"use": "sig", "key_ops": ["verify"]}),
            &[rs, ps],
        ),
        (&rsa, json!({"alg": "PS256"}), &[ps]),
        (&rsa, json!({"alg": "RS512"}), &[]),
        (&rsa, json!({"alg": "RSA-OAEP"}), &[]),
        (&rsa, json!({"use": "enc"}), &[]),
        (&rsa, json!({"key_ops": ["encrypt"]}), &[]),
        (&rsa, json!({"n": null}), &[]),
        (&rsa, json!({"kty": "EC"}), &[]),
        (&rsa, json!({"issuer": EXACT}), &[rs, ps]),
        (&rsa, json!({"issuer": "https://other.example"}), &[]),
        (
            &rsa,
            json!({"issuer": "https://id.example/{tenantid}"}),
            &[],
        ),
        (&ec, json!({}), &[es]),
        (&ec, json!({"alg": "RS256"}), &[]),
        (&ec, json!({"crv": "P-384"}), &[]),
        (&ec, json!({"x": bytes(31)}), &[]),
        (&ec, json!({"y": "=="}), &[]),
        (&oct, json!({}), &[]),
    ] {
        let key = with(key.clone(), changes.clone());
        // What cannot be read is left out and spoils nothing.
        let set = json!({"keys": [{"kty": 7}, key, null]}).to_string();
        let set = KeySet::read(set.as_bytes()).unwrap();
        let found = [rs, ps, es].map(|algorithm| set.has(&wanted(algorithm, Some("1"))));
        let expected = [rs, ps, es].map(|algorithm| fits.contains(&algorithm));
        assert_eq!(found, expected, "{key}");
        assert!(!set.has(&wanted(rs, Some("2"))), "{key}");
    }
}

#[test]
fn a_token_that_names_no_key_is_taken_where_there_is_no_choice() {
    let key = |id: &str| {
        let mut key = Map::new();
        key.insert("kty".to_owned(), "RSA".into());
        key.insert("kid".to_owned(), id.into());
        key.insert("n".to_owned(), URL_SAFE_NO_PAD.encode([7; 256]).into());
        key.insert("e".to_owned(), "AQAB".into());
        Value::Object(key)
    };
    for (keys, fits) in [(vec![key("1")], true), (vec![key("1"), key("2")], false)] {
        let set = json!({ "keys": keys }).to_string();
        let set = KeySet::read(set.as_bytes()).unwrap();
        assert_eq!(set.has(&wanted(Algorithm::Rs256, None)), fits);
    }
    assert!(KeySet::read(b"{}").is_err());
}
