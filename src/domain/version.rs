//! What an object has been: its versions, each from the first set that holds it to the last.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    backup::PartHashes,
    canonical::Hash,
    comparison::is_assigned_otherwise_only,
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
    /// Its parts.
    pub parts: PartHashes,
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
    /// Whether it differs from the version before it in nothing but how it is assigned.
    pub is_assigned_otherwise_only: bool,
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
        let is_assigned_otherwise_only = match last {
            Some(version) if version.first.state == sighting.state => {
                version.last_set = sighting.set;
                version.sets = version.sets.saturating_add(1);
                continue;
            }
            Some(version) => is_assigned_otherwise_only(&version.first.parts, &sighting.parts),
            None => false,
        };
        newest.insert(sighting.options, versions.len());
        versions.push(Version {
            last_set: sighting.set,
            sets: 1,
            is_assigned_otherwise_only,
            first: sighting,
        });
    }
    versions
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// A sighting for each word, a day after the other: payload, assignments, and `-` for a set
    /// without assignments.
    fn sightings(words: &[&str]) -> Vec<Sighting> {
        let days = words.iter().zip(0..);
        let sighting = |(word, day): (&&str, i64)| {
            let (payload, assignments) = word.split_at(1);
            let hash = |text: &str| Hash::of(text.as_bytes());
            let has_assignments = assignments != "-";
            Sighting {
                item: BackupItemId::mint(),
                set: BackupSetId::mint(),
                at: DateTime::UNIX_EPOCH + TimeDelta::days(day),
                options: (has_assignments, true),
                state: hash(word),
                parts: PartHashes {
                    payload: hash(payload),
                    assignments: has_assignments.then(|| hash(assignments)),
                    scope_tags: None,
                    sealed: None,
                    references: None,
                },
            }
        };
        days.map(sighting).collect()
    }

    #[test]
    fn a_version_lasts_as_long_as_the_state_does() {
        let seen = sightings(&["a1", "a1", "b1", "b2", "a1"]);
        let found = versions(seen.clone());
        let told: Vec<_> = found
            .iter()
            .map(|it| {
                (
                    it.first.at.timestamp() / 86_400,
                    it.sets,
                    it.is_assigned_otherwise_only,
                )
            })
            .collect();
        assert_eq!(
            told,
            [(0, 2, false), (2, 1, false), (3, 1, true), (4, 1, false)]
        );
        assert_eq!(found[0].last_set, seen[1].set);
    }

    #[test]
    fn sets_with_other_options_make_no_version_end() {
        let found = versions(sightings(&["a1", "a-", "a1", "a-", "b-"]));
        let counts: Vec<u32> = found.iter().map(|version| version.sets).collect();
        assert_eq!(counts, [2, 2, 1]);
    }

    #[test]
    fn what_was_never_seen_has_no_version() {
        assert_eq!(versions(Vec::new()), []);
    }
}
