//! Retention: decision tables, and random histories.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{collection::vec, prelude::*};

use super::samples::at;
use crate::domain::{
    ids::BackupSetId,
    retention::{KeepLast, KeptSet, expendable},
};

fn now() -> DateTime<Utc> {
    at("2026-11-24T12:00:00Z")
}

/// One set a day, the newest first: `c` complete, `i` incomplete; in capitals, taken back an hour
/// ago.
fn history(letters: &str) -> Vec<KeptSet> {
    letters
        .chars()
        .zip(0..)
        .map(|(letter, age)| KeptSet {
            id: BackupSetId::mint(),
            created_at: now() - TimeDelta::days(age),
            is_complete: letter.eq_ignore_ascii_case(&'c'),
            undeleted_at: letter
                .is_ascii_uppercase()
                .then(|| now() - TimeDelta::hours(1)),
        })
        .collect()
}

fn keep(sets: i32) -> KeepLast {
    KeepLast::of(sets).unwrap()
}

/// The history with a dot for each set that goes.
fn survivors(letters: &str, keep_last: i32) -> String {
    let sets = history(letters);
    let gone = expendable(&sets, keep(keep_last), now());
    let outcome = |(set, letter): (&KeptSet, char)| match gone.contains(&set.id) {
        true => '.',
        false => letter,
    };
    sets.iter().zip(letters.chars()).map(outcome).collect()
}

#[test]
fn what_is_kept() {
    for (sets, keep_last, expected) in [
        ("", 1, ""),
        ("c", 1, "c"),
        ("cc", 1, "c."),
        ("ccccc", 3, "ccc.."),
        ("ccc", 3, "ccc"),
        // An incomplete set goes with the next older complete one.
        ("cic", 1, "c.."),
        ("cicic", 2, "cic.."),
        ("icic", 1, "ic.."),
        ("cici", 2, "cic."),
        // Without a horizon they stay, as many as complete sets would.
        ("ci", 2, "ci"),
        ("iiii", 2, "ii.."),
        ("iiiic", 2, "ii..c"),
        ("iicic", 2, "iic.c"),
        // The newest complete set stays, however old it is.
        ("iiiiiiiic", 1, "i.......c"),
        // What was taken back is left alone, and takes no other's place.
        ("ccCc", 2, "ccC."),
        ("ccIC", 1, "c.IC"),
        ("cCcc", 2, "cC.."),
        ("iiIc", 1, "i.Ic"),
    ] {
        assert_eq!(survivors(sets, keep_last), expected, "{sets} {keep_last}");
    }
}

#[test]
fn a_set_that_was_taken_back_is_left_alone_for_a_day() {
    let mut sets = history("cc");
    for (hours, goes) in [(-1, false), (0, false), (23, false), (24, true), (99, true)] {
        sets[1].undeleted_at = Some(now() - TimeDelta::hours(hours));
        let gone = expendable(&sets, keep(1), now());
        assert_eq!(gone.contains(&sets[1].id), goes, "{hours}");
    }
}

#[test]
fn sets_of_one_instant_go_in_the_order_of_their_making() {
    let mut sets = history("cc");
    sets[1].created_at = sets[0].created_at;
    let earlier = sets[0].id.min(sets[1].id);
    assert_eq!(expendable(&sets, keep(1), now()), [earlier]);
}

#[test]
fn the_number_kept_is_bounded() {
    for (sets, allowed) in [
        (-1, false),
        (0, false),
        (1, true),
        (365, true),
        (366, false),
    ] {
        assert_eq!(KeepLast::of(sets).is_some(), allowed, "{sets}");
    }
}

fn any_history() -> impl Strategy<Value = Vec<KeptSet>> {
    let letters = vec(
        prop::sample::select(vec!['c', 'c', 'i', 'i', 'C', 'I']),
        0..40,
    );
    letters
        .prop_map(|letters| history(&letters.into_iter().collect::<String>()))
        .prop_shuffle()
}

proptest! {
    #[test]
    fn retention_keeps_its_promises(sets in any_history(), keep_last in 1..10) {
        let gone = expendable(&sets, keep(keep_last), now());
        let left: Vec<_> = sets.iter().filter(|set| !gone.contains(&set.id)).copied().collect();

        let newest_complete = sets.iter().filter(|set| set.is_complete).max_by_key(|set| set.created_at);
        prop_assert!(newest_complete.is_none_or(|newest| left.contains(newest)));

        let limit = usize::try_from(keep_last).unwrap();
        for is_complete in [true, false] {
            let counted = left.iter().filter(|set| set.is_complete == is_complete);
            prop_assert!(counted.filter(|set| set.undeleted_at.is_none()).count() <= limit);
        }
        let complete = |sets: &[KeptSet]| sets.iter().filter(|set| set.is_complete).count();
        prop_assert!(complete(&left) >= complete(&sets).min(limit));

        prop_assert!(sets.iter().all(|set| set.undeleted_at.is_none() || left.contains(set)));
        prop_assert_eq!(expendable(&left, keep(keep_last), now()), []);
    }
}

/// What happens to the sets of a schedule.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// A run stores a set, complete or not, and retention looks at all.
    Stored { is_complete: bool },
    /// Somebody deletes one of the sets.
    Deleted(prop::sample::Index),
    /// Somebody brings a deleted one back.
    Undeleted(prop::sample::Index),
    /// The schedule keeps another number from now on.
    Keeps(i32),
    /// Time passes.
    Passed(i64),
}

fn any_happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => any::<bool>().prop_map(|is_complete| Happening::Stored { is_complete }),
        1 => any::<prop::sample::Index>().prop_map(Happening::Deleted),
        2 => any::<prop::sample::Index>().prop_map(Happening::Undeleted),
        1 => (1..8).prop_map(Happening::Keeps),
        3 => (1_i64..40).prop_map(Happening::Passed),
    ]
}

/// A schedule as it lives.
struct Life {
    now: DateTime<Utc>,
    keep: KeepLast,
    kept: Vec<KeptSet>,
    deleted: Vec<KeptSet>,
}

impl Life {
    fn go_on(&mut self, happening: Happening) -> Result<(), TestCaseError> {
        match happening {
            Happening::Stored { is_complete } => {
                self.now += TimeDelta::minutes(1);
                self.kept.push(KeptSet {
                    id: BackupSetId::mint(),
                    created_at: self.now,
                    is_complete,
                    undeleted_at: None,
                });
                return self.retain();
            }
            Happening::Deleted(which) if !self.kept.is_empty() => {
                let set = self.kept.remove(which.index(self.kept.len()));
                self.deleted.push(set);
            }
            Happening::Undeleted(which) if !self.deleted.is_empty() => {
                let set = self.deleted.remove(which.index(self.deleted.len()));
                self.kept.push(KeptSet {
                    undeleted_at: Some(self.now),
                    ..set
                });
            }
            Happening::Deleted(_) | Happening::Undeleted(_) => {}
            Happening::Keeps(sets) => self.keep = keep(sets),
            Happening::Passed(hours) => self.now += TimeDelta::hours(hours),
        }
        Ok(())
    }

    fn retain(&mut self) -> Result<(), TestCaseError> {
        let gone = expendable(&self.kept, self.keep, self.now);
        let complete = self.kept.iter().filter(|set| set.is_complete);
        let newest = complete.max_by_key(|set| (set.created_at, set.id));
        prop_assert!(newest.is_none_or(|newest| !gone.contains(&newest.id)));
        let (went, left): (Vec<_>, Vec<_>) =
            self.kept.iter().partition(|set| gone.contains(&set.id));
        let is_spared = |set: &KeptSet| {
            let back = set.undeleted_at;
            back.is_some_and(|back| self.now - back < TimeDelta::hours(24))
        };
        prop_assert!(!went.iter().any(is_spared));
        for is_complete in [true, false] {
            let of_kind = left.iter().filter(|set| set.is_complete == is_complete);
            let counted = of_kind.filter(|set| !is_spared(set)).count();
            prop_assert!(counted <= usize::from(self.keep.sets()));
        }
        self.deleted.extend(went);
        self.kept = left;
        Ok(())
    }
}

proptest! {
    #[test]
    fn retention_keeps_its_promises_whatever_happens(happenings in vec(any_happening(), 0..120)) {
        let mut life = Life { now: now(), keep: keep(3), kept: Vec::new(), deleted: Vec::new() };
        for happening in happenings {
            life.go_on(happening)?;
        }
    }
}
