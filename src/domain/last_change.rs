//! Who changed the objects of a run last: what is taken over, what is joined with audit events, and
//! what stays unknown.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    attribution::{Attribution, AuditTrail},
    backup::BackupItem,
    canonical::Hash,
    ids::PolicyId,
    kind::PolicyKind,
};

/// How long Intune keeps events.
const KEPT: TimeDelta = TimeDelta::days(365);

/// How late Graph's clock or events may be.
const MARGIN: TimeDelta = TimeDelta::minutes(15);

/// When the oldest of what a run is compared with was read: the schedule's last set, and in each kind in
/// which something `changed` its base, which is older where the kind could not be read in between.
pub fn oldest_read(
    last_read: Option<DateTime<Utc>>,
    bases: &BTreeMap<PolicyKind, DateTime<Utc>>,
    changed: &BTreeSet<PolicyKind>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let bases = changed.iter().filter_map(|kind| bases.get(kind)).copied();
    let oldest = last_read.into_iter().chain(bases).min()?;
    Some(oldest.max(now - KEPT))
}

/// From when on events are asked for; `last_read` is when what is compared with was read.
///
/// A first backup asks for none: nothing says what of it has changed, and since when.
pub fn asked_from(last_read: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    last_read.map(|at| at - MARGIN)
}

/// The newest item of an object before this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// What the object was.
    pub state: Hash,
    /// Who had changed it.
    pub last_change: Option<Attribution>,
    /// When the run that stored it began.
    pub read_from: DateTime<Utc>,
}

/// What objects were before this run.
pub type EarlierItems = HashMap<PolicyId, Earlier>;

/// The kinds in which something is new, is not what it was, or is among what was removed. Without any
/// there is nobody to ask for.
pub fn changed_kinds(
    items: &[BackupItem],
    removed: &[BackupItem],
    earlier: &EarlierItems,
) -> BTreeSet<PolicyKind> {
    let is_changed = |item: &&BackupItem| unchanged(item, earlier).is_none();
    let changed = items.iter().filter(is_changed).chain(removed);
    changed.map(|item| item.kind).collect()
}

/// The earlier item, if the object is still what it was then.
fn unchanged<'a>(item: &BackupItem, earlier: &'a EarlierItems) -> Option<&'a Earlier> {
    let earlier = earlier.get(&item.policy)?;
    (earlier.state == item.state_hash).then_some(earlier)
}

/// Says of each item who changed its object last. What did not change keeps what its earlier item
/// said. What changed has the newest event since that item was read; without one it is unknown.
pub fn attribute(
    items: &mut [BackupItem],
    earlier: &EarlierItems,
    trail: Option<&AuditTrail>,
    own: Uuid,
) {
    let newest = trail
        .filter(|trail| trail.knows_the_newest())
        .map(|trail| trail.newest(own))
        .unwrap_or_default();
    for item in items {
        item.last_change = match unchanged(item, earlier) {
            Some(earlier) => earlier.last_change.clone(),
            None => {
                let from = asked_from(earlier.get(&item.policy).map(|earlier| earlier.read_from));
                newest
                    .get(&item.graph_id.to_ascii_lowercase())
                    .filter(|event| from.is_none_or(|from| event.at > from))
                    .and_then(|event| event.attribution())
            }
        };
    }
}

/// Who removed objects, of which these are the last items: the newest event that tells of a deletion
/// since the instant from which events were asked for.
pub fn removals(
    removed: &[BackupItem],
    trail: Option<&AuditTrail>,
    (from, own): (Option<DateTime<Utc>>, Uuid),
) -> HashMap<PolicyId, Attribution> {
    let newest = trail
        .filter(|trail| trail.knows_the_newest())
        .map(|trail| trail.newest(own))
        .unwrap_or_default();
    let by = |item: &BackupItem| {
        let event = newest.get(&item.graph_id.to_ascii_lowercase())?;
        let is_meant = event.is_deletion() && from.is_none_or(|from| event.at > from);
        let by = event.attribution().filter(|_| is_meant)?;
        Some((item.policy, by))
    };
    removed.iter().filter_map(by).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        attribution::AuditEvent, backup::PartHashes, ids::BackupItemId, kind::PolicyKind,
    };

    const OWN: Uuid = Uuid::from_u128(1);

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn item(policy: PolicyId, graph_id: &str, state: &str) -> BackupItem {
        let hash = Hash::of(state.as_bytes());
        BackupItem {
            id: BackupItemId::mint(),
            policy,
            kind: PolicyKind::SettingsCatalog,
            sub_kind: None,
            graph_id: graph_id.to_owned(),
            name: graph_id.to_owned(),
            parts: PartHashes {
                payload: hash,
                assignments: None,
                scope_tags: None,
                sealed: None,
                references: None,
            },
            payload_bytes: 1,
            content_hash: hash,
            state_hash: hash,
            marker: None,
            catalog_revision: 1,
            modified_at: None,
            captured_at: at(0),
            last_change: None,
        }
    }

    fn change(name: &str, minute: i64) -> Attribution {
        Attribution {
            actor_name: name.to_owned(),
            operation: "Patch".to_owned(),
            occurred_at: at(minute),
        }
    }

    fn event(name: &str, minute: i64, object: &str) -> AuditEvent {
        AuditEvent {
            at: at(minute),
            operation: "Patch".to_owned(),
            app: None,
            actor_name: Some(name.to_owned()),
            objects: vec![object.to_owned()],
        }
    }

    fn earlier(state: &str, last_change: Option<Attribution>) -> Earlier {
        Earlier {
            state: Hash::of(state.as_bytes()),
            last_change,
            read_from: at(100),
        }
    }

    #[test]
    fn only_what_changed_is_joined_with_events() {
        let [same, changed, silent, stale, added] = [(); 5].map(|()| PolicyId::mint());
        let mut items = vec![
            item(same, "same", "s"),
            item(changed, "Changed", "new"),
            item(silent, "silent", "new"),
            item(stale, "stale", "new"),
            item(added, "added", "new"),
        ];
        let before = EarlierItems::from([
            (same, earlier("s", Some(change("ann", 50)))),
            (changed, earlier("old", Some(change("ann", 50)))),
            (silent, earlier("old", Some(change("ann", 50)))),
            (stale, earlier("old", None)),
        ]);
        let trail = AuditTrail {
            events: vec![
                event("bob", 130, "changed"),
                event("bob", 120, "same"),
                event("eve", 110, "added"),
                // Before the earlier item was read: what it did is in that item already.
                event("eve", 84, "stale"),
            ],
            is_whole: false,
        };
        let kinds = BTreeSet::from([PolicyKind::SettingsCatalog]);
        assert_eq!(changed_kinds(&items, &[], &before), kinds);
        attribute(&mut items, &before, Some(&trail), OWN);
        let told: Vec<_> = items.iter().map(|item| item.last_change.clone()).collect();
        let expected = [
            Some(change("ann", 50)),
            Some(change("bob", 130)),
            None,
            None,
            Some(change("eve", 110)),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn without_events_only_what_is_known_is_told() {
        let [same, changed] = [(); 2].map(|()| PolicyId::mint());
        let before = EarlierItems::from([
            (same, earlier("s", Some(change("ann", 50)))),
            (changed, earlier("old", Some(change("ann", 50)))),
        ]);
        let items = [item(same, "same", "s"), item(changed, "changed", "new")];
        let unsorted = AuditTrail {
            events: vec![event("eve", 110, "changed"), event("bob", 120, "changed")],
            is_whole: false,
        };
        for trail in [None, Some(&unsorted)] {
            let mut items = items.clone();
            attribute(&mut items, &before, trail, OWN);
            let told: Vec<_> = items.iter().map(|item| item.last_change.clone()).collect();
            assert_eq!(told, [Some(change("ann", 50)), None]);
        }
        let none = BTreeSet::new();
        assert_eq!(changed_kinds(&items[..1], &[], &before), none);
        assert_eq!(changed_kinds(&[], &[], &before), none);
        assert_eq!(changed_kinds(&[], &items[..1], &before).len(), 1);
    }

    #[test]
    fn who_removed_something_is_known_by_its_deletion() {
        let [gone, edited, long_gone] = [(); 3].map(|()| PolicyId::mint());
        let removed = [
            item(gone, "Gone", "s"),
            item(edited, "edited", "s"),
            item(long_gone, "long", "s"),
        ];
        let delete = |name, minute, object| AuditEvent {
            operation: "Delete".to_owned(),
            ..event(name, minute, object)
        };
        let trail = AuditTrail {
            events: vec![
                delete("ann", 120, "gone"),
                event("bob", 130, "edited"),
                delete("eve", 90, "long"),
            ],
            is_whole: true,
        };
        let told = removals(&removed, Some(&trail), (Some(at(100)), OWN));
        let by_ann = Attribution {
            operation: "Delete".to_owned(),
            ..change("ann", 120)
        };
        assert_eq!(told, HashMap::from([(gone, by_ann)]));
        assert_eq!(removals(&removed, None, (None, OWN)), HashMap::new());
    }

    #[test]
    fn events_are_asked_for_since_the_oldest_that_counts() {
        use PolicyKind::{DeviceCategory, ScopeTag, SettingsCatalog};
        let bases = BTreeMap::from([(DeviceCategory, at(50)), (ScopeTag, at(90))]);
        let since = |changed: &[PolicyKind]| {
            let changed = changed.iter().copied().collect();
            oldest_read(Some(at(100)), &bases, &changed, at(200))
        };
        assert_eq!(since(&[SettingsCatalog]), Some(at(100)));
        assert_eq!(since(&[ScopeTag, SettingsCatalog]), Some(at(90)));
        assert_eq!(since(&[DeviceCategory, ScopeTag]), Some(at(50)));
        let none = BTreeMap::new();
        assert_eq!(oldest_read(None, &none, &BTreeSet::new(), at(200)), None);
        let later = at(100) + TimeDelta::days(400);
        let oldest = oldest_read(Some(at(100)), &none, &BTreeSet::new(), later);
        assert_eq!(oldest, Some(later - KEPT));
    }

    #[test]
    fn a_first_backup_asks_for_nothing() {
        assert_eq!(asked_from(None), None);
        assert_eq!(asked_from(Some(at(100))), Some(at(85)));
    }
}
