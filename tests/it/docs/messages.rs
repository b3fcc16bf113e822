//! Messages that the page about troubles quotes are those of the program.

use super::{Page, complain, quoted};
use crate::house_rules;

/// All sources as one text, with the lines of a long string joined. What only comments and tests say, the
/// program says to nobody.
fn sources() -> String {
    let sources = house_rules::sources("src").into_iter();
    let mut text = String::new();
    for source in sources.filter(|source| !source.is_test()) {
        let code = source.code();
        let mut pieces = code.split("\\\n");
        text.push_str(pieces.next().unwrap_or_default());
        pieces.for_each(|piece| text.push_str(piece.trim_start()));
    }
    text
}

/// The texts that stand in the code between two marks.
fn texts(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some((_, text)) = rest.split_once('"') {
        let Some((text, behind)) = text.split_once('"') else {
            break;
        };
        found.push(text);
        rest = behind;
    }
    found
}

/// What stands between a parenthesis that was opened and the one that closes it. In texts they come in pairs.
fn enclosed(code: &str) -> &str {
    let mut depth = 1;
    let end = code.find(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    });
    &code[..end.expect("an end")]
}

/// Every message of the levels ERROR and WARN: the last text of each of their calls. What is handed to `tell` is
/// told by one of these, unless it is known already.
fn alarms(sources: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let starts = [
        ("error!(", false),
        ("warn!(", false),
        ("tell(&error, ", true),
    ];
    for (start, is_handed_on) in starts {
        for (at, _) in sources.match_indices(start) {
            let said = enclosed(&sources[at + start.len()..]);
            // A macro's text may be bound to a name: `error = "…"`.
            let message = texts(said).pop().unwrap_or_default();
            assert!(!is_handed_on || !message.is_empty(), "{said}");
            found.push(message);
        }
    }
    // What stands for others has them elsewhere.
    found.retain(|message| !message.starts_with('{'));
    found
}

#[test]
fn every_alarm_is_explained_and_nothing_that_the_program_does_not_say() {
    let (page, sources) = (Page::at("docs/operate/logs.md"), sources());
    let alarms = alarms(&sources);
    assert!(alarms.len() >= 60, "{alarms:#?}");
    let is_told = |message: &str| page.text.contains(&format!("`{message}`"));
    let mut broken: Vec<String> = alarms
        .into_iter()
        .filter(|message| !is_told(message))
        .map(|message| format!("{} does not explain `{message}`", page.name))
        .collect();
    for row in page.rows() {
        for message in quoted(&row[0]).into_iter().filter(|it| it.contains(' ')) {
            let is_said = sources.contains(&format!("\"{message}\""));
            if !is_said {
                broken.push(format!("nothing says `{message}`"));
            }
        }
    }
    complain(broken);
}

#[test]
fn quoted_messages_are_those_of_the_program() {
    let (page, sources) = (Page::at("docs/troubleshooting.md"), sources());
    let (mut broken, mut count) = (Vec::new(), 0);
    for row in page.rows() {
        // Paths and names have no blanks.
        for message in quoted(&row[0]).into_iter().filter(|it| it.contains(' ')) {
            count += 1;
            let mut parts = message.split('…').map(str::trim);
            if !parts.all(|part| sources.contains(part)) {
                broken.push(format!("nothing says `{message}`"));
            }
        }
    }
    assert!(count >= 8, "{count}");
    complain(broken);
}
