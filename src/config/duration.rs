//! Lengths of time as people write them: `500ms`, `60s`, `5m`, `6h`, `7d`.

use std::time::Duration;

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Reads a length of time: a whole number and its unit.
///
/// # Errors
///
/// A sentence for whoever wrote the text.
pub fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds = UNITS
        .iter()
        .find(|(name, _)| *name == unit.trim())
        .and_then(|(_, length)| number.parse::<u64>().ok()?.checked_mul(*length));
    milliseconds
        .map(Duration::from_millis)
        .ok_or_else(|| format!("`{text}` is no length of time such as 500ms, 60s, 5m, 6h or 7d"))
}

/// Writes a length of time in the largest unit in which it is whole.
pub fn show(length: Duration) -> String {
    let milliseconds = length.as_millis();
    let whole = |(_, unit): &&(&str, u64)| milliseconds.is_multiple_of(u128::from(*unit));
    match UNITS.iter().rev().find(whole) {
        Some((name, unit)) => format!("{}{name}", milliseconds / u128::from(*unit)),
        None => format!("{milliseconds}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_shown() {
        for (text, seconds) in [("60s", 60), ("5m", 300), ("6h", 21_600), ("7 d", 604_800)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for (length, text) in [
            (Duration::from_millis(1_500), "1500ms"),
            (Duration::from_secs(90), "90s"),
            (Duration::from_secs(120), "2m"),
            (Duration::from_secs(86_400), "1d"),
        ] {
            assert_eq!(show(length), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "60",
            "s",
            "-1s",
            "1.5h",
            "5 minutes",
            "99999999999999999d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
