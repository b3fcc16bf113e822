//! When people are warned that a credential expires: 30, 14 and 3 days before, and when it has.

use chrono::{DateTime, TimeDelta, Utc};

/// How long before its end a credential is warned of, the earliest warning first; the last one is
/// that it has ended.
const WARNINGS: [TimeDelta; 4] = [
    TimeDelta::days(30),
    TimeDelta::days(14),
    TimeDelta::days(3),
    TimeDelta::zero(),
];

/// What there is to say of a credential's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Whether it is so near that people are to know.
    pub is_near: bool,
    /// When people are to be told next; none when there is nothing more to tell.
    pub tell_next_at: Option<DateTime<Utc>>,
}

/// What there is to say at `now` of a credential that expires at `end`. However many warnings came
/// due since somebody looked, one is enough.
pub fn outlook(end: DateTime<Utc>, now: DateTime<Utc>) -> Outlook {
    let at = |before: &TimeDelta| end.checked_sub_signed(*before).unwrap_or(end);
    let mut warnings = WARNINGS.iter().map(at);
    Outlook {
        is_near: warnings.clone().next().is_some_and(|first| first <= now),
        tell_next_at: warnings.find(|warning| *warning > now),
    }
}

/// When people are to be told first of a credential that expires at `end`; a time that has passed is
/// due at once.
pub fn first_warning(end: DateTime<Utc>) -> DateTime<Utc> {
    let [first, ..] = WARNINGS;
    end.checked_sub_signed(first).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn each_threshold_is_told_once_and_the_end_last() {
        let end = at("2026-06-30T12:00:00Z");
        for (now, is_near, next) in [
            ("2026-05-01T00:00:00Z", false, Some("2026-05-31T12:00:00Z")),
            ("2026-05-31T11:59:59Z", false, Some("2026-05-31T12:00:00Z")),
            ("2026-05-31T12:00:00Z", true, Some("2026-06-16T12:00:00Z")),
            ("2026-06-16T12:00:00Z", true, Some("2026-06-27T12:00:00Z")),
            ("2026-06-27T12:00:00Z", true, Some("2026-06-30T12:00:00Z")),
            ("2026-06-29T00:00:00Z", true, Some("2026-06-30T12:00:00Z")),
            ("2026-06-30T12:00:00Z", true, None),
            ("2027-01-01T00:00:00Z", true, None),
        ] {
            let expected = Outlook {
                is_near,
                tell_next_at: next.map(at),
            };
            assert_eq!(outlook(end, at(now)), expected, "{now}");
        }
        assert_eq!(first_warning(end), at("2026-05-31T12:00:00Z"));
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_panic() {
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                let outlook = outlook(end, now);
                assert!(outlook.tell_next_at.is_none_or(|next| next > now));
            }
        }
    }
}
