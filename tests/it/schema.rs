//! The committed schema is the one that the server answers by, and its text tells all of it.

use std::{collections::BTreeSet, env, fs, path::Path};

use tenantatlas::api::sdl;

use crate::support::promises::{Part, body, codes_in, listed_codes, parts, user_error_codes};

#[test]
fn everything_in_the_schema_is_described() {
    let parts = parts();
    assert!(parts.len() > 400, "{}", parts.len());
    let silent = parts
        .iter()
        .filter(|part| part.described.is_empty() && !part.text.starts_with("schema"))
        // Ours are described; these three are the specification's, or the roots of the schema.
        .filter(|part| {
            !["query:", "mutation:", "subscription:"]
                .iter()
                .any(|root| part.text.starts_with(root))
        })
        .filter(|part| !part.text.starts_with("directive @"));
    let silent: Vec<_> = silent.map(|part| &part.text).collect();
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}

#[test]
fn every_entry_point_says_who_may_use_it() {
    let roots = ["Query", "Mutation", "Subscription"];
    let parts = parts();
    let entries = parts
        .iter()
        .filter(|part| roots.contains(&part.owner.as_str()) && !part.text.starts_with("type "));
    let mut count = 0;
    for Part {
        owner,
        text,
        described,
    } in entries
    {
        assert!(described.contains("Requires: "), "{owner}: {text}");
        assert_eq!(
            owner == "Mutation",
            described.contains("User errors: "),
            "{text}"
        );
        count += 1;
    }
    assert!(count > 15, "{count}");
}

/// What is written in an input type, and in those inside it.
fn written_in(input: &str) -> String {
    let (mut open, mut seen) = (vec![input.to_owned()], BTreeSet::new());
    let mut whole = String::new();
    while let Some(input) = open.pop() {
        let head = format!("input {input}");
        let is_one_of = sdl().contains(&format!("\n{head} @oneOf {{\n"));
        let body = body(&if is_one_of {
            format!("{head} @oneOf")
        } else {
            head
        });
        for line in body.lines().filter(|line| !line.trim().starts_with('"')) {
            let kind = line.split_once(": ").map(|(_, kind)| kind);
            let kind = kind.and_then(|kind| kind.split([' ', '=']).next());
            let kind = kind.unwrap_or_default().trim_matches(['[', ']', '!']);
            let is_input = kind.ends_with("Input") && sdl().contains(&format!("\ninput {kind} "));
            if is_input && seen.insert(kind.to_owned()) {
                open.push(kind.to_owned());
            }
        }
        whole += &body;
        whole.push('\n');
    }
    whole
}

#[test]
fn a_mutation_lists_the_codes_that_its_input_names() {
    let known = user_error_codes();
    assert!(known.len() >= 10, "{known:?}");
    let mut used = BTreeSet::new();
    for (name, listed) in listed_codes() {
        let mut input = name[..1].to_uppercase();
        input += &name[1..];
        let named = codes_in(&written_in(&format!("{input}Input")), &known);
        let missing: Vec<_> = named.difference(listed).collect();
        assert!(missing.is_empty(), "{name} does not list {missing:?}");
        used.extend(listed.iter().cloned());
    }
    let unused: Vec<_> = known.difference(&used).collect();
    assert!(unused.is_empty(), "no mutation lists {unused:?}");
}

#[test]
fn the_inputs_within_inputs_are_read() {
    let whole = written_in("AddTenantMemberInput");
    let is_there = |field: &str| whole.lines().any(|line| line.trim() == field);
    assert!(
        is_there("principal: TenantMemberPrincipalInput!"),
        "{whole}"
    );
    assert!(is_there("subject: String!"), "{whole}");
}

#[test]
fn no_answer_holds_a_secret() {
    for Part { owner, text, .. } in parts() {
        let is_secret = text.contains(": Secret") || text.contains("[Secret");
        let is_input = owner.ends_with("Input");
        assert!(!is_secret || is_input, "{owner}: {text}");
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
