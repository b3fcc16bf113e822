//! `$filter`: comparisons joined by `and`, `or`, `not` and parentheses, with `isof` and `startswith`.

use std::cmp::Ordering;

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    IsOf(String),
    StartsWith {
        member: String,
        prefix: String,
    },
    Compare {
        member: String,
        operator: Operator,
        value: Value,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The filter can not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid filter clause")]
pub(crate) struct InvalidFilter;

impl Filter {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidFilter> {
        let mut words = Words { rest: text };
        let filter = any_of(&mut words)?;
        match words.next()? {
            Word::End => Ok(filter),
            Word::Name(_) | Word::Literal(_) | Word::Mark(_) => Err(InvalidFilter),
        }
    }

    /// Whether `object` passes.
    pub(crate) fn admits(&self, object: &Value) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.admits(object)),
            Self::And(parts) => parts.iter().all(|part| part.admits(object)),
            Self::Not(part) => !part.admits(object),
            Self::IsOf(name) => object
                .get("@odata.type")
                .and_then(Value::as_str)
                .is_some_and(|own| own.trim_start_matches('#') == name),
            Self::StartsWith { member, prefix } => object
                .get(member)
                .and_then(Value::as_str)
                .is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Compare {
                member,
                operator,
                value,
            } => operator.holds(object.get(member).unwrap_or(&Value::Null), value),
        }
    }
}

impl Operator {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = order_of(left, right);
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}

/// How two values of one sort compare; values of different sorts do not.
pub(crate) fn order_of(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => match (time(left), time(right)) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => Some(left.cmp(right)),
        },
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// The instant that a text stands for; times with and without fractions compare as instants.
fn time(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text).ok()
}

fn any_of(words: &mut Words<'_>) -> Result<Filter, InvalidFilter> {
    let mut parts = vec![all_of(words)?];
    while words.takes("or") {
        parts.push(all_of(words)?);
    }
    Ok(single_or(parts, Filter::Or))
}

fn all_of(words: &mut Words<'_>) -> Result<Filter, InvalidFilter> {
    let mut parts = vec![term(words)?];
    while words.takes("and") {
        parts.push(term(words)?);
    }
    Ok(single_or(parts, Filter::And))
}

fn single_or(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

fn term(words: &mut Words<'_>) -> Result<Filter, InvalidFilter> {
    match words.next()? {
        Word::Mark('(') => {
            let inner = any_of(words)?;
            words.expect(')')?;
            Ok(inner)
        }
        Word::Name(name) if name == "not" => Ok(Filter::Not(Box::new(term(words)?))),
        Word::Name(name) if name == "isof" => {
            words.expect('(')?;
            let type_name = words.text()?;
            words.expect(')')?;
            Ok(Filter::IsOf(type_name))
        }
        Word::Name(name) if name.eq_ignore_ascii_case("startswith") => starts_with(words),
        Word::Name(name) => comparison(&name, words),
        Word::Mark(_) | Word::Literal(_) | Word::End => Err(InvalidFilter),
    }
}

fn starts_with(words: &mut Words<'_>) -> Result<Filter, InvalidFilter> {
    words.expect('(')?;
    let Word::Name(member) = words.next()? else {
        return Err(InvalidFilter);
    };
    words.expect(',')?;
    let prefix = words.text()?;
    words.expect(')')?;
    Ok(Filter::StartsWith { member, prefix })
}

fn comparison(path: &str, words: &mut Words<'_>) -> Result<Filter, InvalidFilter> {
    let Word::Name(operator) = words.next()? else {
        return Err(InvalidFilter);
    };
    let value = match words.next()? {
        Word::Literal(text) => Value::from(text),
        Word::Name(name) => bare_value(&name, words)?,
        Word::Mark(_) | Word::End => return Err(InvalidFilter),
    };
    Ok(Filter::Compare {
        // A type in front of the member only says where the member is declared.
        member: path.rsplit('/').next().unwrap_or(path).to_owned(),
        operator: Operator::named(&operator).ok_or(InvalidFilter)?,
        value,
    })
}

/// `null`, `true`, a number, a time, or the type of an enumeration whose value follows in quotes.
fn bare_value(name: &str, words: &mut Words<'_>) -> Result<Value, InvalidFilter> {
    if name.starts_with("microsoft.graph.") {
        return words.text().map(Value::from);
    }
    Ok(serde_json::from_str(name).unwrap_or_else(|_| Value::from(name)))
}

#[derive(Debug, PartialEq, Eq)]
enum Word {
    Name(String),
    Literal(String),
    Mark(char),
    End,
}

struct Words<'a> {
    rest: &'a str,
}

impl Words<'_> {
    fn next(&mut self) -> Result<Word, InvalidFilter> {
        let text = self.rest.trim_start();
        let Some(first) = text.chars().next() else {
            self.rest = text;
            return Ok(Word::End);
        };
        let (word, length) = match first {
            '(' | ')' | ',' => (Word::Mark(first), 1),
            '\'' => {
                let inner = text.strip_prefix('\'').unwrap_or(text);
                let end = inner.find('\'').ok_or(InvalidFilter)?;
                let literal = inner.get(..end).unwrap_or_default();
                (Word::Literal(literal.to_owned()), end + 2)
            }
            _ => {
                let end = text
                    .find(|character: char| character.is_whitespace() || "(),'".contains(character))
                    .unwrap_or(text.len());
                let name = text.get(..end).unwrap_or_default();
                (Word::Name(name.to_owned()), end)
            }
        };
        self.rest = text.get(length..).unwrap_or_default();
        Ok(word)
    }

    /// Takes the next word if it is this one.
    fn takes(&mut self, wanted: &str) -> bool {
        let before = self.rest;
        let found = matches!(self.next(), Ok(Word::Name(name)) if name == wanted);
        if !found {
            self.rest = before;
        }
        found
    }

    fn expect(&mut self, mark: char) -> Result<(), InvalidFilter> {
        match self.next()? {
            Word::Mark(found) if found == mark => Ok(()),
            Word::Mark(_) | Word::Name(_) | Word::Literal(_) | Word::End => Err(InvalidFilter),
        }
    }

    fn text(&mut self) -> Result<String, InvalidFilter> {
        match self.next()? {
            Word::Literal(text) => Ok(text),
            Word::Mark(_) | Word::Name(_) | Word::End => Err(InvalidFilter),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn admits(filter: &str, object: &Value) -> bool {
        Filter::parse(filter).unwrap().admits(object)
    }

    #[test]
    fn the_filters_of_the_catalog_are_applied() {
        let apps = "(microsoft.graph.managedApp/appAvailability eq null or \
                    microsoft.graph.managedApp/appAvailability eq 'lineOfBusiness' or isAssigned eq true)";
        let cases = [
            ("isBuiltIn eq false", json!({"isBuiltIn": false}), true),
            ("isBuiltIn eq false", json!({"isBuiltIn": true}), false),
            (
                "policyType eq 'custom'",
                json!({"policyType": "builtIn"}),
                false,
            ),
            (
                "approvalStatus ne 'needsReview'",
                json!({"approvalStatus": "approved"}),
                true,
            ),
            (
                "targetType eq microsoft.graph.mobileAppRelationshipType'child'",
                json!({"targetType": "child"}),
                true,
            ),
            (
                "not isof('microsoft.graph.a') and not isof('microsoft.graph.b')",
                json!({"@odata.type": "#microsoft.graph.b"}),
                false,
            ),
            (
                "activityDateTime gt 2026-01-01T00:00:00Z",
                json!({"activityDateTime": "2026-02-01T00:00:00Z"}),
                true,
            ),
            (
                "activityDateTime gt 2026-01-01T00:00:00Z",
                json!({"activityDateTime": "2026-01-01T00:00:00.5Z"}),
                true,
            ),
            (
                "startsWith(name,'Con') and size ge 3",
                json!({"name": "Contoso", "size": 3}),
                true,
            ),
            (apps, json!({"isAssigned": false}), true),
            (
                apps,
                json!({"appAvailability": "global", "isAssigned": false}),
                false,
            ),
            (
                apps,
                json!({"appAvailability": "global", "isAssigned": true}),
                true,
            ),
        ];
        for (filter, object, expected) in cases {
            assert_eq!(admits(filter, &object), expected, "{filter} on {object}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_refused() {
        for filter in ["", "a eq", "(a eq 1", "a like 'b'", "a eq 1 b", "a eq 'b"] {
            assert_eq!(Filter::parse(filter), Err(InvalidFilter), "{filter}");
        }
    }
}
