//! Pages: how long they are, and the links from one to the next.
//!
//! A link carries the query of the first request as it came, and an opaque token that is encoded
//! twice. It is recognised byte for byte: a client that takes it apart and builds it again is refused.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::{
    faults::{Effect, PagingLoop},
    request::Incoming,
    uri,
};

/// No page is longer, whatever `$top` says.
pub(crate) const LONGEST_PAGE: usize = 999;

const TOKEN: &str = "$skiptoken=";
/// The token of links that must not be followed.
const FOREIGN: &str = "$skiptoken=foreign";
/// What marks the token of an empty page.
const GAP: &str = ",\"gap\":true";

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_link: Option<String>,
}

/// The link was not issued here, or not in this spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ForeignLink;

/// Where in its list a request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// The query without the token.
    query: String,
    offset: usize,
    /// Whether it is the page without objects before that place.
    is_gap: bool,
}

/// The page of `all` that `request` asks for, with what `fault` does to it.
pub(crate) fn page<T: Clone>(
    all: &[T],
    request: &Incoming,
    size: usize,
    fault: Option<&Effect>,
) -> Result<Page<T>, ForeignLink> {
    if let Some(Effect::NextLink(kind)) = fault {
        return Ok(looping(all, request, size, *kind));
    }
    let place = Place::of(request)?;
    if place.is_gap {
        return Ok(Page {
            items: Vec::new(),
            next_link: Some(place.link(request, place.offset, false)),
        });
    }
    let mut items: Vec<T> = all.iter().skip(place.offset).take(size).cloned().collect();
    let end = place.offset + items.len();
    let with_gap = matches!(fault, Some(Effect::EmptyPageBetween));
    let mut next_link = (end < all.len()).then(|| place.link(request, end, with_gap));
    match fault {
        Some(Effect::DuplicateAcrossPages | Effect::NewerDuplicateAcrossPages) => {
            let last_of_previous = place.offset.checked_sub(1).and_then(|index| all.get(index));
            items.splice(0..0, last_of_previous.cloned());
        }
        Some(Effect::ShortPage { missing }) => {
            items.truncate(items.len().saturating_sub(*missing));
        }
        Some(Effect::EmptyList) => {
            items.clear();
            next_link = None;
        }
        _ => {}
    }
    Ok(Page { items, next_link })
}

impl Place {
    fn of(request: &Incoming) -> Result<Self, ForeignLink> {
        let query = request.query.as_str();
        if !uri::decode(query).to_lowercase().contains("skiptoken") {
            return Ok(Self {
                query: query.to_owned(),
                offset: 0,
                is_gap: false,
            });
        }
        let (before, token) = query.split_once(TOKEN).ok_or(ForeignLink)?;
        let (offset, is_gap) = place_in(token).ok_or(ForeignLink)?;
        let place = Self {
            query: before.trim_end_matches('&').to_owned(),
            offset,
            is_gap,
        };
        if place.query_at(&request.path, offset, is_gap) == query {
            Ok(place)
        } else {
            Err(ForeignLink)
        }
    }

    fn link(&self, request: &Incoming, offset: usize, is_gap: bool) -> String {
        request.url_with(&self.query_at(&request.path, offset, is_gap))
    }

    fn query_at(&self, path: &str, offset: usize, is_gap: bool) -> String {
        let mut hasher = DefaultHasher::new();
        (path, &self.query, offset, is_gap).hash(&mut hasher);
        let gap = if is_gap { GAP } else { "" };
        let token = format!(
            r#"[sim][{{"offset":{offset},"check":"{:016x}"{gap}}}]"#,
            hasher.finish()
        );
        with_token(&self.query, &uri::encode(&uri::encode(&token)))
    }
}

fn with_token(query: &str, token: &str) -> String {
    let joint = if query.is_empty() { "" } else { "&" };
    format!("{query}{joint}{TOKEN}{token}")
}

/// The offset that a token names, and whether it leads to the empty page before it.
fn place_in(token: &str) -> Option<(usize, bool)> {
    let token = uri::decode(&uri::decode(token));
    let (_, rest) = token.split_once("\"offset\":")?;
    let (offset, rest) = rest.split_once(',')?;
    Some((offset.parse().ok()?, rest.contains(GAP)))
}

/// Whether a request asks for another page than the first.
pub(crate) fn is_later(request: &Incoming) -> bool {
    request.query.contains(TOKEN)
}

/// Whether a query is that of a link that leads to another host or version.
pub(crate) fn is_foreign(query: &str) -> bool {
    query.ends_with(FOREIGN)
}

/// Another name of the host that serves the request, so that whoever follows is seen.
fn other_host(host: &str) -> String {
    let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
    let other = if name == "localhost" {
        "127.0.0.1"
    } else {
        "localhost"
    };
    format!("{other}:{port}")
}

/// The first page, with a link that never leads to the end.
fn looping<T: Clone>(all: &[T], request: &Incoming, size: usize, kind: PagingLoop) -> Page<T> {
    let (query, token) = match request.query.split_once(TOKEN) {
        Some((before, token)) => (before.trim_end_matches('&'), Some(token)),
        None => (request.query.as_str(), None),
    };
    let with = |token: &str| request.url_with(&with_token(query, token));
    let next_link = match kind {
        PagingLoop::ToItself => request.url_with(&request.query),
        PagingLoop::CycleOfTwo if token == Some("b") => with("a"),
        PagingLoop::CycleOfTwo => with("b"),
        PagingLoop::ForeignHost => {
            with("foreign").replacen(&request.host, &other_host(&request.host), 1)
        }
        PagingLoop::OtherVersion if request.path.starts_with("/beta/") => {
            with("foreign").replace("/beta/", "/v1.0/")
        }
        PagingLoop::OtherVersion => with("foreign").replace("/v1.0/", "/beta/"),
        PagingLoop::EmptyPages => {
            let number: usize = token.and_then(|text| text.parse().ok()).unwrap_or(0);
            with(&(number + 1).to_string())
        }
    };
    let length = match (kind, token) {
        (PagingLoop::EmptyPages, Some(_)) => 0,
        _ => size,
    };
    Page {
        items: all.iter().take(length).cloned().collect(),
        next_link: Some(next_link),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::web::Bytes;

    use super::*;

    fn request(query: &str) -> Incoming {
        Incoming {
            method: "GET".to_owned(),
            host: "sim:1".to_owned(),
            path: "/beta/deviceManagement/intents".to_owned(),
            query: query.to_owned(),
            authorization: None,
            client_request_id: None,
            body: Bytes::new(),
            connection: None,
            batch: None,
        }
    }

    fn query_of(link: &str) -> &str {
        link.split_once('?').unwrap().1
    }

    #[test]
    fn links_lead_through_the_whole_list_once() {
        let all: Vec<u32> = (0..7).collect();
        let mut seen = Vec::new();
        let mut query = "$expand=assignments&$top=3".to_owned();
        loop {
            let page = page(&all, &request(&query), 3, None).unwrap();
            seen.extend(page.items);
            match page.next_link {
                Some(link) => query = query_of(&link).to_owned(),
                None => break,
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_link_that_was_taken_apart_and_rebuilt_is_refused() {
        let all: Vec<u32> = (0..7).collect();
        let first = page(&all, &request("$top=3"), 3, None).unwrap();
        let link = first.next_link.unwrap();
        let query = query_of(&link);
        for changed in [
            query.replace("%25", "%"),
            query.replace('$', "%24"),
            query.replace("3%25", "4%25"),
            query.replace("$top=3", "$top=4"),
        ] {
            assert_eq!(
                page(&all, &request(&changed), 3, None).unwrap_err(),
                ForeignLink,
                "{changed}"
            );
        }
    }

    #[test]
    fn a_faulty_page_is_faulty_in_the_way_asked_for() {
        let all: Vec<u32> = (0..5).collect();
        let faulty = |query: &str, fault| page(&all, &request(query), 3, Some(&fault)).unwrap();
        let second = query_of(
            &page(&all, &request(""), 3, None)
                .unwrap()
                .next_link
                .unwrap(),
        )
        .to_owned();

        assert_eq!(
            faulty(&second, Effect::DuplicateAcrossPages).items,
            [2, 3, 4]
        );
        let gap = faulty("", Effect::EmptyPageBetween).next_link.unwrap();
        let empty = page(&all, &request(query_of(&gap)), 3, None).unwrap();
        assert!(empty.items.is_empty());
        let behind = empty.next_link.unwrap();
        assert_eq!(query_of(&behind), second);
        assert_eq!(faulty("", Effect::ShortPage { missing: 1 }).items, [0, 1]);
        assert!(faulty("", Effect::EmptyList).next_link.is_none());

        let itself = faulty("$top=3", Effect::NextLink(PagingLoop::ToItself))
            .next_link
            .unwrap();
        assert_eq!(query_of(&itself), "$top=3");
        let forth = faulty("", Effect::NextLink(PagingLoop::CycleOfTwo))
            .next_link
            .unwrap();
        let back = faulty(query_of(&forth), Effect::NextLink(PagingLoop::CycleOfTwo))
            .next_link
            .unwrap();
        let again = faulty(query_of(&back), Effect::NextLink(PagingLoop::CycleOfTwo))
            .next_link
            .unwrap();
        assert_eq!(forth, again);
        let foreign = faulty("", Effect::NextLink(PagingLoop::ForeignHost))
            .next_link
            .unwrap();
        assert!(foreign.starts_with("http://localhost:1/"), "{foreign}");
        assert!(is_foreign(query_of(&foreign)));
    }
}
