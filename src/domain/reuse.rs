//! When an object need not be read again.
//!
//! A change marker that has not moved says that nothing an administrator decides has changed since
//! the newest item was captured. Nobody documents what moves a marker, so every seventh day each
//! tenant is read in full all the same, the days spread by tenant.

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use super::{backup::BackupItem, canonical::Hash, ids::TenantId, run::Scope};

/// How long a marker is trusted, a little under seven days: a weekly schedule must not come just
/// before the end each time, and a full read that failed is made good by the next run.
const TRUSTED_FOR: TimeDelta = TimeDelta::hours(6 * 24 + 12);

/// Whether everything is read on the day of `now`.
pub fn is_full_read_day(tenant: TenantId, now: DateTime<Utc>) -> bool {
    let [first, ..] = Hash::of(tenant.as_uuid().as_bytes()).bytes();
    (now.date_naive().num_days_from_ce() + i32::from(first)) % 7 == 0
}

/// How an object that was just listed looks from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside<'a> {
    /// When it is looked at.
    pub now: DateTime<Utc>,
    /// Value of its change marker.
    pub marker: Option<&'a str>,
    /// Version of the catalog entry that would read it.
    pub catalog_revision: u16,
    /// Its assignments, if they are kept.
    pub assignments: Option<Hash>,
    /// Its scope tags, if they are kept; unknown when the list does not show them.
    pub scope_tags: Listed<Option<Hash>>,
}

/// What a list may or may not show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed<T> {
    /// The list shows it.
    Shown(T),
    /// Only reading the object does.
    NotShown,
}

/// How much of an object's newest item can be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// All of it.
    Whole,
    /// Its payload; what the list shows is taken from the list.
    Payload,
    /// Nothing: the object is read.
    Nothing,
}

/// Compares an object with its newest item.
pub fn reuse(item: &BackupItem, outside: &Outside<'_>, scope: &Scope) -> Reuse {
    let has_moved = outside.marker.is_none() || outside.marker != item.marker.as_deref();
    let is_old = outside.now - item.captured_at >= TRUSTED_FOR;
    // An earlier version did not look where the object points to.
    let is_plain = item.parts.references.is_none();
    if has_moved || is_old || is_plain || item.catalog_revision != outside.catalog_revision {
        return Reuse::Nothing;
    }
    let (tags_known, tags_equal) = match outside.scope_tags {
        Listed::Shown(tags) => (true, tags == item.parts.scope_tags),
        // What was not kept then cannot be taken over now.
        Listed::NotShown => {
            let kept = item.parts.scope_tags.is_some() == scope.scope_tags;
            (kept, kept)
        }
    };
    match (
        tags_known,
        tags_equal && outside.assignments == item.parts.assignments,
    ) {
        (false, _) => Reuse::Nothing,
        (true, true) => Reuse::Whole,
        (true, false) => Reuse::Payload,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        backup::PartHashes,
        ids::{BackupItemId, PolicyId},
        kind::PolicyKind,
    };

    fn hash(text: &str) -> Hash {
        Hash::of(text.as_bytes())
    }

    fn item() -> BackupItem {
        BackupItem {
            id: BackupItemId::mint(),
            policy: PolicyId::mint(),
            kind: PolicyKind::SettingsCatalog,
            sub_kind: None,
            graph_id: "a".to_owned(),
            name: "A".to_owned(),
            parts: PartHashes {
                payload: hash("payload"),
                assignments: Some(hash("assignments")),
                scope_tags: Some(hash("tags")),
                sealed: None,
                references: Some(hash("references")),
            },
            payload_bytes: 1,
            content_hash: hash("content"),
            state_hash: hash("state"),
            marker: Some("3".to_owned()),
            catalog_revision: 1,
            modified_at: None,
            captured_at: DateTime::UNIX_EPOCH,
            last_change: None,
        }
    }

    fn outside() -> Outside<'static> {
        Outside {
            now: DateTime::UNIX_EPOCH,
            marker: Some("3"),
            catalog_revision: 1,
            assignments: Some(hash("assignments")),
            scope_tags: Listed::Shown(Some(hash("tags"))),
        }
    }

    #[test]
    fn only_what_has_not_moved_is_taken_over() {
        let scope = Scope {
            kinds: vec![PolicyKind::SettingsCatalog],
            assignments: true,
            scope_tags: true,
        };
        let untagged = Scope {
            scope_tags: false,
            ..scope.clone()
        };
        let cases = [
            (outside(), &scope, Reuse::Whole),
            (
                Outside {
                    now: DateTime::UNIX_EPOCH + TimeDelta::days(7),
                    ..outside()
                },
                &scope,
                Reuse::Nothing,
            ),
            (
                Outside {
                    marker: Some("4"),
                    ..outside()
                },
                &scope,
                Reuse::Nothing,
            ),
            (
                Outside {
                    marker: None,
                    ..outside()
                },
                &scope,
                Reuse::Nothing,
            ),
            (
                Outside {
                    catalog_revision: 2,
                    ..outside()
                },
                &scope,
                Reuse::Nothing,
            ),
            (
                Outside {
                    assignments: None,
                    ..outside()
                },
                &scope,
                Reuse::Payload,
            ),
            (
                Outside {
                    assignments: Some(hash("other")),
                    ..outside()
                },
                &scope,
                Reuse::Payload,
            ),
            (
                Outside {
                    scope_tags: Listed::Shown(None),
                    ..outside()
                },
                &untagged,
                Reuse::Payload,
            ),
            (
                Outside {
                    scope_tags: Listed::NotShown,
                    ..outside()
                },
                &scope,
                Reuse::Whole,
            ),
            (
                Outside {
                    scope_tags: Listed::NotShown,
                    ..outside()
                },
                &untagged,
                Reuse::Nothing,
            ),
        ];
        for (outside, scope, expected) in cases {
            assert_eq!(reuse(&item(), &outside, scope), expected, "{outside:?}");
        }
        let plain = BackupItem {
            parts: PartHashes {
                references: None,
                ..item().parts
            },
            ..item()
        };
        assert_eq!(reuse(&plain, &outside(), &scope), Reuse::Nothing);
    }

    #[test]
    fn each_tenant_is_read_in_full_once_in_seven_days() {
        let tenant = TenantId::mint();
        let day = |number| DateTime::UNIX_EPOCH + chrono::TimeDelta::days(number);
        let full = (20_000..20_070)
            .filter(|&number| is_full_read_day(tenant, day(number)))
            .count();
        assert_eq!(full, 10);
    }
}
