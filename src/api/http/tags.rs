//! Entity tags: what a client has already need not be sent again.

use actix_web::HttpRequest;

use super::headers::header;

/// The strong tag of a content with this hash.
pub(super) fn tag(hash: &str) -> String {
    format!("\"{hash}\"")
}

/// Whether the client has what has this tag.
pub(super) fn is_known(request: &HttpRequest, tag: &str) -> bool {
    header(request, "if-none-match").is_some_and(|known| holds(known, tag))
}

/// Whether a list of tags holds one, weakly compared; `*` holds all.
fn holds(known: &str, tag: &str) -> bool {
    known
        .split(',')
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list_whether_weak_or_strong() {
        for (known, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", W/\"a\" ,\"c\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!(holds(known, &tag("a")), expected, "{known}");
        }
    }
}
