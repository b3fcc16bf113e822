//! Finds numbers of a JSON text that a [`serde_json::Value`] would not give back digit by digit.

/// JSON pointer of the first number in `json` that would lose digits as a `Value`.
///
/// `json` is well formed: it was parsed before.
pub(super) fn lossy_number(json: &str) -> Option<String> {
    let mut path = Path::default();
    let mut rest = json;
    while let Some(first) = rest.bytes().next() {
        let length = match first {
            b'"' => {
                let length = string_length(rest);
                path.string(rest.get(..length).unwrap_or(rest));
                length
            }
            b'-' | b'0'..=b'9' => {
                let length = number_length(rest);
                if !survives(rest.get(..length).unwrap_or(rest)) {
                    return Some(path.pointer());
                }
                length
            }
            mark => {
                path.mark(mark);
                1
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    None
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let closing = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closing
    });
    end.map_or(text.len(), |end| end + 2)
}

fn number_length(text: &str) -> usize {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
    end.unwrap_or(text.len())
}

fn survives(token: &str) -> bool {
    let short_integer = token.len() <= 18 && !token.contains(['.', 'e', 'E']);
    short_integer
        || serde_json::from_str::<serde_json::Number>(token)
            .is_ok_and(|number| Decimal::of(&number.to_string()) == Decimal::of(token))
}

/// A decimal number with its digits and scale, so that equal values compare equal.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    /// Power of ten of the last digit; 0 for zero.
    exponent: i64,
}

impl Decimal {
    fn of(token: &str) -> Option<Self> {
        let (negative, token) = match token.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, token),
        };
        let (mantissa, exponent) = token.split_once(['e', 'E']).unwrap_or((token, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_end_matches('0');
        let dropped = i64::try_from(all.len() - digits.len()).ok()?;
        let scale = i64::try_from(fraction.len()).ok()?;
        let digits = digits.trim_start_matches('0').to_owned();
        let exponent = match digits.is_empty() {
            true => 0,
            false => exponent.parse::<i64>().ok()?.checked_sub(scale)? + dropped,
        };
        Some(Self {
            negative,
            digits,
            exponent,
        })
    }
}

/// Where in the document the reader stands.
#[derive(Default)]
struct Path {
    steps: Vec<Step>,
}

enum Step {
    /// In an object; the quoted name of the member last met.
    Member { name: String, named: bool },
    /// In an array.
    Index(usize),
}

impl Path {
    fn mark(&mut self, mark: u8) {
        match mark {
            b'{' => self.steps.push(Step::Member {
                name: String::new(),
                named: false,
            }),
            b'[' => self.steps.push(Step::Index(0)),
            b'}' | b']' => {
                self.steps.pop();
            }
            b',' => match self.steps.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(Step::Member { named, .. }) => *named = false,
                None => {}
            },
            _ => {}
        }
    }

    fn string(&mut self, quoted: &str) {
        if let Some(Step::Member { name, named }) = self.steps.last_mut()
            && !*named
        {
            quoted.clone_into(name);
            *named = true;
        }
    }

    fn pointer(&self) -> String {
        let steps = self.steps.iter().map(|step| match step {
            Step::Index(index) => format!("/{index}"),
            Step::Member { name, .. } => {
                let name: String = serde_json::from_str(name).unwrap_or_default();
                format!("/{}", name.replace('~', "~0").replace('/', "~1"))
            }
        });
        steps.collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection, prelude::*};
    use serde_json::Value;

    use super::*;

    #[test]
    fn numbers_that_come_back_equal_pass() {
        for json in [
            "0",
            "-0",
            "-0.0",
            "1",
            "1.0",
            "1.50",
            "0.1",
            "1e2",
            "1E+2",
            "12.5e-3",
            "100",
            "9007199254740993",
            "18446744073709551615",
            "-9223372036854775808",
            "0.30000000000000004",
            "1.7976931348623157e308",
            r#"{"a":"123456789012345678901234567890"}"#,
            r#""1e400""#,
        ] {
            assert_eq!(lossy_number(json), None, "{json}");
        }
    }

    #[test]
    fn numbers_that_lose_digits_are_named() {
        for (json, pointer) in [
            ("18446744073709551616", ""),
            ("-9223372036854775809", ""),
            ("0.1000000000000000055511151231257827", ""),
            (
                r#"{"a":[1,{"b\"/~":"x, 1"},[2,12345678901234567890123]]}"#,
                "/a/2/1",
            ),
            (
                r#"{"a":{"x":1},"b/c~\"d":3.14159265358979323846}"#,
                "/b~1c~0\"d",
            ),
            (r#"["\\",123456789012345678901234]"#, "/1"),
        ] {
            assert_eq!(lossy_number(json).as_deref(), Some(pointer), "{json}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_value_prints_survives(number in prop_oneof![
            any::<i64>().prop_map(|n| n.to_string()),
            any::<u64>().prop_map(|n| n.to_string()),
            any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| {
                serde_json::Value::from(n).to_string()
            }),
        ]) {
            let value: serde_json::Value = serde_json::from_str(&number).unwrap();
            let printed = value.to_string();
            prop_assert_eq!(lossy_number(&number).is_none(), printed == number);
        }
    }

    /// A document, in which the text [`PLACE`] may stand.
    fn any_document(leaf: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                collection::btree_map("[a-z/~\"\\\\é1,{}\\[\\]:]{0,6}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn any_leaf() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[-0-9eE.\"\\\\{}\\[\\],:a]{0,30}".prop_map(Value::from),
        ]
    }

    const PLACE: &str = "the place";
    const LOSSY: &str = "123456789012345678901234567890";

    fn first_place(document: &Value, at: &str) -> Option<String> {
        let step = |(step, inner): (String, &Value)| first_place(inner, &format!("{at}/{step}"));
        match document {
            Value::String(text) => (text == PLACE).then(|| at.to_owned()),
            Value::Array(elements) => {
                let mut elements = elements.iter().enumerate();
                elements.find_map(|(index, inner)| step((index.to_string(), inner)))
            }
            Value::Object(members) => members.iter().find_map(|(name, inner)| {
                step((name.replace('~', "~0").replace('/', "~1"), inner))
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }

    proptest! {
        #[test]
        fn a_lossy_number_is_found_where_it_stands(
            document in any_document(prop_oneof![3 => any_leaf(), 1 => Just(Value::from(PLACE))]),
            is_pretty in any::<bool>(),
        ) {
            let text = if is_pretty { format!("{document:#}") } else { document.to_string() };
            let text = text.replace(&format!("\"{PLACE}\""), LOSSY);
            prop_assert_eq!(lossy_number(&text), first_place(&document, ""));
        }
    }
}
