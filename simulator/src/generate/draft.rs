//! What an object needs while it is made: its place, its random stream, and the things around it to
//! which it may refer.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, TimeDelta};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Landscape, seeds};
use crate::tenant::StoredObject;

/// An object in the making.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) landscape: &'a Landscape,
    collection: &'a str,
    /// Number of the object in its collection, from 0.
    pub(crate) number: usize,
    random: ChaCha8Rng,
}

/// The first of September 2023: nothing made up is older.
const OLDEST: i64 = 1_693_526_400;

const DEPARTMENTS: [&str; 10] = [
    "Sales",
    "Finance",
    "Engineering",
    "Support",
    "Warehouse",
    "Legal",
    "Büro Zürich",
    "東京オフィス",
    "Field service",
    "Executives",
];

impl<'a> Draft<'a> {
    pub(crate) fn new(landscape: &'a Landscape, collection: &'a str, number: usize) -> Self {
        let name = [landscape.key.as_str(), collection, &number.to_string()];
        Self {
            landscape,
            collection,
            number,
            random: seeds::stream(&name),
        }
    }

    /// The identifier of this object.
    pub(crate) fn id(&self) -> Uuid {
        self.landscape.id(self.collection, self.number)
    }

    /// An identifier of something that belongs to this object.
    pub(crate) fn own(&self, what: &str) -> Uuid {
        let number = self.number.to_string();
        seeds::id(&[&self.landscape.key, self.collection, &number, what])
    }

    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        self.random.random_range(low..=high)
    }

    /// True in so many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.random.random_ratio(percent.min(100), 100)
    }

    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let index = self.random.random_range(0..choices.len().max(1));
        choices.get(index).copied().unwrap_or_default()
    }

    /// The choice whose turn it is: objects take the choices one after the other.
    pub(crate) fn turn<T: Copy + Default>(&self, choices: &[T]) -> T {
        choices
            .get(self.number % choices.len().max(1))
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn department(&mut self) -> &'static str {
        self.pick(&DEPARTMENTS)
    }

    /// A name such as `WIN - BitLocker - Sales`, unlike that of any other object of the collection.
    pub(crate) fn name(&mut self, platform: &str, topic: &str) -> String {
        let department = self.department();
        format!("{platform} - {topic} - {department} {:03}", self.number + 1)
    }

    /// A moment of creation and a later one of change.
    pub(crate) fn times(&mut self) -> (String, String) {
        let created = self.random.random_range(0..400 * 86_400);
        let changed = created + self.random.random_range(0..300 * 86_400);
        let fraction = self.random.random_range(0..10_000_000_i64);
        let text = |seconds: i64| {
            let time = DateTime::UNIX_EPOCH + TimeDelta::seconds(OLDEST + seconds);
            let time = time + TimeDelta::nanoseconds(fraction * 100);
            time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
        };
        (text(created), text(changed))
    }

    /// Scope tags, mostly the default alone.
    pub(crate) fn scope_tags(&mut self) -> Value {
        let tags = self.landscape.count("roleScopeTags");
        if tags > 1 && self.chance(20) {
            let tag = self.between(1, tags - 1);
            return json!(["0", tag.to_string()]);
        }
        json!(["0"])
    }

    /// Up to four assignments: to everybody or to groups, some of them filtered or excluded.
    pub(crate) fn assignments(&mut self) -> Value {
        let id = self.id().to_string();
        self.assignments_of(&id)
    }

    /// As [`Self::assignments`], for an object whose id is not the plain one.
    pub(crate) fn assignments_of(&mut self, id: &str) -> Value {
        let count = self.between(0, 4);
        let targets: Vec<Value> = (0..count).map(|position| self.target(position)).collect();
        targets
            .into_iter()
            .enumerate()
            .map(|(position, target)| {
                json!({
                    "id": format!("{id}_{}", self.own(&format!("assignment {position}"))),
                    "source": "direct",
                    "sourceId": id,
                    "target": target,
                })
            })
            .collect()
    }

    /// As [`Self::assignments`], and the first object of its collection leaves out a group that
    /// was deleted since.
    pub(crate) fn assignments_with_lost_group(&mut self) -> Value {
        let mut assignments = self.assignments();
        let lost = self.number == 0 && self.landscape.count("groups") > 0;
        if let (true, Some(list)) = (lost, assignments.as_array_mut()) {
            let id = self.id();
            list.push(json!({
                "id": format!("{id}_{}", self.own("lost assignment")),
                "source": "direct",
                "sourceId": id,
                "target": {
                    "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget",
                    "deviceAndAppManagementAssignmentFilterId": null,
                    "deviceAndAppManagementAssignmentFilterType": "none",
                    "groupId": self.own("lost group"),
                },
            }));
        }
        assignments
    }

    /// Which of the samples of its collection this object is; see [`super::plan`].
    pub(crate) fn sample(&self) -> Option<usize> {
        self.landscape.sample(self.collection, self.number)
    }

    /// The target of the assignment at this position; only the first may be everybody.
    pub(crate) fn target(&mut self, position: usize) -> Value {
        let groups = self.landscape.count("groups");
        let to_all = groups == 0 || (position == 0 && self.chance(35));
        let (filter, filter_type) = self.filter();
        if to_all {
            let everybody = self.pick(&[
                "allDevicesAssignmentTarget",
                "allLicensedUsersAssignmentTarget",
            ]);
            return json!({
                "@odata.type": format!("#microsoft.graph.{everybody}"),
                "deviceAndAppManagementAssignmentFilterId": filter,
                "deviceAndAppManagementAssignmentFilterType": filter_type,
            });
        }
        let excluded = position > 0 && self.chance(30);
        let (name, filter, filter_type) = if excluded {
            ("exclusionGroupAssignmentTarget", Value::Null, "none")
        } else {
            ("groupAssignmentTarget", filter, filter_type)
        };
        json!({
            "@odata.type": format!("#microsoft.graph.{name}"),
            "deviceAndAppManagementAssignmentFilterId": filter,
            "deviceAndAppManagementAssignmentFilterType": filter_type,
            "groupId": self.group(),
        })
    }

    fn filter(&mut self) -> (Value, &'static str) {
        let filters = self.landscape.filters;
        if filters == 0 || !self.chance(25) {
            return (Value::Null, "none");
        }
        let number = self.between(0, filters - 1);
        let id = self.landscape.id("assignmentFilters", number);
        (json!(id), self.pick(&["include", "exclude"]))
    }

    /// One of the tenant's groups.
    pub(crate) fn group(&mut self) -> Uuid {
        let groups = self.landscape.count("groups").max(1);
        let number = self.between(0, groups - 1);
        self.landscape.id("groups", number)
    }

    /// Any object of another collection, if it has one.
    pub(crate) fn any_of(&mut self, collection: &str) -> Option<Uuid> {
        let last = self.landscape.count(collection).checked_sub(1)?;
        let number = self.between(0, last);
        Some(self.landscape.id(collection, number))
    }
}

/// Bytes as Graph sends them in JSON.
pub(crate) fn base64_bytes(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Text as Graph sends the body of a script.
pub(crate) fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

/// An object and its parts.
pub(crate) fn stored(object: Value, parts: Value) -> StoredObject {
    StoredObject { object, parts }
}

/// The members of `extra` added to those of `base`.
pub(crate) fn with(mut base: Value, extra: Value) -> Value {
    if let (Some(members), Value::Object(extra)) = (base.as_object_mut(), extra) {
        members.extend(extra);
    }
    base
}
