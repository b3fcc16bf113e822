//! Names that people give to things.

use std::{fmt, str::FromStr};

/// A name of 1 to 120 characters, without white space around it and without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(String);

/// Why a text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("a name must not be blank")]
    Blank,
    /// Too many characters.
    #[error("a name has at most {} characters, not {length}", Name::MAX_LENGTH)]
    TooLong {
        /// Characters (Unicode scalar values) after trimming.
        length: usize,
    },
}

impl Name {
    /// The most characters (Unicode scalar values) of a name.
    pub const MAX_LENGTH: usize = 120;

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it is compared: see [`fold`].
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

impl FromStr for Name {
    type Err = NameError;

    /// Trims `text`. A name is one line: control characters, NUL among them, which PostgreSQL
    /// cannot store, become spaces.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let line = text.replace(char::is_control, " ");
        let name = line.trim();
        match name.chars().count() {
            0 => Err(NameError::Blank),
            length if length > Self::MAX_LENGTH => Err(NameError::TooLong { length }),
            _ => Ok(Self(name.to_owned())),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The form of `text` in which case makes no difference: names are unique by it, and search terms
/// are compared in it.
///
/// Computed here, because the two databases do not agree on the case of letters beyond ASCII.
pub fn fold(text: &str) -> String {
    // Lower case alone would tell ß from SS and the Greek final sigma from the others; upper case
    // alone would leave ẞ as it is.
    text.chars()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded() {
        let longest = "ü".repeat(120);
        let too_long = "ü".repeat(121);
        for (text, expected) in [
            ("Contoso", Ok("Contoso")),
            (" \t Contoso\u{a0}GmbH\r\n", Ok("Contoso\u{a0}GmbH")),
            ("a\tb\0c", Ok("a b c")),
            ("\0", Err(NameError::Blank)),
            ("", Err(NameError::Blank)),
            (" \u{3000}\n", Err(NameError::Blank)),
            (&format!("  {longest}  "), Ok(longest.as_str())),
            (&too_long, Err(NameError::TooLong { length: 121 })),
        ] {
            let name = text.parse::<Name>();
            assert_eq!(name.as_ref().map(Name::as_str).map_err(|e| *e), expected);
        }
    }

    #[test]
    fn case_makes_no_difference_once_folded() {
        for (one, other) in [
            ("Nightly", "NIGHTLY"),
            ("Über", "üBER"),
            ("Straße", "STRASSE"),
            ("STRAẞE", "straße"),
            ("ΟΔΟΣ", "οδος"),
            ("МОСКВА", "москва"),
        ] {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("nightly 1"), fold("nightly 2"));
        assert_eq!("Nightly ".parse::<Name>().unwrap().folded(), "nightly");
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for character in '\0'..=char::MAX {
            let once = fold(character.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "{character:?}");
        }
    }
}
