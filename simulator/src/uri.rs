//! Request targets: splitting a path into segments, percent-decoding and -encoding.

/// Undoes percent-encoding once. A stray `%` stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        match (byte, ahead.next().and_then(hex), ahead.next().and_then(hex)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high * 16 + low);
                rest = ahead;
            }
            _ => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Undoes the encoding of a form or a query, where `+` is a space.
pub(crate) fn decode_query(text: &str) -> String {
    decode(&text.replace('+', " "))
}

/// The value of a field in the body of a form.
pub(crate) fn form_field(body: &str, name: &str) -> Option<String> {
    body.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(field, _)| decode_query(field) == name)
        .map(|(_, value)| decode_query(value))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Percent-encodes everything but the unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The decoded segments of a path; `policies('7')` counts as the two segments `policies` and `7`.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(decode)
        .flat_map(split_key)
        .collect()
}

fn split_key(segment: String) -> Vec<String> {
    let key = segment
        .split_once("('")
        .and_then(|(name, rest)| Some((name, rest.strip_suffix("')")?)));
    match key {
        Some((name, key)) => vec![name.to_owned(), key.to_owned()],
        None => vec![segment],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_twice_is_undone_by_decoding_twice() {
        let token = r#"[sim][{"offset":25}]"#;
        assert!(encode(&encode(token)).starts_with("%255Bsim%255D"));
        assert_eq!(decode(&decode(&encode(&encode(token)))), token);
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode_query("a+b%2Bc"), "a b+c");
    }

    #[test]
    fn a_key_in_parentheses_is_a_segment_of_its_own() {
        assert_eq!(
            segments("/deviceManagement/configurationPolicies('a%20b')/settings"),
            [
                "deviceManagement",
                "configurationPolicies",
                "a b",
                "settings"
            ]
        );
        assert_eq!(
            segments("x/1/plain(secret='2')"),
            ["x", "1", "plain(secret='2')"]
        );
    }
}
