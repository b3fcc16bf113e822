//! Everything that can be chosen is described with its default, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use tenantatlas::config::{Config, FILE_VARIABLE, Need, settings};

use super::{Page, complain, files, quoted};

const PAGE: &str = "docs/configuration.md";

/// Variables that are no settings of a server, and a file that obeys each.
const OTHERS: [(&str, &str); 6] = [
    ("TENANTATLAS_COMMIT", "build.rs"),
    ("TENANTATLAS_CONSOLE", "build.rs"),
    ("TENANTATLAS_BIN", "tests/clients/support/server.js"),
    ("TENANTATLAS_FUZZ_SEED", "src/graph/fuzzing/tests.rs"),
    ("TENANTATLAS_URL", "console/vite.config.ts"),
    (FILE_VARIABLE, "src/config/mod.rs"),
];

fn read(text: &str) -> Result<Config, String> {
    let config = Config::read(&|_| None, &[], Ok(Some(text.to_owned())), Need::Texts);
    config.map_err(|error| error.to_string())
}

/// The keys of a file, with the tables that they stand in. Whatever an issuer is called, its name is NAME.
fn keys(text: &str) -> BTreeSet<String> {
    fn gather(prefix: &str, table: toml::Table, found: &mut BTreeSet<String>) {
        for (key, value) in table {
            let key = match prefix {
                "oidc." if value.is_table() => "NAME",
                _ => &key,
            };
            if let toml::Value::Table(table) = value {
                gather(&format!("{prefix}{key}."), table, found);
            } else {
                found.insert(format!("{prefix}{key}"));
            }
        }
    }
    let mut found = BTreeSet::new();
    gather("", text.parse().expect(text), &mut found);
    found
}

#[test]
fn every_setting_is_described_and_no_other() {
    let page = Page::at(PAGE);
    let mut described = BTreeSet::new();
    let mut variables = BTreeMap::new();
    for row in page.rows() {
        let variable = quoted(&row[0]).concat();
        let key = row.get(1).map(|cell| quoted(cell).concat());
        if let Some(key) = key.filter(|key| !key.is_empty() && !variable.is_empty()) {
            variables.insert(variable, key.clone());
            described.insert(key);
        }
    }
    let blocks = page.blocks();
    for block in blocks.iter().filter(|block| block.language == "toml") {
        described.extend(keys(&block.text));
    }
    let known: BTreeSet<String> = settings().into_iter().map(|it| it.key).collect();
    assert!(known.len() > 80, "{known:?}");
    let missing: Vec<_> = known.difference(&described).collect();
    let foreign: Vec<_> = described.difference(&known).collect();
    assert!(missing.is_empty(), "{PAGE} does not describe {missing:?}");
    assert!(
        foreign.is_empty(),
        "{PAGE} describes {foreign:?}, which do not exist"
    );
    let mut named = BTreeMap::new();
    for setting in settings() {
        for variable in setting.variables {
            named.insert(variable.to_owned(), setting.key.clone());
        }
    }
    assert_eq!(named, variables);
}

/// The block that says what the defaults are is a file that changes nothing.
#[test]
fn the_defaults_are_those_of_the_code() {
    let page = Page::at(PAGE);
    let blocks = page.blocks();
    let mut defaults = blocks
        .iter()
        .filter(|block| block.language == "toml" && block.text.contains("\n[times]\n"));
    let block = defaults.next().expect("a block with all defaults");
    let chosen = read(&block.text).expect(&block.place);
    let mut standard = Config::default();
    // Each process has a name of its own.
    standard.workers.server.clone_from(&chosen.workers.server);
    assert_eq!(format!("{chosen:#?}"), format!("{standard:#?}"));
}

#[test]
fn files_that_are_shown_are_accepted() {
    let mut broken = Vec::new();
    for page in super::pages() {
        let blocks = page.blocks();
        // A part of Cargo.toml, or of a changelog, is no configuration.
        let shown = blocks.iter().filter(|block| block.language == "toml");
        for block in shown {
            if let Err(error) = read(&block.text) {
                broken.push(format!("{}: {error}", block.place));
            }
        }
    }
    complain(broken);
}

#[test]
fn variables_that_are_named_exist() {
    let settings = settings();
    let known: BTreeSet<&str> = settings
        .iter()
        .flat_map(|setting| setting.variables.iter().copied())
        .collect();
    for (name, file) in OTHERS {
        assert!(Page::at(file).text.contains(name), "{file} knows no {name}");
    }
    let is_known = |name: &str| known.contains(name) || OTHERS.iter().any(|it| it.0 == name);
    let (mut broken, mut count) = (Vec::new(), 0);
    let people_read = files(|path| {
        let is_page = path.extension().is_some_and(|it| it == "md");
        let is_packaging = path.starts_with("packaging");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        is_page || is_packaging || name == "Dockerfile" || name == "compose.yaml"
    });
    for page in people_read {
        let names = page
            .text
            .split(|it: char| !(it.is_ascii_uppercase() || it == '_'));
        for name in names.filter(|name| name.starts_with("TENANTATLAS_")) {
            count += 1;
            // `TENANTATLAS_*` is none.
            if name != "TENANTATLAS_" && !is_known(name) {
                broken.push(format!("{}: there is no {name}", page.name));
            }
        }
    }
    assert!(count > 30, "{count}");
    complain(broken);
}
