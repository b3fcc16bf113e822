//! The console at the server's door: its files, its addresses, and what it is told before anybody has
//! signed in. The files are made up here, so that it does not matter whether this build has a console.

use std::{borrow::Cow, io::Write};

use flate2::{Compression, write::GzEncoder};
use reqwest::{
    Method, Response,
    header::{ACCEPT, ACCEPT_ENCODING, IF_NONE_MATCH},
};
use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, ConsoleFiles, Guest},
    domain::role::Role,
    oidc::IssuerDraft,
};

use crate::support::{
    TestApp,
    client::{Api, in_a_hurry, issuer},
};

const PAGE: &str = "<!doctype html><title>A console</title>";
const SCRIPT: &str = "/assets/app-Bq3x_9.js";
/// What browsers ask a page with.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const ONE: &str = "11111111-1111-4111-8111-111111111111";

fn script() -> String {
    "console.log('A console');\n".repeat(50)
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Nobody here unpacks Brotli: it is sent as it is held.
const BROTLI: &[u8] = b"the script, much smaller";

fn files() -> ConsoleFiles {
    let files = [
        ("assets/app-Bq3x_9.js.br", BROTLI.to_vec()),
        ("assets/app-Bq3x_9.js", script().into_bytes()),
        ("assets/app-Bq3x_9.js.gz", gzipped(&script())),
        ("favicon.svg", b"<svg/>".to_vec()),
        ("index.html", PAGE.as_bytes().to_vec()),
    ];
    ConsoleFiles::new(files.map(|(path, bytes)| (path.to_owned(), Cow::Owned(bytes))))
}

async fn served() -> (TestApp, Api) {
    let app = TestApp::start().await;
    let api = Api::with_console(&app, files()).await;
    (app, api)
}

async fn get(api: &Api, path: &str) -> Response {
    api.request(Method::GET, path).send().await.unwrap()
}

/// As a browser that goes there.
async fn visit(api: &Api, path: &str) -> Response {
    let request = api.request(Method::GET, path).header(ACCEPT, BROWSER);
    request.send().await.unwrap()
}

fn text_of<'a>(response: &'a Response, header: &str) -> &'a str {
    response
        .headers()
        .get(header)
        .map_or("", |value| value.to_str().unwrap())
}

#[actix_rt::test]
async fn every_place_of_the_console_is_its_page() {
    let (_app, api) = served().await;
    let known = get(&api, "/").await;
    assert_eq!(known.status(), 200);
    let tag = text_of(&known, "etag").to_owned();
    assert_eq!(known.text().await.unwrap(), PAGE);
    for path in [
        "/",
        "/callback?code=a&state=b",
        "/tenants/ten_0352/runs/run_1",
        "/graph",
    ] {
        let response = visit(&api, path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(
            text_of(&response, "content-type"),
            "text/html; charset=utf-8"
        );
        assert_eq!(text_of(&response, "cache-control"), "no-cache");
        assert_eq!(text_of(&response, "etag"), tag, "{path}");
        assert_eq!(response.text().await.unwrap(), PAGE, "{path}");
        for method in [Method::GET, Method::HEAD] {
            let again = api.request(method, path).header(ACCEPT, BROWSER);
            let again = again.header(IF_NONE_MATCH, &tag).send().await.unwrap();
            assert_eq!(again.status(), 304, "{path}");
            assert_eq!(text_of(&again, "cache-control"), "no-cache");
        }
        let head = api.request(Method::HEAD, path).header(ACCEPT, BROWSER);
        let head = head.send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        assert_eq!(text_of(&head, "content-length"), PAGE.len().to_string());
        assert_eq!(head.text().await.unwrap(), "");
    }
}

#[actix_rt::test]
async fn what_is_no_place_of_the_console_is_not_found() {
    let (_app, api) = served().await;
    for path in [
        "/assets/app-other.js",
        "/assets/",
        "/assets/app-Bq3x_9.js.gz",
        "/graphql/more",
        "/graphiql",
        "/graphiql/more/still",
        "/export/a/b",
        "/healthz/more",
    ] {
        assert_eq!(visit(&api, path).await.status(), 404, "{path}");
    }
    // A program that asks for something that is not there is told so.
    for path in ["/tenants", "/favicon.ico", "/callback"] {
        assert_eq!(get(&api, path).await.status(), 404, "{path}");
    }
    let script = api.request(Method::GET, "/missing.js");
    let script = script.header(ACCEPT, "*/*").send().await.unwrap();
    assert_eq!(script.status(), 404);
    for (method, path, status) in [
        (Method::POST, "/tenants", 404),
        (Method::POST, SCRIPT, 404),
        (Method::POST, "/", 405),
        (Method::DELETE, "/console.json", 405),
    ] {
        let request = api.request(method.clone(), path).header(ACCEPT, BROWSER);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{method} {path}");
    }
}

#[actix_rt::test]
async fn what_has_its_hash_in_its_name_is_kept_for_good() {
    let (_app, api) = served().await;
    for (path, media, kept) in [
        (
            SCRIPT,
            "text/javascript; charset=utf-8",
            "public, max-age=31536000, immutable",
        ),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
    ] {
        let response = get(&api, path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(text_of(&response, "content-type"), media);
        assert_eq!(text_of(&response, "cache-control"), kept, "{path}");
    }
}

#[actix_rt::test]
async fn a_file_is_sent_packed_as_the_client_likes_it() {
    let (_app, api) = served().await;
    let plain = script().into_bytes();
    let gzip = gzipped(&script());
    let mut tags = Vec::new();
    for (accepted, encoding, bytes) in [
        (None, "", &plain[..]),
        (Some("gzip, deflate, br, zstd"), "br", BROTLI),
        (Some("gzip, deflate"), "gzip", &gzip),
        (Some("br;q=0.2, gzip;q=0.7"), "gzip", &gzip),
        (Some("identity"), "", &plain),
        (Some("zstd"), "", &plain),
        (Some("br;q=0, gzip;q=0"), "", &plain),
    ] {
        let mut request = api.request(Method::GET, SCRIPT);
        if let Some(accepted) = accepted {
            request = request.header(ACCEPT_ENCODING, accepted);
        }
        let response = request.try_clone().unwrap().send().await.unwrap();
        assert_eq!(text_of(&response, "content-encoding"), encoding);
        let varies = response.headers().get_all("vary").iter();
        assert!(varies.into_iter().any(|header| header == "Accept-Encoding"));
        let tag = text_of(&response, "etag").to_owned();
        assert_eq!(response.bytes().await.unwrap(), bytes, "{accepted:?}");
        let again = request.header(IF_NONE_MATCH, &tag).send().await.unwrap();
        assert_eq!(again.status(), 304, "{accepted:?}");
        tags.push((encoding, tag));
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3, "one for each form: {tags:?}");
    let page = api.request(Method::GET, "/").header(ACCEPT_ENCODING, "br");
    let page = page.send().await.unwrap();
    // Which is held in one form only.
    assert_eq!(text_of(&page, "content-encoding"), "");
}

#[actix_rt::test]
async fn pages_may_load_and_reach_nothing_else() {
    let (_app, api) = served().await;
    for path in ["/", SCRIPT, "/favicon.svg", "/console.json"] {
        let response = get(&api, path).await;
        for (header, expected) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                 font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; \
                 form-action 'none'; frame-ancestors 'none'",
            ),
        ] {
            assert_eq!(text_of(&response, header), expected, "{path}");
        }
        assert!(text_of(&response, "permissions-policy").contains("camera=()"));
    }
}

#[actix_rt::test]
async fn a_build_without_a_console_says_how_to_have_one() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let page = visit(&api, "/").await;
    assert_eq!(page.status(), 200);
    assert_eq!(text_of(&page, "content-type"), "text/plain; charset=utf-8");
    let text = page.text().await.unwrap();
    assert!(text.contains("TENANTATLAS_CONSOLE=required"), "{text}");
    for path in ["/tenants", "/index.html", SCRIPT] {
        assert_eq!(visit(&api, path).await.status(), 404, "{path}");
    }
    assert_eq!(get(&api, "/console.json").await.status(), 200);
}

/// What the console of these settings is told, and what its pages may connect to.
async fn told(app: &TestApp, settings: ApiSettings, drafts: &[IssuerDraft]) -> (Value, String) {
    let api = Api::with_issuer(app, settings, issuer(app), drafts).await;
    let response = get(&api, "/console.json").await;
    assert_eq!(text_of(&response, "content-type"), "application/json");
    let policy = text_of(&response, "content-security-policy");
    let mut rules = policy.split("; ");
    let connect = rules.find_map(|rule| rule.strip_prefix("connect-src "));
    let connect = connect.unwrap().to_owned();
    (response.json().await.unwrap(), connect)
}

#[actix_rt::test]
async fn the_console_is_told_who_lets_people_in_and_nothing_more() {
    let app = TestApp::start().await;
    let version = env!("CARGO_PKG_VERSION");
    let draft = |issuer: &str, client: Option<&str>| IssuerDraft {
        issuer: Some(issuer.to_owned()),
        audience: Some("the-api".to_owned()),
        client_id: client.map(str::to_owned),
        ..IssuerDraft::default()
    };
    let drafts = [
        draft("https://unknown.example", None),
        IssuerDraft {
            allowed_tenants: Some(vec![ONE.to_owned()]),
            admin_role: Some("Atlas.Admin".to_owned()),
            ..draft(
                "https://login.microsoftonline.com/{tenantid}/v2.0",
                Some("entra-console"),
            )
        },
        IssuerDraft {
            name: Some("Contoso".to_owned()),
            scopes: Some(vec!["atlas".to_owned()]),
            connect_origins: Some(vec!["https://tokens.example".to_owned()]),
            ..draft("https://id.example/a", Some("other-console"))
        },
    ];
    let entra = format!("https://login.microsoftonline.com/{ONE}/v2.0");
    let expected = json!({"version": version, "demo": false, "issuers": [
        {
            "name": "Microsoft Entra",
            "authority": entra,
            "clientId": "entra-console",
            "scopes": ["openid", "profile", "the-api/access_as_user"],
        },
        {
            "name": "Contoso",
            "authority": "https://id.example/a",
            "clientId": "other-console",
            "scopes": ["openid", "profile", "atlas"],
        },
    ]});
    let connect = "'self' https://id.example https://login.microsoftonline.com \
                   https://tokens.example";
    assert_eq!(
        told(&app, in_a_hurry(), &drafts).await,
        (expected, connect.to_owned())
    );
    let nobody = json!({"version": version, "demo": false, "issuers": []});
    assert_eq!(
        told(&app, in_a_hurry(), &drafts[..1]).await,
        (nobody, "'self'".to_owned())
    );
}

#[actix_rt::test]
async fn people_of_a_demonstration_are_named() {
    let app = TestApp::start().await;
    let settings = ApiSettings {
        guests: Some(vec![Guest {
            name: "Rita Reyes".to_owned(),
            role: Role::Readonly,
            hint: "rita".to_owned(),
        }]),
        ..in_a_hurry()
    };
    let draft = IssuerDraft {
        issuer: Some("http://127.0.0.1:8081".to_owned()),
        audience: Some("tenantatlas".to_owned()),
        client_id: Some("console".to_owned()),
        ..IssuerDraft::default()
    };
    let (told, connect) = told(&app, settings, &[draft]).await;
    assert_eq!(told["demo"], true);
    let people = json!([{"name": "Rita Reyes", "role": "READONLY", "hint": "rita"}]);
    assert_eq!(told["issuers"][0]["people"], people);
    assert_eq!(connect, "'self' http://127.0.0.1:8081");
}
