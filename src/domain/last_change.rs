//! Who changed the objects of a run last: what is taken over, what is joined with audit events, and
//! what stays unknown.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    attribution::{Attribution, AuditTrail},
    backup::BackupItem,
    canonical::Hash,
    ids::PolicyId,
};

/// How late Graph's clock or events may be.
const MARGIN: TimeDelta = TimeDelta::minutes(15);

/// From when on events are asked for; `last_read` is when the schedule's last stored run began.
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

/// Whether anything is new or not what it was. Otherwise there is nobody to ask for: what was
/// removed has no item that could tell.
pub fn is_anything_changed(items: &[BackupItem], earlier: &EarlierItems) -> bool {
    items.iter().any(|item| unchanged(item, earlier).is_none())
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
        assert!(is_anything_changed(&items, &before));
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
        assert!(!is_anything_changed(&items[..1], &before));
        assert!(!is_anything_changed(&[], &before));
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
    fn a_first_backup_asks_for_nothing() {
        assert_eq!(asked_from(None), None);
        assert_eq!(asked_from(Some(at(100))), Some(at(85)));
    }
}
