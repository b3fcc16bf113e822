//! The guards of paging, without a network.

use serde_json::json;

use super::*;

const FIRST: &str = "https://graph.example/beta/things?$top=2";

fn pages(identity: Identity) -> Pages {
    Pages::new(&FIRST.parse().unwrap(), identity)
}

fn page(items: Value, next: Option<&str>) -> Page {
    Page {
        items: items.as_array().unwrap().clone(),
        next: next.map(|query| format!("https://graph.example/beta/things?{query}")),
    }
}

#[test]
fn links_keep_every_escape() {
    for query in [
        "$skiptoken=%255Bcosmosdb%255D%255B%257B%2522t%2522%253A3%257D%255D",
        "$skiptoken=LastDisplayName%3d%27Profile%20002%27%2cLastId%3d%271%27",
        "$expand=assignments($expand=x)&$top=1&a=+b;c,d",
    ] {
        let next = pages(Identity::Id).take(page(json!([]), Some(query)));
        assert_eq!(next.unwrap().unwrap().query(), Some(query));
    }
}

#[test]
fn links_elsewhere_are_refused() {
    for link in [
        "https://graph.example.evil.example/beta/things?a",
        "https://evil.example/beta/things?a",
        "http://graph.example/beta/things?a",
        "https://graph.example:444/beta/things?a",
        "https://graph.example/v1.0/things?a",
        "https://graph.example/beta/../v1.0/things?a",
        "https://graph.example@evil.example/beta/things?a",
        "https://user@graph.example/beta/things?a",
        "/beta/things?a",
        "",
    ] {
        let page = Page {
            items: Vec::new(),
            next: Some(link.to_owned()),
        };
        assert_eq!(
            pages(Identity::Id).take(page),
            Err(PagingFault::ForeignLink),
            "{link}"
        );
    }
    let own_port = pages(Identity::Id).follow("https://graph.example:443/beta/other?a");
    assert!(own_port.is_ok());
}

#[test]
fn circles_are_noticed() {
    let mut itself = pages(Identity::Id);
    assert_eq!(
        itself.take(page(json!([{"id": "1"}]), Some("$top=2"))),
        Err(PagingFault::Loop)
    );

    let mut of_two = pages(Identity::Id);
    assert!(of_two.take(page(json!([{"id": "1"}]), Some("a"))).is_ok());
    assert!(of_two.take(page(json!([{"id": "2"}]), Some("b"))).is_ok());
    assert_eq!(
        of_two.take(page(json!([{"id": "3"}]), Some("a"))),
        Err(PagingFault::Loop)
    );
}

#[test]
fn a_few_empty_pages_pass_but_not_endless_ones() {
    let mut pages = pages(Identity::Id);
    for number in 0..5 {
        assert!(
            pages
                .take(page(json!([]), Some(&format!("p={number}"))))
                .is_ok()
        );
    }
    assert!(
        pages
            .take(page(json!([{"id": "1"}]), Some("p=items")))
            .is_ok()
    );
    for number in 10..15 {
        assert!(
            pages
                .take(page(json!([]), Some(&format!("p={number}"))))
                .is_ok()
        );
    }
    assert_eq!(
        pages.take(page(json!([]), Some("p=last"))),
        Err(PagingFault::EmptyPages)
    );
}

#[test]
fn pages_and_items_are_bounded() {
    let mut many_pages = pages(Identity::Id);
    let outcome = (0..).find_map(|number| {
        let page = page(json!([{"id": number}]), Some(&format!("p={number}")));
        many_pages.take(page).err().map(|fault| (number + 1, fault))
    });
    assert_eq!(outcome, Some((MOST_PAGES, PagingFault::TooManyPages)));

    let items: Vec<Value> = (0..=MOST_ITEMS)
        .map(|number| json!({"id": number}))
        .collect();
    let page = Page { items, next: None };
    assert_eq!(
        pages(Identity::Id).take(page),
        Err(PagingFault::TooManyItems)
    );
}

#[test]
fn of_repeated_objects_the_last_counts() {
    let mut pages = pages(Identity::Id);
    let first = json!([{"id": "1", "v": 1}, {"id": "2", "v": 1}]);
    pages.take(page(first, Some("next"))).unwrap();
    pages
        .take(page(
            json!([{"id": "2", "v": 2}, {"id": "3", "v": 1}]),
            None,
        ))
        .unwrap();
    assert_eq!(pages.repeated, 1);
    let expected = [
        json!({"id": "1", "v": 1}),
        json!({"id": "2", "v": 2}),
        json!({"id": "3", "v": 1}),
    ];
    assert_eq!(pages.finish(), expected);
}

#[test]
fn parts_with_the_same_id_are_kept_unless_they_are_equal() {
    let mut pages = pages(Identity::Whole);
    let first = json!([{"id": "0", "v": 1}, {"id": "1", "v": 1}]);
    pages.take(page(first, Some("next"))).unwrap();
    pages
        .take(page(
            json!([{"id": "0", "v": 2}, {"id": "1", "v": 1}]),
            None,
        ))
        .unwrap();
    assert_eq!(pages.finish().len(), 3);
}
