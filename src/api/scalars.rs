//! The scalars of the API. Reading one is checking it: what breaks its rules is not valid against
//! the schema, and nothing of the request is carried out.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, SecondsFormat, Utc};

use crate::domain::{
    time_of_day::TimeOfDay,
    zone::{UnknownZone, Zone},
};

/// Reads a scalar that is written as text.
fn text<T: InputType>(value: Value, read: impl FnOnce(&str) -> Option<T>) -> InputValueResult<T> {
    match &value {
        Value::String(text) => {
            let broken = || InputValueError::custom("the text breaks the rules of its type");
            read(text).ok_or_else(broken)
        }
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_)
        | Value::List(_)
        | Value::Object(_) => Err(InputValueError::expected_type(value)),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DateTime(pub(super) chrono::DateTime<Utc>);

/// An instant in UTC as RFC 3339 text with a `Z` suffix and millisecond precision,
/// for example `2026-03-29T01:30:00.000Z`. Input may carry any RFC 3339 offset and is
/// converted to UTC; text without an offset is rejected.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, |text| {
            let instant = chrono::DateTime::parse_from_rfc3339(text).ok()?;
            Some(Self(instant.to_utc()))
        })
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TimeZone(String);

impl TimeZone {
    /// A name as it was stored; a newer release may have dropped it.
    pub(super) fn stored(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The zone, unless the name is of no use any more.
    pub(super) fn zone(&self) -> Result<Zone, UnknownZone> {
        self.0.parse()
    }
}

/// A time zone name from the IANA Time Zone Database, for example `Europe/Berlin` or
/// `UTC`. Case-sensitive. Link names such as `Asia/Calcutta` are accepted and kept as
/// given. Fixed offsets (`+02:00`) and Windows zone names are rejected.
#[Scalar(
    name = "TimeZone",
    specified_by_url = "https://www.iana.org/time-zones"
)]
impl ScalarType for TimeZone {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, |text| {
            let zone: Zone = text.parse().ok()?;
            Some(Self(zone.name().to_owned()))
        })
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LocalTime(pub(super) TimeOfDay);

/// A wall-clock time of day, 24 hours, minute precision, exactly `HH:MM` from `00:00`
/// to `23:59`. Seconds, offsets and `24:00` are rejected.
#[Scalar(name = "LocalTime")]
impl ScalarType for LocalTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, |text| text.parse().ok().map(Self))
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LocalDate(pub(super) NaiveDate);

/// A calendar date, exactly `YYYY-MM-DD`.
#[Scalar(name = "LocalDate")]
impl ScalarType for LocalDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, |text| {
            let date: NaiveDate = text.parse().ok()?;
            (date.to_string() == text).then_some(Self(date))
        })
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Uuid(pub(super) uuid::Uuid);

/// A UUID in its canonical lower-case 8-4-4-4-12 text form (RFC 9562). Input in upper
/// case is accepted and lower-cased. Used only for identifiers that Microsoft Entra
/// assigns; identifiers of this API are `ID`.
#[Scalar(
    name = "UUID",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc9562"
)]
impl ScalarType for Uuid {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, |text| {
            let uuid: uuid::Uuid = text.parse().ok()?;
            let is_canonical = uuid.to_string().eq_ignore_ascii_case(text);
            is_canonical.then_some(Self(uuid))
        })
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Json(pub(super) Value);

/// Any JSON value (RFC 8259), passed through as it is: an object, array, string, number,
/// boolean or null. Selected as a leaf; there are no sub-fields.
#[Scalar(
    name = "JSON",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259"
)]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BigInt(pub(super) i64);

/// A 64-bit signed integer as decimal text, because counts of bytes pass the 32-bit limit
/// of `Int` and the 53-bit limit of JavaScript numbers.
#[Scalar(name = "BigInt")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, |text| text.parse().ok().map(Self))
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<u64> for BigInt {
    /// A count of bytes; beyond the range it stays at its end.
    fn from(number: u64) -> Self {
        Self(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: ScalarType>(text: &str) -> Option<String> {
        let read = T::parse(Value::String(text.to_owned())).ok()?;
        let Value::String(text) = read.to_value() else {
            panic!("a scalar that is not text");
        };
        Some(text)
    }

    #[test]
    fn instants_need_an_offset_and_are_shown_in_utc() {
        let shown = |text| read::<DateTime>(text);
        let expected = Some("2026-03-29T01:30:00.000Z".to_owned());
        assert_eq!(shown("2026-03-29T01:30:00Z"), expected);
        assert_eq!(shown("2026-03-29T03:30:00.000+02:00"), expected);
        for text in ["", "2026-03-29", "2026-03-29T01:30:00", "1774747800", "now"] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn zones_times_and_dates_have_one_spelling() {
        assert_eq!(
            read::<TimeZone>("Asia/Calcutta").as_deref(),
            Some("Asia/Calcutta")
        );
        assert_eq!(read::<TimeZone>("W. Europe Standard Time"), None);
        assert_eq!(read::<LocalTime>("02:05").as_deref(), Some("02:05"));
        assert_eq!(read::<LocalTime>("24:00"), None);
        assert_eq!(
            read::<LocalDate>("2026-02-28").as_deref(),
            Some("2026-02-28")
        );
        assert_eq!(read::<LocalDate>("2026-2-28"), None);
        assert_eq!(read::<LocalDate>("2026-02-30"), None);
    }

    #[test]
    fn identifiers_of_microsoft_are_lower_cased() {
        let lower = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(read::<Uuid>(&lower.to_uppercase()).as_deref(), Some(lower));
        assert_eq!(read::<Uuid>(&lower.replace('-', "")), None);
        assert_eq!(read::<Uuid>(&format!("{{{lower}}}")), None);
    }

    #[test]
    fn other_kinds_of_values_are_refused() {
        assert!(<DateTime as ScalarType>::parse(Value::from(1)).is_err());
        assert!(<LocalTime as ScalarType>::parse(Value::Null).is_err());
        assert!(<BigInt as ScalarType>::parse(Value::from(true)).is_err());
    }
}
