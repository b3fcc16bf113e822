//! Which form of answer a client accepts, and which form of body it sends.

/// A form of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the request was carried out.
    Graphql,
    /// `application/json`: every well-formed request is answered with 200.
    Json,
}

impl Media {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The form that an `Accept` header likes best; none when it likes neither. Clients that say
    /// nothing, or anything, get JSON.
    pub(super) fn accepted(header: Option<&str>) -> Option<Self> {
        let Some(header) = header.filter(|header| !header.trim().is_empty()) else {
            return Some(Self::Json);
        };
        let mut best: Option<(u16, Self)> = None;
        for range in header.split(',') {
            let Some((media, weight)) = offer(range) else {
                continue;
            };
            if weight > best.map_or(0, |(best, _)| best) {
                best = Some((weight, media));
            }
        }
        best.map(|(_, media)| media)
    }
}

/// A form that one range of the header names, and its weight in thousandths.
fn offer(range: &str) -> Option<(Media, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let media = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/graphql-response+json" => Media::Graphql,
        "application/json" | "application/*" | "*/*" => Media::Json,
        _ => return None,
    };
    let mut weight = 1000;
    for parameter in parts {
        let (name, value) = parameter.split_once('=')?;
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => weight = thousandths(value.trim())?,
            "charset" if !is_utf_8(value) => return None,
            _ => {}
        }
    }
    Some((media, weight))
}

/// Whether an `Accept` header asks for a page, as a browser does that goes somewhere. Whoever takes
/// anything does not.
pub(super) fn takes_pages(header: Option<&str>) -> bool {
    let mut ranges = header.unwrap_or_default().split(',');
    ranges.any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_page = parts
            .next()
            .is_some_and(|media| media.eq_ignore_ascii_case("text/html"));
        is_page && !parts.any(refuses)
    })
}

fn refuses(parameter: &str) -> bool {
    let weight = parameter.strip_prefix("q=");
    weight.is_some_and(|weight| matches!(thousandths(weight.trim()), Some(0) | None))
}

/// A weight from 0 to 1 with up to three decimals.
pub(super) fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 {
        return None;
    }
    let number: u16 = format!("{whole}{decimals:0<3}").parse().ok()?;
    (number <= 1000).then_some(number)
}

/// Whether a `Content-Type` header says JSON in UTF-8.
pub(super) fn is_json(header: Option<&str>) -> bool {
    let Some(header) = header else { return false };
    let mut parts = header.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => is_utf_8(value),
            _ => true,
        })
}

fn is_utf_8(charset: &str) -> bool {
    charset
        .trim()
        .trim_matches('"')
        .eq_ignore_ascii_case("utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Media::*;

    #[test]
    fn the_form_that_is_liked_best_is_taken() {
        for (header, expected) in [
            (None, Some(Json)),
            (Some(""), Some(Json)),
            (Some("*/*"), Some(Json)),
            (Some("application/*"), Some(Json)),
            (Some("application/json"), Some(Json)),
            (Some("application/json; charset=utf-8"), Some(Json)),
            (Some("application/graphql-response+json"), Some(Graphql)),
            (
                Some("application/graphql-response+json;charset=UTF-8"),
                Some(Graphql),
            ),
            (
                Some("application/graphql-response+json, application/json;q=0.9"),
                Some(Graphql),
            ),
            (
                Some("application/json;q=0.9, application/graphql-response+json"),
                Some(Graphql),
            ),
            (
                Some("application/graphql-response+json;q=0.1, application/json"),
                Some(Json),
            ),
            (
                Some("application/json, application/graphql-response+json"),
                Some(Json),
            ),
            (Some("text/html, */*;q=0.8"), Some(Json)),
            (Some("text/html"), None),
            (Some("application/json;q=0"), None),
            (Some("application/json; charset=iso-8859-1"), None),
            (Some("application/json;q=2"), None),
        ] {
            assert_eq!(Media::accepted(header), expected, "{header:?}");
        }
    }

    #[test]
    fn pages_are_for_those_who_name_them() {
        for (header, expected) in [
            (Some("text/html"), true),
            (
                Some("application/xhtml+xml, Text/HTML;q=0.9, */*;q=0.8"),
                true,
            ),
            (Some("text/html;q=0"), false),
            (Some("text/html;q=x"), false),
            (Some("text/htmlx"), false),
            (Some("*/*"), false),
            (None, false),
        ] {
            assert_eq!(takes_pages(header), expected, "{header:?}");
        }
    }

    #[test]
    fn a_body_is_json_in_utf_8_or_not_read() {
        for (header, expected) in [
            (Some("application/json"), true),
            (Some("Application/JSON; charset=UTF-8"), true),
            (Some("application/json; charset=\"utf-8\""), true),
            (Some("application/json; charset=utf-16"), false),
            (Some("text/plain"), false),
            (Some("application/graphql"), false),
            (Some("multipart/form-data; boundary=x"), false),
            (Some("application/jsonp"), false),
            (None, false),
        ] {
            assert_eq!(is_json(header), expected, "{header:?}");
        }
    }
}
