//! Names of files, made of what people called their policies.
//!
//! Such a name is hostile until it is cleaned: it may climb out of its folder, name a device of
//! Windows, be too long, hold characters that no file system takes, or show another name than it
//! has. A file is called by the object's name, for people, and by its identifier at Graph, which
//! tells it from all others whatever the name is; so nothing depends on the other objects, and the
//! same object is the same file in every export.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::domain::{canonical::Hash, kind::PolicyKind};

/// Longest name of a file, in UTF-16 units, as Windows counts.
#[cfg(test)]
const LONGEST: usize = 120;

/// Longest name of a file in bytes, as everybody else counts.
#[cfg(test)]
const LONGEST_BYTES: usize = 200;

/// The same without what follows the stem: `.assignments.json`, `.post-install-12.sh`.
const LONGEST_STEM: usize = 88;
const LONGEST_STEM_BYTES: usize = 168;

/// Longest part of an identifier that is shown as it is. A UUID has 36 characters.
const LONGEST_ID: usize = 40;

/// Between name and identifier; no cleaned name or identifier holds it.
const BETWEEN: &str = "__";

/// What Windows takes for a device, whatever follows the first dot.
const DEVICES: [&str; 8] = [
    "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$", "COM0",
];

/// The folder of a kind.
pub(super) fn folder(kind: PolicyKind) -> String {
    kind.as_str().to_ascii_lowercase().replace('_', "-")
}

/// What the files of an object are called, but for their endings.
pub(super) fn stem(name: &str, id: &str) -> String {
    let id = cleaned_id(id);
    let taken = BETWEEN.len() + id.len();
    let units = LONGEST_STEM.saturating_sub(taken);
    let bytes = LONGEST_STEM_BYTES.saturating_sub(taken);
    let name = cut(&cleaned(name), units, bytes);
    format!("{name}{BETWEEN}{id}")
}

/// Whether a name that somebody chose for a file can be taken as it is.
pub(super) fn is_harmless(name: &str) -> bool {
    cleaned(name) == name && cut(name, LONGEST_STEM, LONGEST_STEM_BYTES) == name
}

/// A name that any file system takes, empty never.
fn cleaned(name: &str) -> String {
    let mut clean = String::with_capacity(name.len());
    // What is left out may have kept apart what belongs together, so it goes first.
    let visible = name.chars().filter(|character| !is_format(*character));
    for character in visible.nfc().map(storable) {
        let repeats = matches!(character, ' ' | '_') && clean.ends_with(character);
        if !repeats {
            clean.push(character);
        }
    }
    let clean = clean.trim_matches(is_edge);
    let base = clean.split('.').next().unwrap_or_default();
    if clean.is_empty() {
        "unnamed".to_owned()
    } else if is_device(base.trim_end()) {
        format!("_{clean}")
    } else {
        clean.to_owned()
    }
}

/// What no name begins or ends with: Windows drops dots and spaces at the end, other systems hide
/// what begins with a dot, and programs take what begins with a dash for an option.
fn is_edge(character: char) -> bool {
    matches!(character, ' ' | '.' | '_' | '-' | '~')
}

/// Marks of direction, joiners, tags: they are not seen, and change what is.
fn is_format(character: char) -> bool {
    character.general_category() == GeneralCategory::Format
}

/// What not every file system keeps, or not under the name that was given.
const UNSTORABLE: [GeneralCategory; 6] = [
    GeneralCategory::Control,
    GeneralCategory::Surrogate,
    GeneralCategory::PrivateUse,
    GeneralCategory::Unassigned,
    GeneralCategory::LineSeparator,
    GeneralCategory::ParagraphSeparator,
];

/// The character, or what stands for it where not every file system has it.
fn storable(character: char) -> char {
    let category = character.general_category();
    if category == GeneralCategory::SpaceSeparator {
        ' '
    } else if UNSTORABLE.contains(&category) || r#"<>:"/\|?*"#.contains(character) {
        '_'
    } else {
        character
    }
}

fn is_device(base: &str) -> bool {
    let base = base.to_uppercase();
    let numbered = ["COM", "LPT"].iter().any(|port| {
        let number = base.strip_prefix(port).unwrap_or_default();
        let mut digits = number.chars();
        let digit = digits.next().filter(|_| digits.next().is_none());
        digit.is_some_and(|digit| digit.is_ascii_digit() || "¹²³".contains(digit))
    });
    numbered || DEVICES.contains(&base.as_str())
}

/// As much of a name as there is room for.
fn cut(name: &str, units: usize, bytes: usize) -> String {
    let (mut left_units, mut left_bytes) = (units, bytes);
    let fits = name.chars().take_while(|character| {
        let (of_units, of_bytes) = (character.len_utf16(), character.len_utf8());
        let fits = of_units <= left_units && of_bytes <= left_bytes;
        left_units = left_units.saturating_sub(of_units);
        left_bytes = left_bytes.saturating_sub(of_bytes);
        fits
    });
    let cut: String = fits.collect();
    cut.trim_end_matches(is_edge).to_owned()
}

/// An identifier of Graph. One that had to be changed, or differs from another only in case, gets a
/// digest of what it was.
fn cleaned_id(id: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_uuid_like = id.bytes().all(|byte| is_plain(byte) || byte == b'-');
    if is_uuid_like && (1..=LONGEST_ID).contains(&id.len()) {
        return id.to_owned();
    }
    let shown = id.chars().map(|character| match character {
        plain if plain.is_ascii_alphanumeric() => plain,
        _ => '-',
    });
    let shown: String = shown.take(LONGEST_ID).collect();
    let digest = Hash::of(id.as_bytes()).to_string();
    let digest: String = digest.chars().take(16).collect();
    format!("{shown}.{digest}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const ID: &str = "4f2f8c1e-0000-4000-8000-000000000001";

    /// What Windows, and everybody else, wants of a name; written down apart from the code above.
    fn check(name: &str) {
        assert!(!name.is_empty() && name != "." && name != "..");
        assert!(name.encode_utf16().count() <= LONGEST, "{name:?}");
        assert!(name.len() <= LONGEST_BYTES, "{name:?}");
        for character in name.chars() {
            assert!(!"<>:\"/\\|?*".contains(character), "{name:?}");
            assert!(!character.is_control(), "{name:?}");
            let code = u32::from(character);
            let directs = [
                0x200B..=0x200F,
                0x202A..=0x202E,
                0x2060..=0x206F,
                0xE0000..=0xE007F,
            ];
            assert!(
                directs.iter().all(|range| !range.contains(&code)),
                "{name:?}"
            );
        }
        assert!(
            !name.ends_with(['.', ' ']) && !name.starts_with(['.', ' ', '-']),
            "{name:?}"
        );
        let base = name.split('.').next().unwrap().trim_end().to_uppercase();
        for device in ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"] {
            assert_ne!(base, device);
        }
        for port in ["COM", "LPT"] {
            let number = base.strip_prefix(port).filter(|it| it.chars().count() == 1);
            assert!(
                number.is_none_or(|it| !"0123456789¹²³".contains(it)),
                "{name:?}"
            );
        }
        assert_eq!(name.nfc().collect::<String>(), name);
    }

    #[test]
    fn hostile_names_become_harmless_ones() {
        let long = "x".repeat(300);
        for (name, expected) in [
            ("Firewall", "Firewall"),
            ("../../etc/passwd", "etc_passwd"),
            ("C:\\Windows\\system32", "C_Windows_system32"),
            ("CON", "_CON"),
            ("nul.json", "_nul.json"),
            ("LPT¹ .x", "_LPT¹ .x"),
            ("COM10", "COM10"),
            ("", "unnamed"),
            ("...", "unnamed"),
            (" . -_", "unnamed"),
            ("-rf", "rf"),
            ("a\u{202e}txt.exe", "atxt.exe"),
            ("a\u{200b}b", "ab"),
            ("e\u{301}", "\u{e9}"),
            ("e\u{200d}\u{301}", "\u{e9}"),
            ("a\u{a0}\u{2028}b\0c", "a _b_c"),
            ("<\u{338}", "\u{226e}"),
            ("🦀 crab", "🦀 crab"),
            (&long, &long[..50]),
        ] {
            let stem = stem(name, ID);
            assert_eq!(stem, format!("{expected}__{ID}"), "{name:?}");
            check(&stem);
        }
    }

    #[test]
    fn identifiers_tell_files_apart_whatever_the_case() {
        let ids = [
            "Default", "default", "DEFAULT", "a/b", "a\\b", "", "..", "0", "ä",
        ];
        let long = ["x".repeat(100), "x".repeat(101)];
        let ids = ids.iter().copied().chain(long.iter().map(String::as_str));
        let stems: Vec<String> = ids.map(|id| stem("Same", id)).collect();
        let distinct: HashSet<String> = stems.iter().map(|stem| stem.to_lowercase()).collect();
        assert_eq!(distinct.len(), stems.len(), "{stems:?}");
        stems.iter().for_each(|stem| check(stem));
    }

    #[test]
    fn folders_are_harmless_and_distinct() {
        let folders: HashSet<String> = PolicyKind::ALL.iter().map(|kind| folder(*kind)).collect();
        assert_eq!(folders.len(), PolicyKind::ALL.len());
        for folder in folders {
            check(&folder);
            assert!(folder.len() <= 52, "{folder}");
        }
    }

    /// Names made of what is dangerous, and of anything.
    fn names() -> impl Strategy<Value = String> {
        let parts = prop_oneof![
            Just("../".to_owned()),
            Just("..\\".to_owned()),
            Just("CON".to_owned()),
            Just("lpt1.".to_owned()),
            Just("\u{202e}".to_owned()),
            Just("\u{338}".to_owned()),
            Just("👩\u{200d}🚀".to_owned()),
            Just(" ".to_owned()),
            Just(".".to_owned()),
            Just("__".to_owned()),
            any::<String>(),
            any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(parts, 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn every_name_becomes_a_harmless_one(name in names(), id in names()) {
            let stem = stem(&name, &id);
            check(&stem);
            for ending in [".json", ".assignments.json", ".post-install-12345.sh"] {
                check(&format!("{stem}{ending}"));
            }
        }

        #[test]
        fn two_identifiers_never_share_a_file(name in names(), one in names(), other in names()) {
            prop_assume!(one != other);
            prop_assert_ne!(stem(&name, &one).to_lowercase(), stem(&name, &other).to_lowercase());
        }

        #[test]
        fn a_name_and_its_identifier_can_be_told_apart(name in names(), id in names()) {
            let stem = stem(&name, &id);
            prop_assert_eq!(stem.matches("__").count(), 1);
        }
    }
}
