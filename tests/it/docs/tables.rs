//! Tables that are written from the catalogue of kinds. `UPDATE_DOCS=1` writes them anew.

use std::{collections::BTreeMap, env, fmt::Write, fs};

use tenantatlas::{
    domain::kind::{PolicyKind, Tier},
    graph::catalog::{self, Assignments, Entry},
};

use super::{Page, root};

/// Holds the part of a page between two comments against what it has to be.
fn compare(name: &str, part: &str, wanted: &str) {
    let page = Page::at(name);
    let marks = [
        format!("<!-- generated: {part} -->\n"),
        format!("<!-- end: {part} -->"),
    ];
    let (before, rest) = page.text.split_once(&marks[0]).expect("the mark before");
    let (found, after) = rest.split_once(&marks[1]).expect("the mark behind");
    if env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        let text = format!("{before}{}{wanted}{}{after}", marks[0], marks[1]);
        return fs::write(root().join(name), text).unwrap();
    }
    assert!(
        found == wanted,
        "{name} differs from the catalogue; run the test with UPDATE_DOCS=1"
    );
}

fn tier_name(tier: Tier) -> &'static str {
    match tier {
        Tier::Core => "Core",
        Tier::Extended => "Extended",
        Tier::Optional => "Optional",
    }
}

fn entries(tier: Tier) -> Vec<&'static Entry> {
    let kinds = PolicyKind::ALL.iter().filter(|kind| kind.tier() == tier);
    kinds.map(|kind| catalog::entry(*kind)).collect()
}

fn list(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let names = names.into_iter().map(|name| format!("`{}`", name.as_ref()));
    names.collect::<Vec<_>>().join(", ")
}

fn kinds() -> String {
    let mut text = String::new();
    for tier in Tier::ALL {
        let rows = entries(*tier);
        write!(text, "\n### {}: {} kinds\n\n", tier_name(*tier), rows.len()).unwrap();
        text.push_str("| kind | what | permission | slices | list at Graph |\n| --- | --- | --- | --- | --- |\n");
        for entry in rows {
            let permission = match entry.unavailable {
                Some(reason) => format!("not available: {reason}"),
                None => list(entry.permissions),
            };
            let slices = list(entry.partitions.iter().map(|slice| slice.sub_kind.as_str()));
            let assigned = match entry.assignments == Assignments::None {
                true => "",
                false => ", with assignments",
            };
            let (kind, title) = (entry.kind, entry.kind.title());
            let list = format!("`{}{}`", entry.version.as_str(), entry.list);
            writeln!(
                text,
                "| `{kind}` | {title}{assigned} | {permission} | {slices} | {list} |"
            )
            .unwrap();
        }
    }
    text.push('\n');
    text
}

/// Of each permission that the catalogue names first for a kind: what it opens, tier by tier.
fn permissions() -> String {
    let mut opened = BTreeMap::<&str, [usize; 3]>::new();
    for (at, tier) in Tier::ALL.iter().enumerate() {
        let entries = entries(*tier);
        let readable = entries.iter().filter(|entry| entry.unavailable.is_none());
        for first in readable.filter_map(|entry| entry.permissions.first()) {
            opened.entry(first).or_default()[at] += 1;
        }
    }
    let mut text = String::from("\n| application permission |");
    let rule = "| --- |".to_owned() + &" ---: |".repeat(Tier::ALL.len());
    for tier in Tier::ALL {
        write!(text, " {} |", tier_name(*tier).to_lowercase()).unwrap();
    }
    write!(text, "\n{rule}\n").unwrap();
    for (permission, counts) in opened {
        let counts = counts.map(|count| match count {
            0 => String::new(),
            count => count.to_string(),
        });
        writeln!(text, "| `{permission}` | {} |", counts.join(" | ")).unwrap();
    }
    text.push('\n');
    text
}

#[test]
fn the_page_about_kinds_says_what_the_catalogue_says() {
    compare("docs/what-is-captured.md", "kinds", &kinds());
}

#[test]
fn the_permissions_to_grant_are_those_of_the_catalogue() {
    compare("docs/connect-a-tenant.md", "permissions", &permissions());
}
