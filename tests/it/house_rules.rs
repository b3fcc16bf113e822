//! Rules of this repository that a compiler does not know: who may use whom, and what a file owes
//! its reader.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each room with those it may use besides itself. Files at the root of `src` are rooms too.
const ARROWS: [(&str, &[&str]); 14] = [
    ("domain", &[]),
    ("clock", &[]),
    ("data_dir", &[]),
    ("telemetry", &["domain"]),
    ("vault", &["domain"]),
    ("store", &["clock", "domain"]),
    ("key_file", &["clock", "store", "vault"]),
    ("graph", &["clock", "domain"]),
    (
        "workers",
        &["clock", "domain", "graph", "store", "telemetry", "vault"],
    ),
    (
        "api",
        &[
            "clock",
            "domain",
            "graph",
            "store",
            "telemetry",
            "vault",
            "workers",
        ],
    ),
    (
        "config",
        &["api", "domain", "graph", "store", "telemetry", "workers"],
    ),
    (
        "app",
        &[
            "api",
            "clock",
            "config",
            "data_dir",
            "domain",
            "graph",
            "key_file",
            "store",
            "telemetry",
            "vault",
            "workers",
        ],
    ),
    (
        "cli",
        &[
            "api",
            "app",
            "clock",
            "config",
            "data_dir",
            "domain",
            "store",
            "telemetry",
            "vault",
            "workers",
        ],
    ),
    ("main", &["cli"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The rooms that a file names after `crate::`, alone or in braces.
fn rooms_used(text: &str) -> BTreeSet<String> {
    let starts = text
        .match_indices("crate::")
        .map(|(at, path)| &text[at + path.len()..]);
    starts.flat_map(first_segments).collect()
}

/// The first segment of a path, or those of each path in a list of them.
fn first_segments(path: &str) -> Vec<String> {
    let Some(list) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let (mut depth, mut segments, mut begins) = (0, Vec::new(), true);
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            letter if begins && letter.is_alphabetic() => {
                segments.push(word(&list[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    segments
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect()
}

#[test]
fn rooms_use_only_those_that_the_arrows_lead_to() {
    let source = root().join("src");
    for path in sources(&source) {
        let inside = path.strip_prefix(&source).unwrap();
        let room = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy();
        let room = room.trim_end_matches(".rs");
        if room == "lib" {
            continue;
        }
        let known = ARROWS.iter().find(|(name, _)| *name == room);
        let (_, allowed) = known.unwrap_or_else(|| panic!("{room} has no arrows"));
        for used in rooms_used(&fs::read_to_string(&path).unwrap()) {
            let is_room = ARROWS.iter().any(|(name, _)| *name == used);
            let is_allowed = used == room || allowed.contains(&used.as_str());
            assert!(!is_room || is_allowed, "{} uses {used}", inside.display());
        }
    }
}

#[test]
fn uses_are_found_alone_and_in_lists() {
    let text = "use crate::clock::Clock;\nuse crate::{\n  domain::{run::Run, ids}, store::{self, Db},\n};\ncrate::vault::f()";
    let used: Vec<_> = rooms_used(text).into_iter().collect();
    assert_eq!(used, ["clock", "domain", "store", "vault"]);
}

#[test]
fn every_file_begins_with_what_it_owns() {
    for folder in ["src", "tests", "simulator/src", "simulator/tests"] {
        for path in sources(&root().join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//! "), "{} has no header", path.display());
        }
    }
}

#[test]
fn every_file_of_this_suite_is_part_of_it() {
    let main = fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for entry in fs::read_dir(root().join("tests/it")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let module = name.trim_end_matches(".rs");
        let is_listed = main.lines().any(|line| line == format!("mod {module};"));
        assert!(module == "main" || is_listed, "{module} is not in main.rs");
    }
}

#[test]
fn both_databases_have_migrations_of_the_same_names() {
    let names = |database: &str| -> BTreeSet<_> {
        let folder = root().join("migrations").join(database);
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
