//! What holds for any pages and any links, however the service arranges them.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, sample};
use serde_json::json;

use super::*;

const FIRST: &str = "https://graph.example/beta/things?$top=2";

/// Links that leave the host, the scheme, the port or the version, or are no links at all.
const FOREIGN: [&str; 8] = [
    "https://evil.example/beta/things?p=1",
    "https://graph.example.evil.example/beta/things?p=1",
    "https://graph.example@evil.example/beta/things?p=1",
    "http://graph.example/beta/things?p=1",
    "https://graph.example:8443/beta/things?p=1",
    "https://graph.example/v1.0/things?p=1",
    "//evil.example/beta/things?p=1",
    "things?p=1",
];

#[derive(Clone, Debug)]
enum Link {
    None,
    /// To the page with this number, which may be one that was read.
    To(usize),
    Foreign(&'static str),
}

fn url_of(number: usize) -> String {
    match number {
        0 => FIRST.to_owned(),
        number => format!("https://graph.example/beta/things?p={number}"),
    }
}

/// Pages of objects, many of which have the same ids; mostly linked to the page behind.
fn any_pages() -> impl Strategy<Value = Vec<(Vec<Value>, Link)>> {
    let item = (0..12_u32, 0..4_u32).prop_map(|(id, v)| json!({"id": id.to_string(), "v": v}));
    let page = (vec(item, 0..4), any::<bool>());
    vec(page, 1..24).prop_flat_map(|pages| {
        let last = pages.len();
        let links = (0..last).map(move |number| {
            prop_oneof![
                12 => Just(Link::To(number + 1)),
                1 => Just(Link::None),
                1 => (0..last).prop_map(Link::To),
                1 => sample::select(&FOREIGN[..]).prop_map(Link::Foreign),
            ]
        });
        let links: Vec<_> = links.collect();
        links.prop_map(move |links| {
            let pages = pages.iter().zip(links);
            let page = |((items, is_empty), link): (&(Vec<Value>, bool), Link)| {
                let items = if *is_empty { Vec::new() } else { items.clone() };
                (items, link)
            };
            pages.map(page).collect()
        })
    })
}

/// Reads pages until the guard stops or the list ends; what was read on the way, and the end.
fn read(
    pages: &[(Vec<Value>, Link)],
    identity: Identity,
) -> (Vec<usize>, Result<Vec<Value>, PagingFault>) {
    let mut guard = Pages::new(&FIRST.parse().unwrap(), identity);
    let (mut number, mut way) = (0, Vec::new());
    loop {
        way.push(number);
        // Behind the last page there is one that ends the list.
        let (items, link) = pages.get(number).cloned().unwrap_or((vec![], Link::None));
        let next = match link {
            Link::None => None,
            Link::To(number) => Some(url_of(number)),
            Link::Foreign(link) => Some(link.to_owned()),
        };
        match guard.take(Page { items, next }) {
            Ok(None) => return (way, Ok(guard.finish())),
            Ok(Some(url)) => {
                let all = 0..=pages.len();
                let found = all.into_iter().find(|n| url_of(*n) == url.as_str());
                number = found.expect("an address of the list itself");
            }
            Err(fault) => return (way, Err(fault)),
        }
    }
}

fn items_of(pages: &[(Vec<Value>, Link)], number: usize) -> &[Value] {
    pages.get(number).map_or(&[], |(items, _)| items)
}

/// Whether the last six pages that were read were empty.
fn is_tired(pages: &[(Vec<Value>, Link)], way: &[usize]) -> bool {
    let empty = |number: &&usize| items_of(pages, **number).is_empty();
    way.iter().rev().take_while(empty).count() > MOST_EMPTY_PAGES
}

proptest! {
    #[test]
    fn a_list_is_read_to_its_end_or_the_fault_is_there(pages in any_pages()) {
        let (way, outcome) = read(&pages, Identity::Id);
        let mut distinct = way.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!(distinct.len(), way.len(), "a page was read twice: {:?}", way);
        let last = *way.last().unwrap();
        let link = pages.get(last).map_or(Link::None, |(_, link)| link.clone());
        match (outcome, link) {
            (Ok(_), Link::None) => {}
            (Err(PagingFault::Loop), Link::To(number)) => prop_assert!(way.contains(&number)),
            (Err(PagingFault::ForeignLink), Link::Foreign(_)) => {}
            (Err(PagingFault::EmptyPages), Link::To(_) | Link::Foreign(_)) => {
                prop_assert!(is_tired(&pages, &way));
            }
            (outcome, link) => prop_assert!(false, "{outcome:?} after {link:?}"),
        }
        let before = way.split_last().unwrap().1;
        prop_assert!(!is_tired(&pages, before), "read on after empty pages: {:?}", way);
    }

    #[test]
    fn no_object_is_lost_or_doubled(pages in any_pages()) {
        let (way, outcome) = read(&pages, Identity::Id);
        if let Ok(items) = outcome {
            let sent = || way.iter().flat_map(|number| items_of(&pages, *number));
            let mut newest = BTreeMap::new();
            let mut order = Vec::new();
            for item in sent() {
                let id = item["id"].to_string();
                if newest.insert(id.clone(), item.clone()).is_none() {
                    order.push(id);
                }
            }
            let wanted: Vec<_> = order.iter().map(|id| newest[id].clone()).collect();
            prop_assert_eq!(items, wanted);
        }
    }

    #[test]
    fn no_part_is_lost_unless_an_equal_one_is_there(pages in any_pages()) {
        let (way, outcome) = read(&pages, Identity::Whole);
        if let Ok(items) = outcome {
            for (at, item) in items.iter().enumerate() {
                prop_assert!(!items[..at].contains(item), "{} is there twice", item);
            }
            let mut sent = way.iter().flat_map(|number| items_of(&pages, *number));
            prop_assert!(sent.all(|item| items.contains(item)));
        }
    }

    #[test]
    fn objects_without_an_id_are_all_kept(number in 0..40_usize) {
        let items = vec![json!({"v": 1}); number];
        let mut guard = Pages::new(&FIRST.parse().unwrap(), Identity::Id);
        prop_assert_eq!(guard.take(Page { items: items.clone(), next: None }), Ok(None));
        prop_assert_eq!(guard.finish(), items);
    }

    #[test]
    fn whatever_is_followed_stays_at_home(
        link in prop_oneof![
            ".*",
            "https://graph\\.example.{0,40}",
            "https?://[a-z.@:0-9]{0,30}/(beta|v1\\.0)/.{0,20}",
            "https://graph\\.example(/|%2f|\\.\\.|beta|v1\\.0|\\\\|%2e){0,8}.{0,20}",
        ]
    ) {
        let mut guard = Pages::new(&FIRST.parse().unwrap(), Identity::Id);
        if let Ok(url) = guard.follow(&link) {
            prop_assert_eq!(url.origin(), FIRST.parse::<Url>().unwrap().origin());
            prop_assert!(url.path().starts_with("/beta/"), "{}", url);
            prop_assert!(url.username().is_empty() && url.password().is_none(), "{}", url);
        }
    }
}

proptest! {
    // Each case reads thousands of pages.
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn links_that_never_repeat_end_all_the_same(empty in vec(any::<bool>(), 1..40)) {
        let mut guard = Pages::new(&FIRST.parse().unwrap(), Identity::Id);
        let fault = (1..).zip(empty.iter().cycle()).find_map(|(number, is_empty)| {
            let items = if *is_empty { vec![] } else { vec![json!({"id": number})] };
            let page = Page { items, next: Some(url_of(number)) };
            guard.take(page).err().map(|fault| (number, fault))
        });
        let (read, fault) = fault.unwrap();
        prop_assert!(read <= MOST_PAGES);
        prop_assert!(matches!(fault, PagingFault::TooManyPages | PagingFault::EmptyPages));
    }
}
