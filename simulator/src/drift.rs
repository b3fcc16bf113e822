//! Which objects of a tenant change on which day. A function of seed, tenant and day.

use std::collections::HashSet;

use rand::Rng;

use crate::{
    generate::seeds,
    kinds::{self, Kind, Shape, Side},
};

/// Collections in which nothing changes by itself: look-ups, and a few whose identifiers are given.
const STILL: [&str; 5] = [
    "groups",
    "templates",
    "groupPolicyUploadedDefinitionFiles",
    "auditEvents",
    "brandingLocalizations",
];

/// Collections to whose objects others refer; nothing is removed from them.
const REFERRED: [&str; 8] = [
    "assignmentFilters",
    "roleScopeTags",
    "roleDefinitions",
    "notificationMessageTemplates",
    "mobileApps",
    "namedLocations",
    "microsoftTunnelConfigurations",
    "vppTokens",
];

/// One change of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) day: u32,
    pub(crate) kind: &'static Kind,
    /// Number of the object in its collection, counted over all that ever were in it.
    pub(crate) number: usize,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Edited,
    Renamed,
    /// Moves no marker.
    Reassigned,
    Added,
    Removed,
}

/// What exists in each collection, day after day.
#[derive(Clone, Debug)]
pub(crate) struct Drift {
    key: String,
    percent: u32,
    /// The last day whose changes were told.
    day: u32,
    populations: Vec<Population>,
}

#[derive(Clone, Debug)]
struct Population {
    kind: &'static Kind,
    alive: Vec<usize>,
    next: usize,
}

impl Drift {
    /// Day 0, with so many objects in each collection. `percent` of all change every day, at least one.
    pub(crate) fn new(key: String, percent: u32, count: impl Fn(&'static Kind) -> usize) -> Self {
        let populations = kinds::all()
            .filter(|kind| !STILL.contains(&kind.collection) && !kind.permissions.is_empty())
            .map(|kind| Population {
                kind,
                alive: (0..count(kind)).collect(),
                next: count(kind),
            })
            .collect();
        Self {
            key,
            percent,
            day: 0,
            populations,
        }
    }

    /// The changes up to the end of a day, of those days that were not told before.
    pub(crate) fn until(&mut self, day: u32) -> Vec<Change> {
        let mut changes = Vec::new();
        while self.day < day {
            self.day += 1;
            self.one_day(&mut changes);
        }
        changes
    }

    fn one_day(&mut self, changes: &mut Vec<Change>) {
        let all: usize = self.populations.iter().map(|of| of.alive.len()).sum();
        let share = usize::try_from(self.percent).unwrap_or(usize::MAX);
        let wanted = all.saturating_mul(share).div_ceil(100).clamp(1, all.max(1));
        let mut random = seeds::stream(&[&self.key, "day", &self.day.to_string()]);
        let mut touched = HashSet::new();
        // An object changes once a day; whoever draws it again draws anew, within reason.
        for _ in 0..wanted.saturating_mul(20) {
            if touched.len() == wanted {
                return;
            }
            let place = random.random_range(0..all.max(1));
            let chance = random.random_range(0..100);
            let Some(change) = self.change(place, chance, &touched) else {
                continue;
            };
            touched.insert((change.kind.collection, change.number));
            changes.push(change);
        }
    }

    /// What happens to the object at this place of the whole tenant.
    fn change(
        &mut self,
        mut place: usize,
        chance: u32,
        touched: &HashSet<(&str, usize)>,
    ) -> Option<Change> {
        let day = self.day;
        let population = self.populations.iter_mut().find(|population| {
            let here = place < population.alive.len();
            if !here {
                place -= population.alive.len();
            }
            here
        })?;
        let kind = population.kind;
        let number = *population.alive.get(place)?;
        if touched.contains(&(kind.collection, number)) {
            return None;
        }
        let what = population.allowed(wish(chance));
        let number = match what {
            What::Added => population.add(),
            What::Removed => population.alive.remove(place),
            What::Edited | What::Renamed | What::Reassigned => number,
        };
        Some(Change {
            day,
            kind,
            number,
            what,
        })
    }
}

fn wish(chance: u32) -> What {
    match chance {
        0..40 => What::Edited,
        40..60 => What::Reassigned,
        60..75 => What::Renamed,
        75..90 => What::Added,
        _ => What::Removed,
    }
}

impl Population {
    /// The wish, or an edit where the kind has no such change. The last object stays.
    fn allowed(&self, wish: What) -> What {
        let is_list = self.kind.shape == Shape::List;
        let possible = match wish {
            What::Edited => true,
            What::Renamed => is_list,
            What::Reassigned => self.kind.part("assignments").is_some(),
            What::Added => is_list && self.kind.collection != "roleAssignments",
            What::Removed => {
                is_list && self.alive.len() > 1 && !REFERRED.contains(&self.kind.collection)
            }
        };
        if possible { wish } else { What::Edited }
    }

    fn add(&mut self) -> usize {
        let number = self.next;
        self.next += 1;
        self.alive.push(number);
        number
    }
}

impl Change {
    /// Whether Intune's audit log tells of it.
    pub(crate) fn is_audited(&self) -> bool {
        self.kind.side == Side::Intune
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drift() -> Drift {
        Drift::new("key".to_owned(), 1, |kind| match kind.collection {
            "intents" => 250,
            "deviceManagement" => 1,
            _ => 0,
        })
    }

    #[test]
    fn a_day_is_the_day_before_with_more_changes() {
        let (mut at_once, mut by_day) = (drift(), drift());
        let all = at_once.until(5);
        let daily: Vec<Change> = (1..=5).flat_map(|day| by_day.until(day)).collect();
        assert_eq!(all, daily);
        assert!(at_once.until(5).is_empty());
        for day in 1..=5 {
            let of_day = all.iter().filter(|change| change.day == day);
            assert_eq!(of_day.count(), 3, "one percent of 251, rounded up");
        }
    }

    #[test]
    fn every_sort_of_change_comes_up_and_none_where_it_can_not_be() {
        let changes = drift().until(60);
        let sorts: HashSet<What> = changes.iter().map(|change| change.what).collect();
        assert_eq!(sorts.len(), 5);
        for change in &changes {
            assert!(change.kind.shape == Shape::List || change.what == What::Edited);
        }
        let added = changes.iter().filter(|change| change.what == What::Added);
        let numbers: HashSet<usize> = added.clone().map(|change| change.number).collect();
        assert_eq!(numbers.len(), added.count(), "no number is given twice");
        assert!(numbers.iter().all(|number| *number >= 250));
    }

    #[test]
    fn the_smallest_tenant_changes_too() {
        let mut lonely = Drift::new("key".to_owned(), 0, |kind| {
            usize::from(kind.collection == "deviceManagement")
        });
        assert_eq!(lonely.until(3).len(), 3);
        let mut empty = Drift::new("key".to_owned(), 1, |_| 0);
        assert!(empty.until(3).is_empty());
    }
}
