//! Tokens and brackets of a document, counted without parsing it.

use super::{super::settings::Limits, Code, Refusal, at_most};

/// Refuses a document with too many tokens, or brackets nested too deep for the parser's stack.
pub(super) fn check(document: &str, limits: &Limits) -> Result<(), Refusal> {
    let (mut tokens, mut depth) = (0, 0_usize);
    let mut rest = document.as_bytes();
    while let Some((token, after)) = next(rest) {
        // The parser reads such a text in another way than we do: what it would find in it was not
        // counted.
        rest = after.ok_or_else(|| Refusal::new(Code::ParseFailed, "a string has no end"))?;
        tokens += 1;
        at_most(
            Code::QueryTooLarge,
            "a number of tokens",
            limits.tokens,
            tokens,
        )?;
        match token {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at_most(
            Code::QueryTooDeep,
            "a nesting of brackets",
            limits.nesting,
            depth,
        )?;
    }
    Ok(())
}

/// The first byte of the next token, and what follows the token: nothing is known to follow a string
/// without an end.
fn next(text: &[u8]) -> Option<(u8, Option<&[u8]>)> {
    let text = skip_ignored(text);
    let (first, after) = text.split_first()?;
    let after = match first {
        b'"' => return Some((*first, skip_string(text))),
        b'.' => after.strip_prefix(b"..").unwrap_or(after),
        b'0'..=b'9' | b'-' => skip_while(after, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-')
        }),
        first if is_name(*first) => skip_while(after, is_name),
        _ => after,
    };
    Some((*first, Some(after)))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn skip_while(text: &[u8], belongs: impl Fn(u8) -> bool) -> &[u8] {
    let end = text.iter().position(|byte| !belongs(*byte));
    text.split_at(end.unwrap_or(text.len())).1
}

/// Skips white space, commas, byte order marks and comments.
fn skip_ignored(mut text: &[u8]) -> &[u8] {
    loop {
        let before = text.len();
        text = skip_while(text, |byte| {
            byte.is_ascii_whitespace() || matches!(byte, b',' | 0xef | 0xbb | 0xbf)
        });
        if text.first() == Some(&b'#') {
            text = skip_while(text, |byte| !matches!(byte, b'\n' | b'\r'));
        }
        if text.len() == before {
            return text;
        }
    }
}

/// Skips a string in either form, if it has an end; one in quotes ends in its line.
fn skip_string(text: &[u8]) -> Option<&[u8]> {
    let (mut rest, end): (&[u8], &[u8]) = match text.strip_prefix(b"\"\"\"") {
        Some(rest) => (rest, b"\"\"\""),
        None => (text.get(1..).unwrap_or_default(), b"\""),
    };
    while let Some(first) = rest.first() {
        if let Some(after) = rest.strip_prefix(end) {
            return Some(after);
        }
        if end.len() == 1 && matches!(first, b'\n' | b'\r') {
            return None;
        }
        let escaped = match rest.strip_prefix(b"\\") {
            Some(after) if end.len() == 1 => after.get(1..),
            Some(after) => after.strip_prefix(end),
            None => None,
        };
        rest = escaped.unwrap_or_else(|| rest.get(1..).unwrap_or_default());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        let mut rest = text.as_bytes();
        let mut tokens = 0;
        while let Some((_, after)) = next(rest) {
            rest = after.unwrap_or_default();
            tokens += 1;
        }
        tokens
    }

    #[test]
    fn tokens_are_those_of_the_grammar() {
        for (text, expected) in [
            ("", 0),
            (" ,\t\r\n\u{feff}# comment {", 0),
            ("{ a }", 3),
            ("{a...F}", 5),
            ("query Q($x: Int! = -1.5e+3) { a(b: $x) }", 20),
            (r#"{ a(b: "{{{ \" # }") }"#, 8),
            (r#"{ a(b: """ { \""" " """) }"#, 8),
            (r#"{ a(b: ""#, 6),
            ("{ a @skip(if: true) }", 10),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_or_too_deep_is_refused() {
        let limits = Limits {
            tokens: 10,
            nesting: 3,
            ..Limits::default()
        };
        let refused = |text: &str| check(text, &limits).err().map(|refusal| refusal.code);
        assert_eq!(refused("{ a b c d e f g h }"), None);
        assert_eq!(refused("{ a b c d e f g h i }"), Some(Code::QueryTooLarge));
        assert_eq!(refused("{ a { b { c } } }"), None);
        assert_eq!(refused("{ a(b: [[1]]) }"), Some(Code::QueryTooDeep));
        assert_eq!(refused(r#"{ a(b: "[[[[") }"#), None);
        assert_eq!(refused("}}}}{{{"), None);
        // For the parser these are an empty string, and brackets behind it.
        let nested = format!(r#"{{ a(b: [""" " {}"#, "[".repeat(100_000));
        assert_eq!(refused(&nested), Some(Code::ParseFailed));
        for open in ["{ a(b: \"", "{ a(b: \"c\n\") }", "{ a(b: \"\"\"\"\") }"] {
            assert_eq!(refused(open), Some(Code::ParseFailed), "{open}");
        }
    }
}
