//! `/graphiql`: an editor for queries in the browser, from files that the program holds.
//!
//! It asks no other host for anything, and the page may load from and connect to this server only.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, http::header as names, web};

use super::{asset::Asset, encodings::Encoding, headers::set, plain::nothing_here};
use crate::api::door::Door;

/// What the page may do. The editor and the dialogs of GraphiQL write styles into it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      font-src 'self' data:; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

macro_rules! held {
    ($file:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/assets/graphiql/",
            $file
        ))
        .as_slice()
    };
}

static INDEX: LazyLock<Asset> = LazyLock::new(|| plain(PAGE, held!("index.html")));

static ASSETS: LazyLock<[(&str, Asset); 6]> = LazyLock::new(|| {
    [
        ("page.js", plain(SCRIPT, held!("page.js"))),
        ("page.css", plain(STYLE, held!("page.css"))),
        (
            "graphiql.min.js",
            packed(SCRIPT, held!("graphiql.min.js.gz")),
        ),
        (
            "graphiql.min.css",
            packed(STYLE, held!("graphiql.min.css.gz")),
        ),
        (
            "react.production.min.js",
            packed(SCRIPT, held!("react.production.min.js.gz")),
        ),
        (
            "react-dom.production.min.js",
            packed(SCRIPT, held!("react-dom.production.min.js.gz")),
        ),
    ]
});

fn plain(media: &str, bytes: &'static [u8]) -> Asset {
    Asset::new(media).with(Encoding::Identity, bytes)
}

fn packed(media: &str, bytes: &'static [u8]) -> Asset {
    Asset::new(media).with(Encoding::Gzip, bytes)
}

/// `GET /graphiql`: the page.
pub(super) async fn page(request: HttpRequest, door: web::Data<Door>) -> HttpResponse {
    if !door.graphiql {
        return nothing_here().await;
    }
    show(&request, &INDEX)
}

/// `GET /graphiql/{name}`: what the page is made of.
pub(super) async fn asset(
    request: HttpRequest,
    door: web::Data<Door>,
    name: web::Path<String>,
) -> HttpResponse {
    let found = ASSETS.iter().find(|(own, _)| *own == name.as_str());
    match found.filter(|_| door.graphiql) {
        Some((_, asset)) => show(&request, asset),
        None => nothing_here().await,
    }
}

fn show(request: &HttpRequest, asset: &Asset) -> HttpResponse {
    let mut response = asset.answer(request);
    let headers = response.headers_mut();
    set(headers, names::CACHE_CONTROL, "no-cache");
    set(headers, names::CONTENT_SECURITY_POLICY, POLICY);
    set(headers, names::REFERRER_POLICY, "no-referrer");
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::canonical::Hash;

    #[test]
    fn the_files_of_others_are_as_they_were_published() {
        let sums = std::str::from_utf8(held!("SHA256SUMS")).expect("text");
        let mut listed: Vec<&str> = sums.lines().collect();
        // The two that are ours are not packed.
        for (name, asset) in ASSETS.iter().skip(2) {
            let line = format!("{}  {name}", Hash::of(&asset.unpacked()));
            let place = listed.iter().position(|listed| *listed == line);
            listed.remove(place.unwrap_or_else(|| panic!("not listed: {line}")));
        }
        assert_eq!(listed, [""; 0]);
    }

    #[test]
    fn the_page_names_only_what_is_served() {
        let page = std::str::from_utf8(held!("index.html")).expect("text");
        let links = page
            .split('"')
            .filter_map(|part| part.strip_prefix("graphiql/"));
        let links: Vec<&str> = links.collect();
        assert_eq!(links.len(), ASSETS.len());
        for (name, _) in ASSETS.iter() {
            assert!(links.contains(name), "{name}");
        }
        assert!(!page.contains("://"), "another host");
    }
}
