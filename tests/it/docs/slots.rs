//! The dated examples about changes of the clocks are what the scheduler does.

use chrono::{DateTime, NaiveDate, Utc};
use tenantatlas::domain::{time_of_day::TimeOfDay, zone::Zone};

use super::{Page, quoted};

#[test]
fn examples_of_slots_are_right() {
    let page = Page::at("docs/schedules.md");
    let mut count = 0;
    for row in page.rows() {
        // Zone, time, date, and when that is.
        let [zone, time, date, instant, ..] = row.as_slice() else {
            continue;
        };
        let value = |cell: &str| quoted(cell).concat();
        let Ok(zone) = value(zone).parse::<Zone>() else {
            continue;
        };
        let time: TimeOfDay = value(time).parse().unwrap();
        let date: NaiveDate = value(date).parse().unwrap();
        let told: DateTime<Utc> = value(instant).parse().unwrap();
        assert_eq!(zone.resolve(date, time), Some(told), "{row:?}");
        count += 1;
    }
    assert!(count >= 6, "{count}");
}
