//! What the program tells on standard error while it works: each line a fact, and findable by the
//! identifiers that people know.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};
use tenantatlas::store::DatabaseUrl;
use tenantatlas_simulator::{Effect, Fault};

use crate::support::{Database, program::Program, story::Story};

/// A line of the program's, as it says it is: JSON, each name once.
fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// What a line says under a name, itself or by the work that it belongs to.
fn says<'a>(line: &'a Value, name: &str) -> Option<&'a str> {
    let spans = line["spans"].as_array();
    let spans = spans.into_iter().flatten().rev();
    let mut places = std::iter::once(line).chain(spans);
    places.find_map(|place| place[name].as_str())
}

async fn sent(url: String, request_id: &str, token: &str) -> (u16, String) {
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build();
    let request = client.unwrap().post(url).bearer_auth(token);
    let request = request.header("x-request-id", request_id);
    let body = json!({"query": "{ viewer { __typename } }"});
    let answer = request.json(&body).send().await.unwrap();
    let given = answer.headers()["x-request-id"].to_str().unwrap();
    (answer.status().as_u16(), given.to_owned())
}

#[actix_rt::test]
async fn every_line_of_a_run_names_it_and_its_tenant_as_people_know_them() {
    let story = Story::begin(Database::create());
    // A list that is refused makes Graph's client talk.
    let refused = Fault::on("*/deviceConfigurations", Effect::Denied);
    story.graph.fault(refused);
    let mut serve = story.serve();
    serve.env("TENANTATLAS_LOG", "warn,tenantatlas=debug");
    let mut program = Program::start(serve);
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Nightly").await;
    let run = story.run(&program, &schedule).await;
    assert_eq!(story.end_of(&program, &run).await, "PARTIAL");
    program.tells("a run has ended").await;
    program.stopped().await;
    let log: Vec<Value> = program.log().iter().map(|line| parsed(line)).collect();

    let of_the_run = |line: &&Value| says(line, "run.id") == Some(run.as_str());
    let told: Vec<&Value> = log.iter().filter(of_the_run).collect();
    for line in &told {
        assert_eq!(says(line, "tenant.id"), Some(story.tenant()), "{line}");
    }
    // Whatever the rooms that carry a run out say belongs to it: there is no other.
    for target in ["tenantatlas::graph", "tenantatlas::workers::flight"] {
        let lines = log.iter().filter(|line| {
            let from = line["target"].as_str().unwrap_or_default();
            from.starts_with(target)
        });
        let lines: Vec<&Value> = lines.collect();
        assert!(!lines.is_empty(), "{target} says nothing: {log:#?}");
        assert!(lines.iter().all(of_the_run), "{lines:#?}");
    }
    let of = |news: &str| -> Value {
        let found = told.iter().filter(|line| line["message"] == news);
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), 1, "{news}: {told:#?}");
        (**found[0]).clone()
    };
    let begun = of("a run begins");
    assert_eq!(begun["schedule.id"], schedule.as_str());
    assert_eq!(begun["kinds"], 3);
    let ended = of("a run has ended");
    assert_eq!(ended["level"], "WARN");
    assert_eq!(
        (&ended["outcome"], &ended["code"]),
        (&json!("PARTIAL"), &json!("PERMISSION_MISSING"))
    );
    for name in ["listed", "stored", "requests"] {
        assert!(ended[name].as_u64().unwrap() > 0, "{name}: {ended}");
    }
    assert!(ended["seconds"].is_f64(), "{ended}");
    // A tick is worth a line to nobody but a developer.
    let ticks = log
        .iter()
        .filter(|line| line["message"] == "a tick was made");
    let levels: BTreeSet<_> = ticks.map(|line| line["level"].as_str().unwrap()).collect();
    assert_eq!(levels, BTreeSet::from(["DEBUG"]));
    let lines = program.log().join("\n");
    assert!(!lines.contains(story.token()) && !lines.contains("Bearer"));
}

#[actix_rt::test]
async fn every_line_of_a_request_has_the_identifier_that_its_answer_has() {
    let story = Story::begin(Database::create());
    let mut program = Program::start(story.serve());
    program.becomes(200).await;
    let url = program.at("/graphql");
    let (status, given) = sent(url.clone(), "asked-by-me-1", "nonsense").await;
    assert_eq!((status, given.as_str()), (401, "asked-by-me-1"));
    let line = parsed(&program.tells("a sign-in failed").await);
    assert_eq!(says(&line, "request.id"), Some("asked-by-me-1"));
    // What could break a line or fill the log is replaced.
    let (_, given) = sent(url, &"x".repeat(500), story.token()).await;
    assert!(given.len() <= 64 && given != "x".repeat(500), "{given}");
}

#[actix_rt::test]
async fn a_server_that_starts_says_which_program_it_is() {
    let story = Story::begin(Database::create());
    let mut program = Program::start(story.serve());
    let line = parsed(&program.tells("\"starting\"").await);
    let printed = story.shell.run(&["--version"]).done();
    let text = |name: &str| line[name].as_str().unwrap().to_owned();
    let (version, commit, tz) = (text("version"), text("commit"), text("tzdb"));
    assert_eq!(
        printed.trim(),
        format!("tenantatlas {version} (commit {commit}, tz {tz})")
    );
    assert_eq!(
        text("data_dir"),
        story.shell.directory.path().display().to_string()
    );
    let database = text("database");
    match &story.database.url {
        DatabaseUrl::Sqlite(file) => assert_eq!(database, format!("sqlite:{}", file.display())),
        DatabaseUrl::Postgres(url) => {
            let (place, _) = url.split_once('?').unwrap();
            let (_, place) = place.rsplit_once('@').or(place.split_once("://")).unwrap();
            assert_eq!(database, format!("postgres://{place}"));
        }
    }
}

/// Everything that the program is written in.
fn sources() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                sources += &fs::read_to_string(path).unwrap();
            }
        }
    }
    sources
}

/// Lengths can be compared and added up by whoever reads lines by a program.
#[test]
fn no_length_is_told_as_a_text() {
    let sources = sources();
    let fields = sources.lines().filter(|line| line.contains("seconds = "));
    let texts = fields.filter(|line| {
        let (_, value) = line.split_once("seconds = ").unwrap();
        ["format_args!", "format!", "%", "?"]
            .iter()
            .any(|text| value.starts_with(text))
    });
    let texts: Vec<&str> = texts.collect();
    assert_eq!(texts, [""; 0]);
}

/// The page for operators quotes the program: who searches for a message has to find it.
#[test]
fn the_messages_that_are_explained_are_those_of_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/operate/logs.md")).unwrap();
    let sources = sources();
    let quoted = page
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    let quoted: Vec<&str> = quoted.collect();
    assert!(quoted.len() >= 20, "{quoted:#?}");
    let missing: Vec<_> = quoted
        .into_iter()
        .filter(|message| !sources.contains(&format!("\"{message}\"")))
        .collect();
    assert_eq!(missing, [""; 0], "the program says none of these");
}

#[actix_rt::test]
async fn a_run_that_waits_says_why_and_until_when_and_one_that_is_handed_back_says_so() {
    let story = Story::begin(Database::create());
    let settings = story.shell.path("settings.toml");
    let text = fs::read_to_string(&settings).unwrap() + "\n[graph]\ntries = 1\n";
    fs::write(&settings, text).unwrap();
    let down = Fault::on("/oauth2/v2.0/token", Effect::status(503));
    story.graph.fault(down.first(1));
    let mut program = Program::start(story.serve());
    program.becomes(200).await;
    let waiting = story.schedule(&program, "Waits").await;
    let run = story.run(&program, &waiting).await;
    let line = parsed(&program.tells("a run waits for its next attempt").await);
    assert_eq!(line["run.id"], run.as_str());
    assert_eq!(
        (&line["code"], &line["attempt"]),
        (&json!("GRAPH_UNAVAILABLE"), &json!(1))
    );
    let next = line["next_attempt_at"].as_str().unwrap();
    let (next, told) = (instant(next), instant(line["timestamp"].as_str().unwrap()));
    assert!((50..90).contains(&(next - told).num_seconds()), "{line}");

    let gate = story.graph.hold("*/deviceConfigurations");
    let held = story.schedule(&program, "Is handed back").await;
    let run = story.run(&program, &held).await;
    gate.arrived().await;
    assert!(program.stopped().await.success());
    let back = program.told("a run was handed back to the queue");
    assert_eq!(back.len(), 1, "{:#?}", program.log());
    assert_eq!(parsed(&back[0])["run.id"], run.as_str());
    assert_eq!(program.told("a run waits for its next attempt").len(), 1);
}

fn instant(text: &str) -> chrono::DateTime<chrono::FixedOffset> {
    chrono::DateTime::parse_from_rfc3339(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A server that cannot start, and everything it said; its database refuses connections, and says so in two
/// lines.
fn refused(format: &str) -> String {
    let story = Story::begin(Database::create());
    let settings = "[database]\nstart_patience = \"1500ms\"\n";
    fs::write(story.shell.path("settings.toml"), settings).unwrap();
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut serve = story.serve();
    serve
        .env("DATABASE_URL", format!("postgres://atlas@{gone}/atlas"))
        .env("TENANTATLAS_LOG_FORMAT", format);
    let output = serve.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A terminal's format: one line for each fact, whatever a library says, and the last one too.
#[test]
fn text_is_for_people() {
    let told = refused("text");
    for line in told.lines() {
        let (at, rest) = line.trim_start().split_once(' ').unwrap_or((line, ""));
        instant(at);
        assert!(
            rest.contains(" tenantatlas::") && !line.contains('{'),
            "{told}"
        );
    }
    // It says what it is before it waits for anything.
    let mut lines = told.lines();
    let first = lines.next().unwrap_or_default();
    assert!(
        first.contains(" INFO tenantatlas::app: starting version="),
        "{told}"
    );
    assert!(
        first.contains("/atlas\" ") || first.contains("/atlas "),
        "{told}"
    );
    assert!(!told.contains("atlas@"), "{told}");
    let again = lines.next().unwrap_or_default();
    assert!(
        again.contains(" WARN tenantatlas::app: cannot start yet error="),
        "{told}"
    );
    assert!(again.contains("refused Is the server running"), "{told}");
    let last = told.lines().last().unwrap_or_default();
    let start = "ERROR tenantatlas::cli: the server has failed error=the database cannot be used: ";
    assert!(last.contains(start), "{told}");
    assert_eq!(told.matches("ERROR").count(), 1, "{told}");
}

#[test]
fn a_server_that_fails_says_so_in_the_format_of_its_log() {
    let told = refused("json");
    let lines: Vec<Value> = told.lines().map(parsed).collect();
    let last = lines.last().unwrap();
    assert_eq!(last["level"], "ERROR", "{told}");
    assert_eq!(last["message"], "the server has failed", "{told}");
    let error = last["error"].as_str().unwrap();
    assert!(
        error.starts_with("the database cannot be used: "),
        "{error}"
    );
}
