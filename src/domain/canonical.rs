//! Canonical JSON and its hash: what makes two captures the same.
//!
//! Canonical means sorted member names and no white space. It is not RFC 8785: that form rounds
//! large integers and rewrites numbers, which would lose what Graph said.

use std::{fmt, str::FromStr};

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A SHA-256, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    pub fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// One hash over many, whatever their order: two collections with the same members have the same.
    pub fn of_all(members: impl IntoIterator<Item = Hash>) -> Self {
        let mut members: Vec<Hash> = members.into_iter().collect();
        members.sort_unstable();
        let mut hasher = Sha256::new();
        for member in members {
            hasher.update(member.0);
        }
        Self(hasher.finalize().into())
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 in hexadecimal")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(NotAHash);
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(2 * at..2 * at + 2).ok_or(NotAHash)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NotAHash)?;
        }
        Ok(Self(bytes))
    }
}

/// The canonical bytes of a value.
///
/// `Value` keeps its members sorted as long as no crate turns on `preserve_order`; the test below
/// fails the day one does.
pub fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_and_numbers_kept() {
        let value: Value =
            serde_json::from_str(r#"{ "b": 1.0, "a": [12345678901234567890, "ä\n"] }"#)
                .expect("valid JSON");
        assert_eq!(
            bytes(&value),
            r#"{"a":[12345678901234567890,"ä\n"],"b":1.0}"#.as_bytes()
        );
        assert_eq!(
            Hash::of(&bytes(&json!({"z": null, "a": true}))).to_string(),
            "0b95dddf367b1bcb7ca2821f467ad14e99e91566453aee136226629a20b120eb",
        );
    }

    #[test]
    fn a_hash_is_read_back_as_written() {
        let hash = Hash::of(b"content");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!("xyz".parse::<Hash>(), Err(NotAHash));
        assert_eq!("g".repeat(64).parse::<Hash>(), Err(NotAHash));
    }

    #[test]
    fn the_order_of_members_does_not_matter_to_their_common_hash() {
        let (a, b) = (Hash::of(b"a"), Hash::of(b"b"));
        assert_eq!(Hash::of_all([a, b]), Hash::of_all([b, a]));
        assert_ne!(Hash::of_all([a]), Hash::of_all([a, a]));
    }
}
