//! Fetching keys from hosts of all sorts, for callers that may go away.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta};
use serde_json::json;
use tokio::sync::Notify;
use tracing::subscriber::DefaultGuard;

use crate::{
    clock::ManualClock,
    oidc::{
        FetchFault, IssuerDraft, IssuerSettings, Issuers, OidcSettings, Rejection,
        key_ring::KeyRing,
        key_set::{Algorithm, KeySet, WantedKey},
        source::{self, Source},
    },
};

/// A host that answers every request with bytes of the test's choice.
struct Host {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Host {
    /// `answer` is given the path of a request and the root of the host.
    fn start(answer: impl Fn(&str, &str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (root, asked) = (url.clone(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let head = head_of(&mut stream);
                counted.fetch_add(1, Ordering::SeqCst);
                let path = head.split(' ').nth(1).unwrap_or_default();
                // A client that has heard enough may be gone.
                drop(stream.write_all(answer(path, &root).as_bytes()));
            }
        });
        Self { url, asked }
    }

    fn settings(&self) -> IssuerSettings {
        let draft = IssuerDraft {
            issuer: Some(self.url.clone()),
            audience: Some("api".to_owned()),
            ..IssuerDraft::default()
        };
        IssuerSettings::read(draft).unwrap()
    }

    fn source(&self) -> Source {
        Source::of(&self.settings().name, source::client().unwrap())
    }

    fn ring(&self) -> Arc<KeyRing> {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        Arc::new(KeyRing::new(self.source(), Arc::new(clock)))
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn head_of(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn document(root: &str) -> String {
    ok(&json!({"issuer": root, "jwks_uri": format!("{root}/jwks")}).to_string())
}

fn keys() -> String {
    let number = URL_SAFE_NO_PAD.encode([7; 32]);
    let key = json!({"kty": "EC", "kid": "1", "crv": "P-256", "x": number, "y": number});
    ok(&json!({ "keys": [key] }).to_string())
}

fn good(path: &str, root: &str) -> String {
    match path {
        "/jwks" => keys(),
        _ => document(root),
    }
}

const WANTED: WantedKey<'_> = WantedKey {
    algorithm: Algorithm::Es256,
    id: Some("1"),
    issuer: "",
    directory: None,
};

async fn fetched(
    answer: impl Fn(&str, &str) -> String + Send + 'static,
) -> Result<KeySet, FetchFault> {
    Host::start(answer).source().fetch().await
}

#[actix_rt::test]
async fn what_is_no_good_answer_gives_no_keys() {
    let large = || ok(&" ".repeat(513 * 1024));
    assert!(fetched(good).await.unwrap().has(&WANTED));
    let moved = "HTTP/1.1 302 Found\r\nlocation: /jwks\r\ncontent-length: 0\r\n\r\n";
    let fault = fetched(move |_, _| moved.to_owned()).await.unwrap_err();
    assert!(matches!(fault, FetchFault::Status(302)), "{fault:?}");
    let fault = fetched(move |_, _| large()).await.unwrap_err();
    assert!(matches!(fault, FetchFault::TooLarge), "{fault:?}");
    let fault = fetched(|_, _| ok("[]")).await.unwrap_err();
    assert!(matches!(fault, FetchFault::Document(_)), "{fault:?}");
    let fault = fetched(|_, _| String::new()).await.unwrap_err();
    assert!(matches!(fault, FetchFault::Transport(_)), "{fault:?}");
    let fault = fetched(|_, _| document("https://id.example"))
        .await
        .unwrap_err();
    assert!(matches!(fault, FetchFault::OtherIssuer(_)), "{fault:?}");
    let fault = fetched(|_, root| {
        ok(&json!({"issuer": root, "jwks_uri": "http://id.example/jwks"}).to_string())
    });
    let fault = fault.await.unwrap_err();
    assert!(matches!(fault, FetchFault::KeysAddress(_)), "{fault:?}");
}

#[actix_rt::test]
async fn a_crowd_waits_for_one_fetch() {
    let host = Host::start(good);
    let ring = host.ring();
    let crowd = (0..20).map(|_| ring.with(&WANTED));
    for keys in futures_util::future::join_all(crowd).await {
        assert!(keys.unwrap().has(&WANTED));
    }
    assert_eq!(host.asked(), 2);
}

#[actix_rt::test]
async fn a_caller_who_goes_away_does_not_waste_the_fetch() {
    let arrived = Arc::new(Notify::new());
    let (release, gate) = mpsc::channel::<()>();
    let told = Arc::clone(&arrived);
    let host = Host::start(move |path, root| {
        told.notify_one();
        // Passes the first time, when it is released, and again when nobody holds it any more.
        let _ = gate.recv();
        good(path, root)
    });
    let ring = host.ring();
    tokio::select! {
        _ = ring.with(&WANTED) => panic!("nothing can have been fetched"),
        () = arrived.notified() => {}
    }
    drop(release);
    assert!(ring.with(&WANTED).await.unwrap().has(&WANTED));
    assert_eq!(host.asked(), 2);
}

/// What is logged, kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What this thread logs until the guard is dropped.
    fn of_this_thread() -> (Self, DefaultGuard) {
        let log = Self::default();
        let kept = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || kept.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_rt::test]
async fn the_log_says_why_and_holds_no_token() {
    let (log, _guard) = Log::of_this_thread();
    let host = Host::start(|_, _| "HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n".to_owned());
    let settings = OidcSettings {
        issuers: vec![host.settings()],
    };
    let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
    let issuers = Issuers::start(settings, clock).unwrap();
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({"alg": "ES256", "kid": "1"}));
    let claims = json!({"iss": host.url, "aud": "api", "exp": 60, "sub": "ada", "name": "Ada"});
    let token = format!("{header}.{}.AAAA", part(claims));
    assert_eq!(issuers.verify(&token).await, Err(Rejection::NoKeys));
    assert_eq!(issuers.verify("ada").await, Err(Rejection::Malformed));
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for expected in [
        "ERROR",
        "could not be fetched, and none are at hand",
        "the issuer answered with status 503",
        "the keys of the issuer are not to be had",
        "the token is malformed",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    for secret in [&*token, "AAAA", "Ada"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(!text.contains("a day old"), "{text}");
}

#[actix_rt::test]
async fn of_an_issuer_that_is_away_the_log_says_whether_people_can_sign_in() {
    let (log, _guard) = Log::of_this_thread();
    let answers = Arc::new(AtomicUsize::new(0));
    let counted = answers.clone();
    // The document and the keys, once.
    let host = Host::start(
        move |path, root| match counted.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => good(path, root),
            _ => "HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n".to_owned(),
        },
    );
    let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    let ring = Arc::new(KeyRing::new(host.source(), Arc::new(clock.clone())));
    let said = || String::from_utf8(log.0.lock().unwrap().split_off(0)).unwrap();
    assert!(ring.with(&WANTED).await.is_ok());
    assert_eq!(said(), "");
    clock.advance(TimeDelta::hours(2));
    assert!(ring.with(&WANTED).await.is_ok());
    let text = said();
    assert!(
        text.contains("WARN") && text.contains("a day old"),
        "{text}"
    );
    clock.advance(TimeDelta::hours(22));
    assert_eq!(ring.with(&WANTED).await.unwrap_err(), Rejection::NoKeys);
    let text = said();
    assert!(
        text.contains("ERROR") && text.contains("nobody can sign in"),
        "{text}"
    );
}

#[test]
fn people_are_named_as_their_tokens_will_name_them() {
    let one = uuid::Uuid::from_u128(1);
    let other = uuid::Uuid::from_u128(2);
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let read = |issuer: &str, allowed: Option<Vec<String>>| {
        IssuerSettings::read(IssuerDraft {
            issuer: Some(issuer.to_owned()),
            audience: Some("api".to_owned()),
            allowed_tenants: allowed,
            ..IssuerDraft::default()
        })
        .unwrap()
    };
    let settings = OidcSettings {
        issuers: vec![
            read("https://id.example", None),
            read(template, Some(vec![one.to_string()])),
        ],
    };
    let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
    let issuers = Issuers::start(settings, clock).unwrap();
    let filled = |directory: uuid::Uuid| template.replace("{tenantid}", &directory.to_string());
    let object = uuid::Uuid::from_u128(3);
    let identity = Some((filled(one), object.to_string()));
    assert_eq!(issuers.entra_identity(one, object), identity);
    assert_eq!(issuers.entra_identity(other, object), None);
    for (issuer, accepted) in [
        ("https://id.example", true),
        ("https://id.example/", false),
        (template, false),
        (&filled(one), true),
        (&filled(other), false),
    ] {
        assert_eq!(issuers.accept(issuer), accepted, "{issuer}");
    }
}
