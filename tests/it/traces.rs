//! What a collector gets: spans of the real program by OTLP, and no secret in them.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{IpAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value as Attribute,
    trace::v1::Span,
};
use prost::Message;
use serde_json::json;

use crate::support::{Database, client::Socket, program::Program, story::Story};

/// Takes what is sent to it, as a collector does.
struct Collector {
    url: String,
    got: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let kept = got.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if stream.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                        break;
                    }
                    let line = line.to_lowercase();
                    if let Some(text) = line.strip_prefix("content-length:") {
                        length = text.trim().parse().unwrap();
                    }
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).unwrap();
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                stream.get_mut().write_all(answer).unwrap();
                kept.lock().unwrap().push(body);
            }
        });
        Self { url, got }
    }

    fn spans(&self) -> Vec<Span> {
        let got = self.got.lock().unwrap();
        let requests = got
            .iter()
            .map(|body| ExportTraceServiceRequest::decode(body.as_slice()).unwrap());
        let resources = requests.flat_map(|request| request.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }
}

fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|it| it.key == name)?;
    let value = found.value.as_ref()?.value.as_ref()?;
    if let Attribute::StringValue(text) = value {
        Some(text.clone())
    } else if let Attribute::IntValue(number) = value {
        Some(number.to_string())
    } else {
        panic!("{name} is {value:?}")
    }
}

#[actix_rt::test]
async fn a_run_is_traced_from_its_claim_to_each_request() {
    let (story, collector) = (Story::begin(Database::create()), Collector::start());
    let mut serve = story.serve();
    serve
        .env("TENANTATLAS_OTLP_ENDPOINT", &collector.url)
        .env("OTEL_EXPORTER_OTLP_HEADERS", "api-key=not-told-either")
        .env("TENANTATLAS_TRUSTED_PROXIES", "127.0.0.2")
        // Traces do not depend on what is logged.
        .env(
            "TENANTATLAS_LOG",
            "warn,tenantatlas::api=info,tenantatlas::app=info",
        );
    let mut program = Program::start(serve);
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Nightly").await;
    story.backs_up(&program, &schedule).await;
    // Whoever is no proxy of ours says nothing of traces.
    for (from, parent) in [
        ("127.0.0.2", "b7ad6b7169203331"),
        ("127.0.0.1", "b7ad6b7169203332"),
    ] {
        let local: IpAddr = from.parse().unwrap();
        let client = reqwest::Client::builder().local_address(local).build();
        let traceparent = format!("00-0af7651916cd43dd8448eb211c80319c-{parent}-01");
        let request = client.unwrap().post(program.at("/graphql"));
        let request = request
            .header("traceparent", traceparent)
            .bearer_auth(story.token());
        let query = json!({"query": "{ viewer { __typename } }"});
        request.json(&query).send().await.unwrap();
    }
    program.stopped().await;

    let spans = collector.spans();
    let named = |name: &str| -> Vec<&Span> {
        let found: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
        assert!(!found.is_empty(), "there is no span {name}");
        found
    };
    let (run, attempt) = (named("run")[0], named("attempt")[0]);
    assert!(run.parent_span_id.is_empty() && named("run").len() == 1);
    assert_eq!(attempt.parent_span_id, run.span_id);
    let kinds = named("kind");
    assert_eq!(kinds.len(), 3);
    for kind in &kinds {
        assert_eq!(kind.parent_span_id, attempt.span_id);
        assert!(attribute(kind, "kind").is_some());
    }
    for span in [run, attempt].iter().chain(&kinds) {
        assert_eq!(
            attribute(span, "tenant.id").as_deref(),
            Some(story.tenant())
        );
        assert_eq!(attribute(span, "run.id"), attribute(run, "run.id"));
    }
    assert!(attribute(run, "run.id").unwrap().starts_with("run_"));
    for request in named("graph request") {
        assert_eq!(request.trace_id, run.trace_id);
        let parents = kinds.iter().chain([&attempt]);
        assert!(
            parents
                .map(|it| &it.span_id)
                .any(|id| *id == request.parent_span_id)
        );
        let status = attribute(request, "http.response.status_code");
        assert!(status.is_some_and(|status| status.len() == 3));
    }
    assert_eq!(named("sign-in")[0].parent_span_id, attempt.span_id);
    assert!(
        named("tick")
            .iter()
            .all(|tick| tick.parent_span_id.is_empty())
    );
    let followed = named("request");
    let followed = followed
        .iter()
        .find(|it| it.parent_span_id == [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31]);
    let followed = followed.expect("a request that went on a trace");
    assert_eq!(attribute(followed, "path").as_deref(), Some("/graphql"));
    let others = named("request");
    let mut others = others.iter().filter(|it| it.span_id != followed.span_id);
    assert!(others.all(|it| it.parent_span_id.is_empty() && it.trace_id != followed.trace_id));

    let everything = format!("{spans:?}").to_lowercase();
    let secret = &story.graph.tenants()[0].client_secret;
    for secret in [
        story.token(),
        secret,
        "not-told-either",
        "bearer",
        "authorization",
        "$skiptoken",
    ] {
        assert!(
            !everything.contains(&secret.to_lowercase()),
            "{secret} is told"
        );
    }
}

#[actix_rt::test]
async fn the_request_for_a_connection_ends_before_the_connection_does() {
    let (story, collector) = (Story::begin(Database::create()), Collector::start());
    let mut serve = story.serve();
    serve
        .env("TENANTATLAS_OTLP_ENDPOINT", &collector.url)
        .env("OTEL_BSP_SCHEDULE_DELAY", "50");
    let mut program = Program::start(serve);
    program.becomes(200).await;
    let address = program.at("").replace("http://", "").parse().unwrap();
    let mut socket = Socket::open(address).await;
    let payload = json!({"authorization": format!("Bearer {}", story.token())});
    socket
        .send(json!({"type": "connection_init", "payload": payload}))
        .await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    let query = "{ viewer { __typename } }";
    socket.subscribe("1", query, json!({})).await;
    assert_eq!(socket.next().await["type"], "next");
    let upgrade = |spans: &[Span]| {
        let switched =
            |span: &&Span| attribute(span, "http.response.status_code").as_deref() == Some("101");
        spans.iter().find(switched).cloned()
    };
    let began = Instant::now();
    let upgrade = loop {
        if let Some(span) = upgrade(&collector.spans()) {
            break span;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "it lasts");
        actix_rt::task::yield_now().await;
    };
    assert!(collector.spans().iter().all(|span| span.name != "socket"));
    drop(socket);
    program.stopped().await;
    let spans = collector.spans();
    let of = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (socket, operation) = (of("socket"), of("operation"));
    assert!(socket.parent_span_id.is_empty());
    assert_eq!(socket.links[0].span_id, upgrade.span_id);
    assert_eq!(
        attribute(socket, "request.id"),
        attribute(&upgrade, "request.id")
    );
    assert_eq!(operation.parent_span_id, socket.span_id);
}

#[actix_rt::test]
async fn a_collector_that_is_away_holds_nothing_up_and_is_told_of_once() {
    let story = Story::begin(Database::create());
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (at, is_told) in [(gone, true), (silent.local_addr().unwrap(), false)] {
        let mut serve = story.serve();
        serve
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{at}"))
            .env("OTEL_BSP_SCHEDULE_DELAY", "50");
        let mut program = Program::start(serve);
        program.becomes(200).await;
        let schedule = story.schedule(&program, &format!("At {at}")).await;
        story.backs_up(&program, &schedule).await;
        if is_told {
            program.tells("traces cannot be sent").await;
            story.backs_up(&program, &schedule).await;
        }
        let began = Instant::now();
        assert!(program.stopped().await.success());
        assert!(
            began.elapsed() < Duration::from_secs(8),
            "{:?}",
            began.elapsed()
        );
        let told = program.told("traces cannot be sent").len();
        assert!(told <= 1, "{told} lines");
    }
}
