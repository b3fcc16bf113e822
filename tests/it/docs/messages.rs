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
