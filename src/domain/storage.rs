//! What backups take, day by day.

use chrono::NaiveDate;

/// What a tenant's backups take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Stored contents in bytes, compressed and each of them once.
    pub stored: u64,
    /// What the sets would take without sharing and compression, in bytes.
    pub logical: u64,
}

/// What backups took at the end of each day from `first` on, `days` of them. `noted` are the days on
/// which something changed, oldest first, and the newest before `first`.
pub fn daily(
    noted: &[(NaiveDate, Usage)],
    first: NaiveDate,
    days: usize,
) -> Vec<(NaiveDate, Usage)> {
    let mut noted = noted.iter().peekable();
    let mut usage = Usage::default();
    first
        .iter_days()
        .take(days)
        .map(|day| {
            while let Some((_, known)) = noted.next_if(|(date, _)| *date <= day) {
                usage = *known;
            }
            (day, usage)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn usage(stored: u64) -> Usage {
        Usage {
            stored,
            logical: 10 * stored,
        }
    }

    #[test]
    fn a_day_without_a_change_is_like_the_one_before() {
        let noted = [
            (date(1), usage(5)),
            (date(4), usage(7)),
            (date(5), usage(2)),
        ];
        let shown = |first, days| {
            let days = daily(&noted, date(first), days).into_iter();
            days.map(|(day, usage)| (day, usage.stored))
                .collect::<Vec<_>>()
        };
        let expected = [(3, 5), (4, 7), (5, 2), (6, 2)].map(|(day, stored)| (date(day), stored));
        assert_eq!(shown(3, 4), expected);
        assert_eq!(shown(4, 0), []);
        assert_eq!(daily(&[], date(1), 1), [(date(1), Usage::default())]);
    }
}
