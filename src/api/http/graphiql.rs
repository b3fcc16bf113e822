//! `/graphiql`: an editor for queries in the browser, from files that the program holds.
//!
//! It asks no other host for anything, and the page may load from and connect to this server only.

use std::io::Read;

use actix_web::{HttpRequest, HttpResponse, http::header as names, web};
use flate2::read::GzDecoder;

use super::{
    headers::header,
    plain::nothing_here,
    tags::{is_known, tag},
};
use crate::{api::door::Door, domain::canonical::Hash};

/// What the page may do. The editor and the dialogs of GraphiQL write styles into it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      font-src 'self' data:; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// A file that the program holds.
struct Asset {
    name: &'static str,
    media: &'static str,
    content: Content,
}

enum Content {
    Plain(&'static [u8]),
    Gzipped(&'static [u8]),
}

macro_rules! held {
    ($file:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/assets/graphiql/",
            $file
        ))
    };
}

static INDEX: Asset = Asset {
    name: "index.html",
    media: PAGE,
    content: Content::Plain(held!("index.html")),
};

static ASSETS: [Asset; 6] = [
    Asset {
        name: "page.js",
        media: SCRIPT,
        content: Content::Plain(held!("page.js")),
    },
    Asset {
        name: "page.css",
        media: STYLE,
        content: Content::Plain(held!("page.css")),
    },
    Asset {
        name: "graphiql.min.js",
        media: SCRIPT,
        content: Content::Gzipped(held!("graphiql.min.js.gz")),
    },
    Asset {
        name: "graphiql.min.css",
        media: STYLE,
        content: Content::Gzipped(held!("graphiql.min.css.gz")),
    },
    Asset {
        name: "react.production.min.js",
        media: SCRIPT,
        content: Content::Gzipped(held!("react.production.min.js.gz")),
    },
    Asset {
        name: "react-dom.production.min.js",
        media: SCRIPT,
        content: Content::Gzipped(held!("react-dom.production.min.js.gz")),
    },
];

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
    let asset = ASSETS.iter().find(|asset| asset.name == name.as_str());
    match asset.filter(|_| door.graphiql) {
        Some(asset) => show(&request, asset),
        None => nothing_here().await,
    }
}

fn show(request: &HttpRequest, asset: &Asset) -> HttpResponse {
    let (Content::Plain(bytes) | Content::Gzipped(bytes)) = asset.content;
    let tag = tag(&Hash::of(bytes).to_string());
    let is_known = is_known(request, &tag);
    let mut builder = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    builder
        .insert_header((names::ETAG, tag))
        .insert_header((names::CACHE_CONTROL, "no-cache"))
        .insert_header((names::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((names::REFERRER_POLICY, "no-referrer"))
        .append_header((names::VARY, "Accept-Encoding"));
    if is_known {
        return builder.finish();
    }
    builder.content_type(asset.media);
    match asset.content {
        Content::Plain(bytes) => builder.body(bytes),
        Content::Gzipped(bytes) if takes_gzip(header(request, "accept-encoding")) => builder
            .insert_header((names::CONTENT_ENCODING, "gzip"))
            .body(bytes),
        Content::Gzipped(bytes) => builder.body(unpacked(bytes)),
    }
}

/// Whether an `Accept-Encoding` header names gzip, and does not refuse it.
fn takes_gzip(header: Option<&str>) -> bool {
    let mut encodings = header.unwrap_or_default().split(',');
    encodings.any(|encoding| {
        let mut parts = encoding.split(';').map(str::trim);
        let is_gzip = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|parameter| parameter.strip_prefix("q="));
        is_gzip && weight.and_then(|weight| weight.parse().ok()) != Some(0.0)
    })
}

/// What the program holds was packed by us, so that nothing stops half way.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match GzDecoder::new(bytes).read_to_end(&mut plain) {
        Ok(_) => plain,
        Err(error) => {
            tracing::error!(%error, "a file of the program is damaged");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_others_are_as_they_were_published() {
        let sums = std::str::from_utf8(held!("SHA256SUMS")).expect("text");
        let mut listed: Vec<&str> = sums.lines().collect();
        for asset in &ASSETS {
            if let Content::Gzipped(bytes) = asset.content {
                let line = format!("{}  {}", Hash::of(&unpacked(bytes)), asset.name);
                let place = listed.iter().position(|listed| *listed == line);
                listed.remove(place.unwrap_or_else(|| panic!("not listed: {line}")));
            }
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
        for asset in &ASSETS {
            assert!(links.contains(&asset.name), "{}", asset.name);
        }
        assert!(!page.contains("://"), "another host");
    }

    #[test]
    fn gzip_is_sent_to_whoever_takes_it() {
        for (header, expected) in [
            (Some("gzip, deflate, br"), true),
            (Some("br;q=1, GZIP;q=0.5"), true),
            (Some("gzip;q=0"), false),
            (Some("identity"), false),
            (None, false),
        ] {
            assert_eq!(takes_gzip(header), expected, "{header:?}");
        }
    }
}
