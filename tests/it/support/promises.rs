//! What the text of the schema promises, for tests that hold answers against it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use tenantatlas::api::sdl;

/// A part of the text that can be described.
pub(crate) struct Part {
    /// The type that it belongs to; of arguments none.
    pub(crate) owner: String,
    pub(crate) text: String,
    /// What stands right before it.
    pub(crate) described: String,
}

/// The parts of the text, in its order.
pub(crate) fn parts() -> Vec<Part> {
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
            found.push(Part {
                owner: if depth == 2 {
                    owner.clone()
                } else {
                    String::new()
                },
                text: text.to_owned(),
                described: std::mem::take(&mut described),
            });
        }
    }
    found
}

/// The lines of a type, between its braces.
pub(crate) fn body(head: &str) -> String {
    let (_, rest) = sdl().split_once(&format!("\n{head} {{\n")).expect(head);
    rest.split_once("\n}\n").expect("an end").0.to_owned()
}

/// The codes of user errors.
pub(crate) fn user_error_codes() -> BTreeSet<String> {
    let body = body("enum UserErrorCode");
    let lines = body.lines().map(str::trim);
    let codes = lines.filter(|line| !line.starts_with('"'));
    codes.map(str::to_owned).collect()
}

/// Codes that a text names: words of capitals with a line between, or single ones that are codes.
pub(crate) fn codes_in(text: &str, known: &BTreeSet<String>) -> BTreeSet<String> {
    text.split(|letter: char| !(letter.is_ascii_uppercase() || letter == '_'))
        .filter(|word| known.contains(*word))
        .map(str::to_owned)
        .collect()
}

/// The codes of user errors that the description of each mutation lists.
pub(crate) fn listed_codes() -> &'static BTreeMap<String, BTreeSet<String>> {
    static LISTED: OnceLock<BTreeMap<String, BTreeSet<String>>> = OnceLock::new();
    LISTED.get_or_init(|| {
        let known = user_error_codes();
        let parts = parts().into_iter();
        let mutations =
            parts.filter(|part| part.owner == "Mutation" && !part.text.starts_with("type "));
        let listed = mutations.map(|part| {
            let name = part.text.split('(').next().unwrap_or_default().to_owned();
            let (_, listed) = part
                .described
                .split_once("User errors: ")
                .expect("a list of codes");
            (name, codes_in(listed, &known))
        });
        listed.collect()
    })
}
