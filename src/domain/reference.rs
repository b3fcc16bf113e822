//! What objects point to by identifier: groups, assignment filters and scope tags, and their names.
//!
//! What an object points to is stored with its item. The names belong to the tenant, each from an
//! instant on: a set shows the names of its time, and a name that stays is stored once, however
//! many sets there are.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    str::FromStr,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{paths, words::words};

words! {
    /// What a reference points to.
    ReferenceKind {
        /// An assignment filter.
        AssignmentFilter "ASSIGNMENT_FILTER"
        /// A group in Microsoft Entra.
        Group "GROUP"
        /// A scope tag.
        ScopeTag "SCOPE_TAG"
    }
}

/// Something that an object points to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// What it is.
    pub kind: ReferenceKind,
    /// Its identifier at Graph.
    pub id: String,
}

/// A reference with the name that its object had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What is pointed to.
    pub reference: Reference,
    /// Its name; none when nobody could tell, or it was gone.
    pub name: Option<String>,
}

/// A place that points to something by its identifier.
#[derive(Clone, Copy, Debug)]
pub struct ReferencePlace {
    /// What it points to.
    pub kind: ReferenceKind,
    /// Path of an identifier, or of an array of them.
    pub path: &'static str,
}

/// Where an assignment points to something; the last two are of older forms of assignments.
const IN_ASSIGNMENTS: [ReferencePlace; 4] = [
    place(ReferenceKind::Group, "target.groupId"),
    place(
        ReferenceKind::AssignmentFilter,
        "target.deviceAndAppManagementAssignmentFilterId",
    ),
    place(ReferenceKind::Group, "targetGroupId"),
    place(ReferenceKind::Group, "groupId"),
];

const fn place(kind: ReferenceKind, path: &'static str) -> ReferencePlace {
    ReferencePlace { kind, path }
}

/// Longest identifier that is one. Those of Graph have 36 characters or fewer.
const LONGEST_ID: usize = 100;

/// Names that are the same in every tenant: the groups that stand for everybody, the first tag.
const WELL_KNOWN: [(ReferenceKind, &str, &str); 3] = [
    (
        ReferenceKind::Group,
        "acacacac-9df4-4c7d-9d50-4ef0226f57a9",
        "All users",
    ),
    (
        ReferenceKind::Group,
        "adadadad-808e-44e2-905a-0b7873a8a531",
        "All devices",
    ),
    (ReferenceKind::ScopeTag, "0", "Default"),
];

impl Reference {
    /// The reference to what `id` says; none when that is nothing.
    fn to(kind: ReferenceKind, id: &str) -> Option<Self> {
        let uuid = id.parse::<Uuid>().ok();
        let points_to_something = match kind {
            // Places for groups hold other texts as well, such as `/` for everything.
            ReferenceKind::Group => uuid.is_some_and(|id| !id.is_nil()),
            // No filter is a filter of zeros.
            ReferenceKind::AssignmentFilter => uuid.is_none_or(|id| !id.is_nil()),
            ReferenceKind::ScopeTag => true,
        };
        let is_id = !id.is_empty() && id.len() <= LONGEST_ID && !id.contains('\0');
        (points_to_something && is_id).then(|| Self {
            kind,
            id: id.to_owned(),
        })
    }

    /// The name that it has in every tenant.
    pub fn well_known_name(&self) -> Option<&'static str> {
        let is_this = |(kind, id, _): &&(ReferenceKind, &str, &str)| {
            *kind == self.kind && self.id.eq_ignore_ascii_case(id)
        };
        WELL_KNOWN.iter().find(is_this).map(|(_, _, name)| *name)
    }
}

/// What an object points to, each once: in its assignments, its scope tags, and the named `places`
/// of its payload.
pub fn references(
    assignments: Option<&Value>,
    scope_tags: Option<&Value>,
    (payload, places): (&Value, &[ReferencePlace]),
) -> BTreeSet<Reference> {
    let mut found = BTreeSet::new();
    let mut add = |kind, id: &str| found.extend(Reference::to(kind, id));
    for assignment in elements(assignments) {
        for place in &IN_ASSIGNMENTS {
            paths::each_text(assignment, place.path, &mut |id| add(place.kind, id));
        }
    }
    for tag in elements(scope_tags).filter_map(Value::as_str) {
        add(ReferenceKind::ScopeTag, tag);
    }
    for place in places {
        paths::each_text(payload, place.path, &mut |id| add(place.kind, id));
    }
    found
}

fn elements(part: Option<&Value>) -> impl Iterator<Item = &Value> {
    part.and_then(Value::as_array).into_iter().flatten()
}

/// References as they are stored: identifiers by kind.
pub fn document(references: &BTreeSet<Reference>) -> Value {
    let mut by_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for reference in references {
        let ids = by_kind.entry(reference.kind.as_str()).or_default();
        ids.push(&reference.id);
    }
    let members = by_kind.into_iter();
    let members = members.map(|(kind, ids)| (kind.to_owned(), Value::from(ids)));
    Value::Object(members.collect())
}

/// Stored references; none when the document is something else. Kinds that a newer version stored
/// are left out.
pub fn read(document: &[u8]) -> Option<BTreeSet<Reference>> {
    let by_kind: BTreeMap<String, Vec<String>> = serde_json::from_slice(document).ok()?;
    let known = by_kind
        .into_iter()
        .filter_map(|(kind, ids)| Some((ReferenceKind::from_str(&kind).ok()?, ids)));
    let references =
        known.flat_map(|(kind, ids)| ids.into_iter().map(move |id| Reference { kind, id }));
    Some(references.collect())
}

/// How long a name is taken for granted: a little under seven days, as [`super::reuse`] does with
/// markers. On the day of a full read all names are asked for again.
///
/// A quiet run thus asks for no group at all. The price is that a group which was renamed shows
/// its former name for up to a week.
const KNOWN_FOR: TimeDelta = TimeDelta::hours(6 * 24 + 12);

/// What is known of a reference of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name; none when it was gone, or nobody could tell.
    pub name: Option<String>,
    /// When Graph said so last; none when Graph did not say.
    pub confirmed_at: Option<DateTime<Utc>>,
}

impl Known {
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.confirmed_at.is_some_and(|at| now - at < KNOWN_FOR)
    }
}

/// What is known of the references of a tenant.
pub type Knowledge = HashMap<Reference, Known>;

/// What Graph said, kind by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Groups that were asked for and answered, with their names; none for those that are gone.
    pub groups: HashMap<Uuid, Option<String>>,
    /// All assignment filters by identifier; none when they were not listed.
    pub filters: Option<HashMap<String, String>>,
    /// All scope tags by identifier; none when they were not listed.
    pub scope_tags: Option<HashMap<String, String>>,
}

impl Told {
    /// The answer about a reference: a name or that there is none, or no answer at all.
    fn of(&self, reference: &Reference) -> Option<Option<String>> {
        let in_list = |list: &Option<HashMap<String, String>>| {
            let list = list.as_ref()?;
            Some(list.get(&reference.id).cloned())
        };
        match reference.kind {
            ReferenceKind::AssignmentFilter => in_list(&self.filters),
            ReferenceKind::Group => self.groups.get(&reference.id.parse().ok()?).cloned(),
            ReferenceKind::ScopeTag => in_list(&self.scope_tags),
        }
    }
}

/// What has to be asked for the names of some references.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// These groups.
    pub groups: Vec<Uuid>,
    /// The list of assignment filters.
    pub filters: bool,
    /// The list of scope tags.
    pub scope_tags: bool,
}

/// What has to be asked when some lists were told already. Whatever is known and fresh is not
/// asked for, unless everything is to be `renewed`.
pub fn questions(
    references: &BTreeSet<Reference>,
    known: &Knowledge,
    told: &Told,
    renewed: bool,
    now: DateTime<Utc>,
) -> Questions {
    let is_open = |reference: &&Reference| {
        let is_fresh = known
            .get(reference)
            .is_some_and(|known| known.is_fresh(now));
        reference.well_known_name().is_none()
            && told.of(reference).is_none()
            && (renewed || !is_fresh)
    };
    let mut questions = Questions::default();
    for reference in references.iter().filter(is_open) {
        match reference.kind {
            ReferenceKind::AssignmentFilter => questions.filters = true,
            ReferenceKind::Group => questions.groups.extend(reference.id.parse::<Uuid>()),
            ReferenceKind::ScopeTag => questions.scope_tags = true,
        }
    }
    questions.groups.sort_unstable();
    questions.groups.dedup();
    questions
}

/// What becomes of the knowledge about a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lesson {
    /// It is as it was known.
    Confirmed(Reference),
    /// From now on it is so.
    Learnt(Reference, Known),
}

/// What a run learns. A name that was asked for in vain is unknown once it is not fresh any more.
pub fn lessons(
    references: &BTreeSet<Reference>,
    known: &Knowledge,
    told: &Told,
    now: DateTime<Utc>,
) -> Vec<Lesson> {
    let lesson = |reference: &Reference| {
        let before = known.get(reference);
        match (told.of(reference), before) {
            (Some(name), Some(before)) if before.confirmed_at.is_some() && before.name == name => {
                Some(Lesson::Confirmed(reference.clone()))
            }
            (Some(name), _) => {
                let confirmed_at = Some(now);
                let known = Known { name, confirmed_at };
                Some(Lesson::Learnt(reference.clone(), known))
            }
            (None, Some(before)) if before.confirmed_at.is_some() && !before.is_fresh(now) => {
                let known = Known {
                    name: None,
                    confirmed_at: None,
                };
                Some(Lesson::Learnt(reference.clone(), known))
            }
            (None, _) => None,
        }
    };
    let told_apart = references
        .iter()
        .filter(|reference| reference.well_known_name().is_none());
    told_apart.filter_map(lesson).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const A: &str = "0a000000-0000-4000-8000-000000000001";
    const B: &str = "0b000000-0000-4000-8000-000000000002";
    const EVERYBODY: &str = "ACACACAC-9df4-4c7d-9d50-4ef0226f57a9";
    const NOTHING: &str = "00000000-0000-0000-0000-000000000000";

    fn reference(kind: ReferenceKind, id: &str) -> Reference {
        let id = id.to_owned();
        Reference { kind, id }
    }

    fn group(id: &str) -> Reference {
        reference(ReferenceKind::Group, id)
    }

    fn now() -> DateTime<Utc> {
        "2026-03-02T10:00:00Z".parse().unwrap()
    }

    fn days_ago(days: i64) -> Option<DateTime<Utc>> {
        Some(now() - TimeDelta::days(days))
    }

    fn known(name: Option<&str>, confirmed_at: Option<DateTime<Utc>>) -> Known {
        Known {
            name: name.map(str::to_owned),
            confirmed_at,
        }
    }

    #[test]
    fn references_are_found_in_assignments_tags_and_named_places() {
        let assignments = json!([
            { "target": { "groupId": A, "deviceAndAppManagementAssignmentFilterId": "f" } },
            { "target": { "groupId": A, "deviceAndAppManagementAssignmentFilterId": NOTHING } },
            { "target": { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" } },
            { "targetGroupId": EVERYBODY },
            { "target": { "groupId": null, "deviceAndAppManagementAssignmentFilterId": "" } },
            7,
        ]);
        let payload = json!({ "scopes": [B, "/", NOTHING], "tags": [{ "id": "2" }, {}] });
        let places = [
            place(ReferenceKind::Group, "scopes"),
            place(ReferenceKind::ScopeTag, "tags[].id"),
            place(ReferenceKind::Group, "missing"),
        ];
        let tags = json!(["0", "1", 3]);
        let found = references(Some(&assignments), Some(&tags), (&payload, &places));
        let expected = [
            reference(ReferenceKind::AssignmentFilter, "f"),
            group(A),
            group(B),
            group(EVERYBODY),
            reference(ReferenceKind::ScopeTag, "0"),
            reference(ReferenceKind::ScopeTag, "1"),
            reference(ReferenceKind::ScopeTag, "2"),
        ];
        assert_eq!(found, BTreeSet::from(expected));
        let stored = document(&found).to_string();
        assert_eq!(read(stored.as_bytes()), Some(found));
    }

    #[test]
    fn what_a_newer_version_stored_is_left_out() {
        let stored = json!({ "GROUP": [A], "PRINTER": ["p"] }).to_string();
        assert_eq!(read(stored.as_bytes()), Some(BTreeSet::from([group(A)])));
        assert_eq!(read(b"[]"), None);
    }

    #[test]
    fn only_what_is_not_known_for_less_than_a_week_is_asked_for() {
        let [filter, tag] = [
            reference(ReferenceKind::AssignmentFilter, "f"),
            reference(ReferenceKind::ScopeTag, "1"),
        ];
        let all = BTreeSet::from([
            group(A),
            group(B),
            group(EVERYBODY),
            reference(ReferenceKind::ScopeTag, "0"),
            filter.clone(),
            tag.clone(),
        ]);
        let ids = |questions: &Questions| {
            let ids = questions.groups.iter().map(ToString::to_string);
            ids.collect::<Vec<_>>()
        };
        let first = questions(&all, &Knowledge::new(), &Told::default(), false, now());
        assert_eq!(ids(&first), [A, B]);
        assert!(first.filters && first.scope_tags);

        let knowledge = Knowledge::from([
            (group(A), known(Some("A"), days_ago(6))),
            (group(B), known(None, days_ago(6))),
            (filter, known(Some("F"), days_ago(7))),
            (tag, known(None, None)),
        ]);
        let quiet = questions(&all, &knowledge, &Told::default(), false, now());
        assert_eq!(ids(&quiet), [""; 0]);
        assert!(quiet.filters && quiet.scope_tags);

        let listed = Told {
            filters: Some(HashMap::new()),
            scope_tags: Some(HashMap::new()),
            ..Told::default()
        };
        let listed_already = questions(&all, &knowledge, &listed, false, now());
        assert_eq!(listed_already, Questions::default());
        let full = questions(&all, &knowledge, &listed, true, now());
        assert_eq!(ids(&full), [A, B]);
    }

    #[test]
    fn what_is_learnt_follows_from_what_was_known_and_told() {
        let told = |name: Option<Option<&str>>| Told {
            groups: name
                .map(|name| (A.parse().unwrap(), name.map(str::to_owned)))
                .into_iter()
                .collect(),
            ..Told::default()
        };
        let confirmed = || vec![Lesson::Confirmed(group(A))];
        let learnt = |name| vec![Lesson::Learnt(group(A), known(name, Some(now())))];
        let forgotten = vec![Lesson::Learnt(group(A), known(None, None))];
        let (fresh, old) = (days_ago(6), days_ago(7));
        let cases = [
            (None, Some(Some("A")), learnt(Some("A"))),
            (None, Some(None), learnt(None)),
            (None, None, vec![]),
            (Some(known(Some("A"), fresh)), Some(Some("A")), confirmed()),
            (Some(known(Some("A"), old)), Some(Some("A")), confirmed()),
            (Some(known(None, fresh)), Some(None), confirmed()),
            (
                Some(known(Some("A"), fresh)),
                Some(Some("B")),
                learnt(Some("B")),
            ),
            (Some(known(Some("A"), fresh)), Some(None), learnt(None)),
            (Some(known(Some("A"), fresh)), None, vec![]),
            (Some(known(Some("A"), old)), None, forgotten),
            (Some(known(None, None)), None, vec![]),
            (Some(known(None, None)), Some(None), learnt(None)),
        ];
        for (before, answer, expected) in cases {
            let references = BTreeSet::from([group(A), group(EVERYBODY)]);
            let knowledge = before.clone().map(|known| (group(A), known));
            let knowledge = knowledge.into_iter().collect();
            let lessons = lessons(&references, &knowledge, &told(answer), now());
            assert_eq!(lessons, expected, "{before:?} {answer:?}");
        }
    }
}
