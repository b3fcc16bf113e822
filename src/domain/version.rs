//! What an object has been: its versions, each from the first set that holds it to the last.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    canonical::Hash,
    ids::{BackupItemId, BackupSetId},
};

/// An item of an object, in a set that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The item.
    pub item: BackupItemId,
    /// The set.
    pub set: BackupSetId,
    /// When the set was made.
    pub at: DateTime<Utc>,
    /// Whether the set holds assignments, and whether it holds scope tags.
    pub options: (bool, bool),
    /// The state of the item.
    pub state: Hash,
}

/// What an object was for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The oldest item of it.
    pub first: Sighting,
    /// The newest set that holds it.
    pub last_set: BackupSetId,
    /// How many sets hold it.
    pub sets: u32,
    /// The oldest item of the version before it; none of the oldest version.
    pub before: Option<BackupItemId>,
}

/// The versions of an object, oldest first, of its sightings in the order of their sets.
///
/// Sets that were made with other options hold other parts of the object, so each is taken with those
/// that were made as it was.
pub fn versions(sightings: Vec<Sighting>) -> Vec<Version> {
    let mut versions: Vec<Version> = Vec::new();
    let mut newest: HashMap<(bool, bool), usize> = HashMap::new();
    for sighting in sightings {
        let last = newest.get(&sighting.options).copied();
        let last = last.and_then(|index| versions.get_mut(index));
        let before = match last {
            Some(version) if version.first.state == sighting.state => {
                version.last_set = sighting.set;
                version.sets = version.sets.saturating_add(1);
                continue;
            }
            Some(version) => Some(version.first.item),
            None => None,
        };
        newest.insert(sighting.options, versions.len());
        versions.push(Version {
            last_set: sighting.set,
            sets: 1,
            before,
            first: sighting,
        });
    }
    versions
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// A sighting for each word, a day after the other: a letter for the state, and `-` for a set without
    /// assignments.
    fn sightings(words: &[&str]) -> Vec<Sighting> {
        let days = words.iter().zip(0..);
        let sighting = |(word, day): (&&str, i64)| Sighting {
            item: BackupItemId::mint(),
            set: BackupSetId::mint(),
            at: DateTime::UNIX_EPOCH + TimeDelta::days(day),
            options: (!word.ends_with('-'), true),
            state: Hash::of(word.as_bytes()),
        };
        days.map(sighting).collect()
    }

    #[test]
    fn a_version_lasts_as_long_as_the_state_does() {
        let seen = sightings(&["a", "a", "b", "c", "a"]);
        let found = versions(seen.clone());
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.first.item, it.sets, it.before))
            .collect();
        let item = |day: usize| seen[day].item;
        let expected = [
            (item(0), 2, None),
            (item(2), 1, Some(item(0))),
            (item(3), 1, Some(item(2))),
            (item(4), 1, Some(item(3))),
        ];
        assert_eq!(told, expected);
        assert_eq!(found[0].last_set, seen[1].set);
    }

    #[test]
    fn sets_with_other_options_make_no_version_end() {
        let seen = sightings(&["a", "a-", "a", "a-", "b-"]);
        let found = versions(seen.clone());
        let told: Vec<_> = found.iter().map(|it| (it.sets, it.before)).collect();
        assert_eq!(told, [(2, None), (2, None), (1, Some(seen[1].item))]);
    }

    #[test]
    fn what_was_never_seen_has_no_version() {
        assert_eq!(versions(Vec::new()), []);
    }
}
