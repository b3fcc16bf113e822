//! The committed schema is the one that the server answers by, and its text tells all of it.

use std::{collections::BTreeSet, env, fs, path::Path};

use tenantatlas::api::sdl;

/// The parts of the text that can be described: each with what stands right before it, and the type
/// that it belongs to.
fn parts() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let (mut described, mut owner) = (String::new(), String::new());
    let mut lines = sdl().lines();
    while let Some(line) = lines.next() {
        let text = line.trim();
        if text == "\"\"\"" {
            let inner = lines.by_ref().take_while(|line| line.trim() != "\"\"\"");
            described = inner.collect::<Vec<_>>().join(" ");
        } else if let Some(text) = text.strip_prefix('"') {
            described = text.trim_matches('"').to_owned();
        } else if !text.is_empty() && !text.starts_with(['}', ')']) {
            if !line.starts_with(' ') {
                owner = text.split([' ', '(']).nth(1).unwrap_or_default().to_owned();
            }
            let depth = line.len() - text.len();
            let place = if depth == 2 {
                owner.clone()
            } else {
                String::new()
            };
            found.push((place, text.to_owned(), std::mem::take(&mut described)));
        }
    }
    found
}

#[test]
fn everything_in_the_schema_is_described() {
    let parts = parts();
    assert!(parts.len() > 400, "{}", parts.len());
    let silent = parts
        .iter()
        .filter(|(_, part, described)| described.is_empty() && !part.starts_with("schema"))
        // Ours are described; these three are the specification's, or the roots of the schema.
        .filter(|(_, part, _)| {
            !["query:", "mutation:", "subscription:"]
                .iter()
                .any(|root| part.starts_with(root))
        })
        .filter(|(_, part, _)| !part.starts_with("directive @"));
    let silent: Vec<_> = silent.collect();
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}

#[test]
fn every_entry_point_says_who_may_use_it() {
    let roots = ["Query", "Mutation", "Subscription"];
    let parts = parts();
    let entries = parts
        .iter()
        .filter(|(owner, part, _)| roots.contains(&owner.as_str()) && !part.starts_with("type "));
    let mut count = 0;
    for (owner, part, described) in entries {
        assert!(described.contains("Requires: "), "{owner}: {part}");
        assert_eq!(
            owner == "Mutation",
            described.contains("User errors: "),
            "{part}"
        );
        count += 1;
    }
    assert!(count > 15, "{count}");
}

/// Codes that a text names: words of capitals with a line between, or single ones that are codes.
fn codes_in(text: &str, known: &BTreeSet<String>) -> BTreeSet<String> {
    text.split(|letter: char| !(letter.is_ascii_uppercase() || letter == '_'))
        .filter(|word| known.contains(*word))
        .map(str::to_owned)
        .collect()
}

/// The lines of a type, between its braces.
fn body(head: &str) -> String {
    let (_, rest) = sdl().split_once(&format!("\n{head} {{\n")).expect(head);
    rest.split_once("\n}\n").expect("an end").0.to_owned()
}

#[test]
fn a_mutation_lists_the_codes_that_its_input_names() {
    let known: BTreeSet<String> = body("enum UserErrorCode")
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.starts_with('"'))
        .collect();
    assert!(known.len() >= 10, "{known:?}");
    let mut used = BTreeSet::new();
    for (owner, part, described) in parts() {
        let is_entry = owner == "Mutation" && !part.starts_with("type ");
        if !is_entry {
            continue;
        }
        let (_, listed) = described.split_once("User errors: ").expect("a list");
        let listed = codes_in(listed, &known);
        let name = part.split('(').next().unwrap_or_default();
        let mut input = name[..1].to_uppercase();
        input += &name[1..];
        let named = codes_in(&body(&format!("input {input}Input")), &known);
        let missing: Vec<_> = named.difference(&listed).collect();
        assert!(missing.is_empty(), "{name} does not list {missing:?}");
        used.extend(listed);
    }
    let unused: Vec<_> = known.difference(&used).collect();
    assert!(unused.is_empty(), "no mutation lists {unused:?}");
}

#[test]
fn no_answer_holds_a_secret() {
    for (owner, part, _) in parts() {
        let is_secret = part.contains(": Secret") || part.contains("[Secret");
        let is_input = owner.ends_with("Input");
        assert!(!is_secret || is_input, "{owner}: {part}");
    }
}

/// Run with `UPDATE_SCHEMA=1` to write the text anew.
#[test]
fn the_committed_schema_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    if env::var_os("UPDATE_SCHEMA").is_some_and(|value| value == "1") {
        fs::write(&path, sdl()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == sdl(),
        "schema.graphql differs from the code; run the test with UPDATE_SCHEMA=1 and review the change"
    );
}
