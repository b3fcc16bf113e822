//! What is written for people: that its tables, settings, commands, links and examples are what is so.

mod examples;
mod first_steps;
mod lines;
mod links;
mod messages;
mod packaging;
mod settings;
mod slots;
mod tables;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders with nothing that people read.
const LEFT_OUT: [&str; 6] = [
    "target",
    "node_modules",
    "dist",
    "data",
    "test-results",
    "playwright-report",
];

/// A file that people read.
struct Page {
    /// Path below the root of the repository.
    name: String,
    text: String,
}

/// A fenced block of a page.
struct Block<'a> {
    /// What stands behind the fence: the language.
    language: &'a str,
    text: String,
    /// Where, for complaints.
    place: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Page {
    fn at(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name)).expect(name);
        let name = name.to_owned();
        Self { name, text }
    }

    /// Its fenced blocks, in order.
    fn blocks(&self) -> Vec<Block<'_>> {
        let mut found = Vec::new();
        let mut lines = self.text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                let inner = lines.by_ref().map(|(_, line)| line);
                let inner = inner.take_while(|line| !line.trim_start().starts_with("```"));
                let text = inner.map(|line| format!("{line}\n")).collect();
                let place = format!("{}:{}", self.name, number + 1);
                found.push(Block {
                    language,
                    text,
                    place,
                });
            }
        }
        found
    }

    /// Its text without the fenced blocks.
    fn prose(&self) -> String {
        let mut is_inside = false;
        let outside = self.text.lines().filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            is_inside ^= is_fence;
            !is_inside && !is_fence
        });
        outside.map(|line| format!("{line}\n")).collect()
    }

    /// The cells of its tables' rows, heads and rules left out; `\|` is no end of a cell.
    fn rows(&self) -> Vec<Vec<String>> {
        let prose = self.prose();
        let lines: Vec<&str> = prose.lines().collect();
        let is_rule = |line: &&str| line.starts_with("| ---");
        let mut rows = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let is_head = lines.get(at + 1).is_some_and(is_rule);
            if line.starts_with("| ") && !is_rule(line) && !is_head {
                let line = line.replace("\\|", "\u{0}");
                let cells = line.trim_matches('|').split('|');
                rows.push(
                    cells
                        .map(|cell| cell.trim().replace('\u{0}', "|"))
                        .collect(),
                );
            }
        }
        rows
    }
}

/// Everything written in Markdown.
fn pages() -> Vec<Page> {
    let is_page = |path: &Path| path.extension().is_some_and(|it| it == "md");
    let pages = files(is_page);
    assert!(pages.len() > 30, "{}", pages.len());
    pages
}

/// The files of the repository that are wanted.
fn files(is_wanted: impl Fn(&Path) -> bool) -> Vec<Page> {
    let (mut found, mut folders) = (Vec::new(), vec![root().to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !LEFT_OUT.contains(&&*name) && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if is_wanted(path.strip_prefix(root()).unwrap()) {
                found.push(Page::at(
                    &path.strip_prefix(root()).unwrap().display().to_string(),
                ));
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// The texts between single backquotes.
fn quoted(prose: &str) -> Vec<&str> {
    prose
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

fn complain(broken: Vec<String>) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
