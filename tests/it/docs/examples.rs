//! The guide to the API, carried out from top to bottom against a server: each document is asked and each
//! command given, and the answers look as they are shown.
//!
//! A variable of a document, and one of a command in capitals, is the newest ID of that kind that an
//! answer brought before: `$run` a run's. `$base` is the first backup set, `$target` the newest one.

use std::{collections::BTreeMap, process::Command};

use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tenantatlas::domain::{kind::PolicyKind::DeviceConfiguration, role::Role, run::RunStatus};

use super::{Block, Page};
use crate::{
    history::describe,
    reuse::some_id,
    support::{
        TestApp,
        client::{Api, Client, Socket, id},
    },
};

/// What an answer may bring, by what its ID begins with.
const KINDS: [(&str, &str); 6] = [
    ("ten_", "tenant"),
    ("sch_", "schedule"),
    ("run_", "run"),
    ("set_", "set"),
    ("pol_", "policy"),
    ("itm_", "item"),
];

/// Somebody who follows the guide.
struct Reader {
    app: TestApp,
    api: Api,
    client: Client,
    /// IDs in the order in which answers brought them, by kind.
    known: BTreeMap<&'static str, Vec<String>>,
    /// Where a list, or a stream of events, goes on.
    after: Option<String>,
    directory: TempDir,
}

impl Reader {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let api = Api::serve(&app).await;
        let client = api.client(&app, app.tenant(), Role::Manager).await;
        let mut reader = Self {
            app,
            api,
            client,
            known: BTreeMap::new(),
            after: None,
            directory: tempfile::tempdir().unwrap(),
        };
        reader.note(&Value::String(id(reader.app.tenant())));
        reader
    }

    /// Remembers what can be asked for from here on.
    fn note(&mut self, answer: &Value) {
        match answer {
            Value::Array(values) => values.iter().for_each(|value| self.note(value)),
            Value::Object(members) => {
                for (name, value) in members {
                    if let (true, Value::String(cursor)) =
                        (["endCursor", "cursor"].contains(&name.as_str()), value)
                    {
                        self.after = Some(cursor.clone());
                    }
                    self.note(value);
                }
            }
            Value::String(text) => {
                let kind = KINDS.iter().find(|(prefix, _)| text.starts_with(prefix));
                if let Some((_, name)) = kind {
                    let ids = self.known.entry(name).or_default();
                    if !ids.contains(text) {
                        ids.push(text.clone());
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn variable(&self, name: &str) -> Option<&String> {
        let of = |kind: &str| self.known.get(kind);
        match name {
            "base" => of("set")?.first(),
            "target" => of("set")?.last(),
            "after" => self.after.as_ref(),
            kind => of(kind)?.last(),
        }
    }

    /// The variables that a document declares.
    fn variables(&self, document: &str) -> Value {
        let head = document.split('{').next().unwrap_or_default();
        let names = head.split('$').skip(1).map(|rest| {
            let end = rest.find(|letter: char| !letter.is_alphanumeric());
            &rest[..end.unwrap_or(rest.len())]
        });
        let found = names.map(|name| {
            let value = self.variable(name);
            let value = value.unwrap_or_else(|| panic!("no answer brought a ${name}: {document}"));
            (name.to_owned(), Value::from(value.as_str()))
        });
        found.collect::<Map<_, _>>().into()
    }

    /// Asks, and tells the answer without what it cost.
    async fn ask(&mut self, document: &str) -> Value {
        let variables = self.variables(document);
        let mut answer = self.client.ask(document, variables).await;
        if let Some(answer) = answer.as_object_mut() {
            answer.remove("extensions");
        }
        self.note(&answer);
        answer
    }

    /// Follows a stream to its end, which `go` brings about, and tells its first message.
    async fn follow(&mut self, document: &str, go: impl FnOnce()) -> Value {
        let variables = self.variables(document);
        let mut socket: Socket = self.client.socket().await;
        socket.subscribe("1", document, variables).await;
        let first = socket.next().await;
        assert_eq!(first["type"], "next", "{first:#}");
        go();
        loop {
            let message = socket.next().await;
            self.note(&message);
            if message["type"] != "next" {
                assert_eq!(message["type"], "complete", "{message:#}");
                return first["payload"].clone();
            }
        }
    }

    /// Waits until no run is under way, and lets somebody change a policy at Graph for the next one.
    async fn settle(&mut self) {
        let active = [RunStatus::Queued, RunStatus::Running].map(|it| format!("'{it}'"));
        let query = format!(
            "SELECT count(*) || '' AS line FROM runs WHERE status IN ({})",
            active.join(", ")
        );
        let mut announcements = self.app.store.announcements();
        while self.app.lines(&query).await != ["0"] {
            // Whatever is announced may be the end of the run.
            let _ = announcements.recv().await;
        }
        self.app.pass(TimeDelta::hours(1));
        let policy = some_id(&self.app, DeviceConfiguration, 0);
        describe(&self.app, DeviceConfiguration, &policy, "changed by hand");
    }

    /// What a block of commands prints.
    fn carry_out(&self, block: &Block<'_>) -> String {
        let text = block.text.replace("\\\n", " ");
        let typed = text.lines().filter_map(|line| line.strip_prefix("$ "));
        let mut shell = Command::new("sh");
        shell
            .args(["-ec", &typed.collect::<Vec<_>>().join("\n")])
            .current_dir(self.directory.path())
            .env("SERVER", format!("http://{}", self.api.address()))
            .env("TOKEN", self.client.bearer.trim_start_matches("Bearer "));
        for name in ["tenant", "schedule", "run", "set"] {
            if let Some(value) = self.variable(name) {
                shell.env(name.to_uppercase(), value);
            }
        }
        let output = shell.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {told}", block.place);
        String::from_utf8(output.stdout).unwrap().replace('\r', "")
    }
}

/// Why an answer does not look like the one that is shown: other members, other types, other words in
/// capitals. Texts, numbers and the length of lists are examples.
fn difference(shown: &Value, answer: &Value, path: &str) -> Option<String> {
    let is_word = |text: &str| {
        !text.is_empty() && text.chars().all(|it| it.is_ascii_uppercase() || it == '_')
    };
    match (shown, answer) {
        (Value::Object(shown), Value::Object(members)) => {
            let (wanted, found): (Vec<_>, Vec<_>) =
                (shown.keys().collect(), members.keys().collect());
            if wanted != found {
                return Some(format!("{path} has {found:?}, not {wanted:?}"));
            }
            let mut pairs = shown.iter();
            pairs.find_map(|(name, value)| {
                difference(value, &members[name], &format!("{path}.{name}"))
            })
        }
        (Value::Array(shown), Value::Array(values)) => {
            if shown.is_empty() != values.is_empty() {
                return Some(format!("{path} has {} members", values.len()));
            }
            let mut values = values.iter();
            values.find_map(|value| {
                let looks = shown.iter().map(|one| difference(one, value, path));
                let looks: Option<Vec<String>> = looks.collect();
                looks.and_then(|mut all| all.pop())
            })
        }
        (Value::String(shown), Value::String(text)) => {
            let is_other = (is_word(shown) || is_word(text)) && shown != text;
            is_other.then(|| format!("{path} is {text}, not {shown}"))
        }
        (Value::Null, Value::Null)
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_)) => None,
        _ => Some(format!("{path} is {answer}, not {shown}")),
    }
}

/// Whether a text is as shown, where `…` stands for anything.
fn fits(shown: &str, text: &str) -> bool {
    let mut parts = shown.trim_end().split('…');
    let Some(mut rest) = text
        .trim_end()
        .strip_prefix(parts.next().unwrap_or_default())
    else {
        return false;
    };
    let mut is_open = false;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        is_open = part.is_empty();
    }
    rest.is_empty() || is_open
}

#[actix_rt::test]
async fn the_guide_to_the_api_can_be_followed() {
    let page = Page::at("docs/api.md");
    let blocks = page.blocks();
    let mut reader = Reader::start().await;
    let (mut asked, mut typed) = (0, 0);
    for (at, block) in blocks.iter().enumerate() {
        match block.language {
            "graphql" => {
                asked += 1;
                let shown = &blocks[at + 1];
                assert_eq!(shown.language, "json", "{} has no answer", block.place);
                let next = blocks[at + 2..].iter().find(|it| it.language == "graphql");
                let is_followed = next.is_some_and(|it| it.text.starts_with("subscription"));
                let answer = if block.text.starts_with("subscription") {
                    // Taken up below, with the run that it is about.
                    continue;
                } else if is_followed {
                    let gate = reader.app.graph.hold("/deviceManagement/");
                    let answer = reader.ask(&block.text).await;
                    gate.arrived().await;
                    let stream = next.unwrap();
                    let first = reader.follow(&stream.text, || gate.open()).await;
                    let at = blocks
                        .iter()
                        .position(|it| it.place == stream.place)
                        .unwrap();
                    compare(&blocks[at + 1], &first);
                    answer
                } else {
                    reader.ask(&block.text).await
                };
                compare(shown, &answer);
                if block.text.contains("runBackupScheduleNow") {
                    reader.settle().await;
                }
            }
            "console" => {
                typed += 1;
                let printed = reader.carry_out(block);
                let shown = block.text.replace("\\\n", " ");
                let shown = shown.lines().filter(|line| !line.starts_with("$ "));
                let shown = shown.collect::<Vec<_>>().join("\n");
                assert!(fits(&shown, &printed), "{}: {printed}", block.place);
            }
            "json" | "text" => {}
            other => panic!("{}: nobody tries `{other}`", block.place),
        }
    }
    assert!(asked >= 10 && typed >= 3, "{asked} {typed}");
    let last = reader.app.lines("SELECT status AS line FROM runs").await;
    assert!(
        last.contains(&RunStatus::Succeeded.as_str().to_owned()),
        "{last:?}"
    );
    reader.api.stop().await;
}

fn compare(shown: &Block<'_>, answer: &Value) {
    let place = &shown.place;
    let wanted: Value =
        serde_json::from_str(&shown.text).unwrap_or_else(|it| panic!("{place}: {it}"));
    let difference = difference(&wanted, answer, "the answer");
    assert_eq!(difference, None, "{place}: {answer:#}");
}

#[test]
fn answers_that_look_otherwise_are_found() {
    let shown = json!({"a": [{"s": "OK", "n": 1}], "none": null});
    let same = json!({"a": [{"s": "OK", "n": 7}, {"s": "OK", "n": 2}], "none": null});
    assert_eq!(difference(&shown, &same, ""), None);
    for other in [
        json!({"a": [], "none": null}),
        json!({"a": [{"s": "FAILED", "n": 1}], "none": null}),
        json!({"a": [{"s": "OK"}], "none": null}),
        json!({"a": [{"s": "OK", "n": "1"}], "none": null}),
        json!({"a": [{"s": "OK", "n": 1}], "none": 1}),
        json!({"a": [{"s": "OK", "n": 1}]}),
    ] {
        assert!(difference(&shown, &other, "").is_some(), "{other}");
    }
    assert!(fits("a…c\n", "abbc"));
    assert!(fits("a…", "a\nb\n"));
    assert!(!fits("a…c", "abcd"));
    assert!(!fits("a", "ab"));
}
