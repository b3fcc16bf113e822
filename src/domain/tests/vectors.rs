//! Slots against answers that were computed by other programs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::samples::{daily, weekly};
use crate::domain::{recurrence::Recurrence, slot::slots_after, weekdays::Weekday};

#[derive(Deserialize)]
struct File {
    count: usize,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    tz: String,
    frequency: String,
    weekdays: Vec<String>,
    time: String,
    after: DateTime<Utc>,
    expected_next: Vec<DateTime<Utc>>,
    note: String,
}

impl Vector {
    fn recurrence(&self) -> Recurrence {
        match self.frequency.as_str() {
            "daily" => daily(&self.time, &self.tz),
            "weekly" => weekly(&self.days(), &self.time, &self.tz),
            other => panic!("{}: {other} is no frequency", self.id),
        }
    }

    /// The file names a day by its first three letters.
    fn days(&self) -> Vec<Weekday> {
        let by_letters: BTreeMap<_, _> = Weekday::ALL
            .iter()
            .map(|day| (&day.as_str()[..3], *day))
            .collect();
        self.weekdays
            .iter()
            .map(|letters| by_letters[letters.as_str()])
            .collect()
    }

    fn failure(&self) -> Option<String> {
        let found: Vec<_> = slots_after(&self.recurrence(), self.after)
            .map(|slot| slot.at)
            .take(self.expected_next.len())
            .collect();
        (found != self.expected_next).then(|| {
            let Self {
                id,
                note,
                expected_next,
                ..
            } = self;
            format!("{id} ({note}): expected {expected_next:?}, found {found:?}")
        })
    }
}

#[test]
fn every_vector_holds() {
    let text = include_str!("../../../tests/data/slot-vectors.json");
    let file: File = serde_json::from_str(text).unwrap();
    assert_eq!((file.vectors.len(), file.count), (420, 420));
    let failures: Vec<_> = file.vectors.iter().filter_map(Vector::failure).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
