//! Base62: bytes as a number in the digits 0-9, A-Z, a-z, of a fixed length.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The big-endian number that `bytes` are, with leading zeros up to `length` digits.
pub fn encode(bytes: &[u8], length: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits = Vec::with_capacity(length);
    while digits.len() < length || number.iter().any(|&byte| byte != 0) {
        let digit = divide(&mut number);
        digits.push(DIGITS.get(usize::from(digit)).copied().unwrap_or(b'0'));
    }
    digits
        .iter()
        .rev()
        .map(|&digit| char::from(digit))
        .collect()
}

/// The 16 bytes that a text of at most 22 digits stands for; none when it is no such text.
pub fn decode_16(text: &str) -> Option<[u8; 16]> {
    if text.is_empty() {
        return None;
    }
    let number = text.bytes().try_fold(0_u128, |number, byte| {
        let digit = DIGITS.iter().position(|&digit| digit == byte)?;
        number
            .checked_mul(62)?
            .checked_add(u128::try_from(digit).ok()?)
    })?;
    Some(number.to_be_bytes())
}

/// Divides the number by 62 in place and gives the remainder.
fn divide(number: &mut [u8]) -> u8 {
    let mut remainder = 0_u16;
    for byte in number {
        let value = remainder * 256 + u16::from(*byte);
        // Both fit: the remainder is below 62, so the value is below 62 * 256.
        *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
        remainder = value % 62;
    }
    u8::try_from(remainder).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::{decode_16, encode};

    #[test]
    fn numbers_are_read_back() {
        for bytes in [[0; 16], [0xff; 16], *b"0123456789abcdef"] {
            let text = encode(&bytes, 22);
            assert_eq!(text.len(), 22);
            assert_eq!(decode_16(&text), Some(bytes));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        assert_eq!(decode_16(""), None);
        assert_eq!(decode_16("a-b"), None);
        assert_eq!(decode_16(&"z".repeat(22)), None);
    }
}
