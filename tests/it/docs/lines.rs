//! Command lines that are shown: the commands and options exist, and every command is described.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use super::{Page, complain, pages, quoted};

/// What the program says of itself, command by command.
#[derive(Default)]
struct Manual(BTreeMap<Vec<String>, String>);

impl Manual {
    /// The help of a command.
    fn of(&mut self, command: &[String]) -> &str {
        self.0.entry(command.to_vec()).or_insert_with(|| {
            let mut program = Command::new(env!("CARGO_BIN_EXE_tenantatlas"));
            let output = program.args(command).arg("--help").env_clear().output();
            String::from_utf8(output.unwrap().stdout).unwrap()
        })
    }

    /// The commands below a command.
    fn below(&mut self, command: &[String]) -> Vec<String> {
        let help = self.of(command).to_owned();
        let Some((_, list)) = help.split_once("Commands:\n") else {
            return Vec::new();
        };
        let lines = list.lines().take_while(|line| !line.is_empty());
        let names = lines.filter_map(|line| line.split_whitespace().next());
        let names = names.filter(|name| *name != "help").map(str::to_owned);
        names.collect()
    }

    /// What is wrong with a command line, whose first word is not the program's name.
    fn fault(&mut self, words: &[&str]) -> Option<String> {
        let mut command: Vec<String> = Vec::new();
        for word in words {
            let below = self.below(&command);
            if let Some(option) = word.strip_prefix("--") {
                let name = option.split('=').next().unwrap_or_default();
                let is_known = self.of(&command).lines().any(|line| {
                    let mut words = line.split(|it: char| it.is_whitespace() || ",=".contains(it));
                    words.any(|word| word.strip_prefix("--") == Some(name))
                });
                if !is_known {
                    return Some(format!("`{}` has no --{name}", command.join(" ")));
                }
            } else if !below.is_empty() {
                if !below.iter().any(|name| name == word) {
                    return Some(format!("there is no `{} {word}`", command.join(" ")));
                }
                command.push((*word).to_owned());
            }
        }
        None
    }
}

/// The words behind each `tenantatlas` of a text, as far as the command goes.
fn lines(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    // A bar without blanks stands between words to choose from.
    let text = text.split(['\n', ';', '&']);
    for line in text.flat_map(|line| line.split(" | ")) {
        let mut words = line
            .split(|it: char| it.is_whitespace() || "()[]\"'`$".contains(it))
            .filter(|word| !word.is_empty());
        // What stands behind an option is its value: a unit, an image.
        let mut is_value = false;
        let is_program = |word: &str| {
            let is_named = word == "tenantatlas" || word.ends_with("/tenantatlas");
            let is_ours = is_named && !word.contains(':') && !is_value;
            is_value = word.starts_with("--");
            is_ours
        };
        if words.any(is_program) {
            let rest = words.take_while(|word| !word.starts_with(['>', '<', '#', '2', '…']));
            found.push(rest.collect());
        }
    }
    found
}

/// The command lines of a page, continued lines joined.
fn shown(page: &Page) -> Vec<String> {
    let mut shown: Vec<String> = quoted(&page.prose())
        .into_iter()
        .filter(|it| it.starts_with("tenantatlas "))
        .map(str::to_owned)
        .collect();
    for block in page.blocks() {
        let text = block.text.replace("\\\n", " ");
        match block.language {
            "console" => {
                let typed = text
                    .lines()
                    .filter_map(|line| line.trim().strip_prefix("$ "));
                shown.extend(typed.map(str::to_owned));
            }
            "sh" => shown.extend(text.lines().map(str::to_owned)),
            _ => {}
        }
    }
    shown
}

#[test]
fn commands_and_options_that_are_shown_exist() {
    let (mut manual, mut broken, mut count) = (Manual::default(), Vec::new(), 0);
    for page in pages() {
        for line in shown(&page) {
            for words in lines(&line) {
                // A path that ends so, or the program's own name.
                let starts_with_a_command = words
                    .first()
                    .is_some_and(|word| word.starts_with(|it: char| it.is_ascii_lowercase()));
                if starts_with_a_command || words.first().is_some_and(|it| it.starts_with("--")) {
                    count += 1;
                    let fault = manual.fault(&words);
                    broken.extend(fault.map(|it| format!("{}: {it}: {line}", page.name)));
                }
            }
        }
    }
    assert!(count > 40, "{count}");
    complain(broken);
}

#[test]
fn every_command_is_described() {
    let page = Page::at("docs/commands.md");
    let described: BTreeSet<String> = page
        .rows()
        .iter()
        .flat_map(|row| {
            quoted(&row[0])
                .concat()
                .split(" or ")
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let (mut manual, mut broken) = (Manual::default(), Vec::new());
    let mut open = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let below = manual.below(&command);
        if below.is_empty() {
            let name = format!("tenantatlas {}", command.join(" "));
            let is_there = described.iter().any(|row| {
                row.strip_prefix(&name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            });
            if !is_there {
                broken.push(format!("docs/commands.md does not describe `{name}`"));
            }
        }
        open.extend(below.into_iter().map(|name| {
            let mut longer = command.clone();
            longer.push(name);
            longer
        }));
    }
    complain(broken);
}

#[test]
fn a_command_that_does_not_exist_is_found() {
    let mut manual = Manual::default();
    assert_eq!(
        manual.fault(&["token", "create", "--tenant", "ten_x"]),
        None
    );
    for wrong in [
        &["token", "make"][..],
        &["token", "create", "--owner"],
        &["servr"],
    ] {
        assert!(manual.fault(wrong).is_some(), "{wrong:?}");
    }
    assert_eq!(
        lines("a=$(tenantatlas tenant add --name X) && ./tenantatlas serve &"),
        [vec!["tenant", "add", "--name", "X"], vec!["serve"]]
    );
}
