//! How Graph may behave, row by row, and that each row has a test which says what is made of it.
//!
//! A test that shows a row names it at the head of its doc comment: `/// B05: ...` or `/// B03, B04`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What Graph and its sign-in host do, and what the client has to do then.
const ROWS: [(&str, &str); 46] = [
    ("B01", "a token: kept until shortly before its end"),
    (
        "B02",
        "a token without roles: all is missing, nothing is asked",
    ),
    (
        "B03",
        "a wrong or an expired secret: told apart, not repeated",
    ),
    (
        "B04",
        "an unknown tenant or app, no principal: not repeated",
    ),
    ("B05", "an overloaded sign-in host, HTML: one waits for all"),
    (
        "B06",
        "a short token, one to renew early: renewed once, aside",
    ),
    ("B10", "pages, one of them empty: followed to the end"),
    ("B11", "expansions with annotations: stripped but for types"),
    (
        "B12",
        "content that the list leaves out: read from the item",
    ),
    ("B13", "a refused expansion: the list without it"),
    (
        "B20",
        "a batch with a 429 and a 404 in it: the one repeated, the other gone",
    ),
    ("B21", "a batch too large: never sent"),
    ("B22", "a batch broken by markup: split, then singly"),
    ("B30", "a token past its end: one new one, one repetition"),
    (
        "B31",
        "a challenge: its claims are sent with the next sign-in, once",
    ),
    (
        "B32",
        "a token refused for ever: the tenant fails, others go on",
    ),
    (
        "B33",
        "403 of Intune: the scope is named, the kind is missing",
    ),
    ("B34", "403 of the directory: the same"),
    ("B35", "400 without licence: not available, no failure"),
    ("B40", "429 with a wait in any form: waited for"),
    ("B41", "429 without one: growing waits"),
    ("B42", "enforced limits: stayed below, or got through"),
    ("B43", "one request a second: stayed below"),
    (
        "B44",
        "the directory tells how much is used: slower from four fifths on",
    ),
    ("B50", "500: few tries, then the object is named"),
    (
        "B51",
        "502, 503 in every form: repeated over a new connection",
    ),
    (
        "B52",
        "504 as HTML or nested: repeated, then asked for less",
    ),
    ("B53", "no connection, or one that is cut: repeated"),
    ("B60", "a body cut off in three ways: nothing of it is used"),
    ("B61", "an error inside a success: nothing of it is used"),
    ("B62", "a slow body passes, a silent one does not"),
    ("B63", "a byte order mark passes, wrong gzip does not"),
    ("B70", "an object on two pages: one object, the later"),
    ("B71", "links in a circle or to elsewhere: not followed"),
    ("B72", "empty pages without end: an end is made"),
    ("B73", "an object gone between list and read: vanished"),
    ("B74", "an object edited or added meanwhile: as it is read"),
    ("B75", "a list suddenly empty: asked for once more"),
    ("B80", "a script of five megabytes: whole"),
    ("B81", "an answer beyond the limit: its object fails alone"),
    ("B82", "awkward texts: unchanged"),
    (
        "B83",
        "unknown types, values and members, large numbers, depth: kept",
    ),
    ("B84", "one name on two objects: two objects"),
    (
        "B90",
        "audit events with a wrong count and a needless link: read",
    ),
    (
        "B91",
        "audit events of people and apps: each change has its actor",
    ),
    (
        "B95",
        "a permission taken away meanwhile: partial, with the reason",
    ),
];

/// All files below a directory of tests.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The rows at the head of a doc comment.
fn rows(line: &str) -> Vec<String> {
    let Some(text) = line.strip_prefix("/// ") else {
        return Vec::new();
    };
    let head = text.split(':').next().unwrap_or_default();
    let names: Vec<&str> = head.split(", ").collect();
    let is_row = |name: &&str| {
        let digits = name.strip_prefix('B');
        digits.is_some_and(|digits| digits.len() == 2 && digits.parse::<u8>().is_ok())
    };
    if !names.iter().all(is_row) {
        return Vec::new();
    }
    names.into_iter().map(str::to_owned).collect()
}

/// The tests that show each row.
fn tests() -> BTreeMap<String, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut shown = BTreeMap::<String, Vec<String>>::new();
    for file in [files(&root.join("graph")), files(&root.join("it"))].concat() {
        let text = fs::read_to_string(file).unwrap();
        let mut named = Vec::new();
        for line in text.lines() {
            named.extend(rows(line));
            let function = line.strip_prefix("async fn ").or(line.strip_prefix("fn "));
            if let Some(name) = function.and_then(|rest| rest.split('(').next()) {
                for row in named.drain(..) {
                    shown.entry(row).or_default().push(name.to_owned());
                }
            } else if line.is_empty() {
                named.clear();
            }
        }
    }
    shown
}

#[test]
fn every_row_of_the_table_has_a_test() {
    let shown = tests();
    for (row, told) in ROWS {
        assert!(shown.contains_key(row), "no test shows {row}, {told}");
    }
    let known: Vec<&str> = ROWS.iter().map(|(row, _)| *row).collect();
    for (row, tests) in shown {
        assert!(known.contains(&row.as_str()), "what is {row} of {tests:?}?");
    }
}
