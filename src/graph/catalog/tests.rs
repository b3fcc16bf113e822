//! What must hold for every entry, so that a slip in one is noticed.

use super::*;

fn entries() -> impl Iterator<Item = &'static Entry> {
    PolicyKind::ALL.iter().map(|kind| entry(*kind))
}

fn paths(read: &Read) -> Vec<&'static str> {
    match *read {
        Read::Object(path) | Read::PlainValues(path) => vec![path],
        Read::Collection(read) => [Some(read.path), read.plain_path]
            .into_iter()
            .flatten()
            .collect(),
        Read::Single(read) => vec![read.path],
        Read::Stream(read) => vec![read.path],
        Read::PerElement(read) => vec![read.path],
        Read::Named(read) => vec![read.path],
    }
}

#[test]
fn every_kind_has_its_own_list() {
    let mut lists = std::collections::HashSet::new();
    for (kind, entry) in PolicyKind::ALL.iter().zip(entries()) {
        assert_eq!(entry.kind, *kind);
        assert!(
            entry.list.starts_with('/') && !entry.list.contains('?'),
            "{kind}"
        );
        assert!(lists.insert(entry.list), "{kind}");
        assert_eq!(
            entry.permissions.is_empty(),
            entry.unavailable.is_some(),
            "{kind}"
        );
        assert!(
            entry.permissions.iter().all(|name| name.contains(".Read.")),
            "{kind}"
        );
        assert!(entry.capture.revision > 0, "{kind}");
    }
}

#[test]
fn assignments_are_expanded_exactly_where_the_list_gives_them() {
    for entry in entries() {
        let expands = |query: &str| query.contains("assignments");
        let on_list = matches!(
            entry.assignments,
            Assignments::OnList(_) | Assignments::OnObject(_)
        );
        assert_eq!(expands(entry.query), on_list, "{}", entry.kind);
        assert!(!entry.plain_query.is_some_and(expands), "{}", entry.kind);
        assert_eq!(
            entry.plain_query.is_some(),
            entry.plain_query.is_some() || on_list,
            "{}",
            entry.kind
        );
    }
}

#[test]
fn follow_ups_name_their_object() {
    for entry in entries() {
        for path in entry
            .follow_ups
            .iter()
            .flat_map(|follow_up| paths(&follow_up.read))
        {
            let named = path.contains("{id}") || path.contains("{element}");
            assert!(
                named && path.starts_with(['/', '(']),
                "{} {path}",
                entry.kind
            );
        }
    }
}

#[test]
fn queries_spell_their_options_with_a_dollar() {
    for entry in entries() {
        let queries = [Some(entry.query), entry.plain_query].into_iter().flatten();
        for option in queries
            .flat_map(|query| query.split('&'))
            .filter(|option| !option.is_empty())
        {
            assert!(option.starts_with('$'), "{} {option}", entry.kind);
        }
    }
}

#[test]
fn scripts_are_counted_apart_and_need_their_own_permission() {
    let own = ["DeviceManagementScripts.Read.All"];
    let scripts: Vec<_> = entries()
        .filter(|entry| entry.permissions == own)
        .map(|entry| entry.bucket)
        .collect();
    assert_eq!(scripts, [Bucket::Scripts; 5]);
}

#[test]
fn what_is_read_beside_the_kinds_takes_no_right_to_write() {
    for look_up in LOOK_UPS {
        assert!(look_up.path.starts_with('/') && !look_up.path.contains('?'));
        assert!(!look_up.permissions.is_empty());
        for name in look_up.permissions {
            assert!(name.ends_with(".Read.All"), "{} {name}", look_up.path);
        }
    }
}

#[test]
fn references_are_found_where_paths_can_lead() {
    for entry in entries() {
        for place in entry.capture.references {
            assert!(!place.path.ends_with("[]"), "{} {}", entry.kind, place.path);
        }
    }
}
