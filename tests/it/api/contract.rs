//! The schema as a client sees it by introspection, for tests that derive their cases from it.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};
use tenantatlas::domain::{
    global_id::GlobalId,
    ids::{ApiTokenId, BackupSetId, MemberId, PolicyId, RunId, ScheduleId, TenantId, UserId},
};

use crate::support::client::Client;

/// What introspection tells, by the names of types.
pub(super) struct Contract {
    types: BTreeMap<String, Value>,
}

/// An input of a field: an argument, or a field of an input object.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) name: String,
    kind: Value,
    is_optional: bool,
}

/// A field of an object.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The object's type.
    pub(super) of: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) arguments: Vec<Input>,
    /// Its type, without lists and non-null marks.
    pub(super) kind: String,
}

/// A value that goes into a field, by the names that lead there from its arguments inward.
pub(super) type Way = Vec<String>;

const TYPE: &str = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";

impl Contract {
    /// Asks the server.
    pub(super) async fn ask(client: &Client) -> Self {
        let query = format!(
            "{{ __schema {{ types {{
                kind name isOneOf enumValues {{ name }}
                fields {{ name description args {{ name defaultValue type {{ {TYPE} }} }} type {{ {TYPE} }} }}
                inputFields {{ name defaultValue type {{ {TYPE} }} }}
            }} }} }}"
        );
        let mut data = client.data(&query, json!({})).await;
        let Value::Array(types) = data["__schema"]["types"].take() else {
            panic!("no types");
        };
        let named = types
            .into_iter()
            .map(|it| (it["name"].as_str().unwrap().to_owned(), it));
        Self {
            types: named.collect(),
        }
    }

    /// Every field of every object that clients can reach.
    pub(super) fn fields(&self) -> Vec<Field> {
        let own = self.types.keys().filter(|name| !name.starts_with("__"));
        own.flat_map(|name| self.fields_of(name)).collect()
    }

    /// The fields of an object.
    pub(super) fn fields_of(&self, of: &str) -> Vec<Field> {
        let fields = self.types[of]["fields"].as_array();
        let is_object = self.types[of]["kind"] == "OBJECT";
        let fields = fields.filter(|_| is_object).into_iter().flatten();
        fields
            .map(|field| Field {
                of: of.to_owned(),
                name: field["name"].as_str().unwrap().to_owned(),
                description: field["description"].as_str().unwrap_or_default().to_owned(),
                arguments: inputs(&field["args"]),
                kind: core(&field["type"]).to_owned(),
            })
            .collect()
    }

    fn inputs_of(&self, kind: &str) -> Option<Vec<Input>> {
        let fields = &self.types[kind]["inputFields"];
        (!fields.is_null()).then(|| inputs(fields))
    }

    /// Where identifiers go into a field.
    pub(super) fn ways_of_ids(&self, field: &Field) -> Vec<Way> {
        let mut ways = Vec::new();
        let mut open: Vec<(Way, Input)> = field
            .arguments
            .iter()
            .map(|input| (vec![input.name.clone()], input.clone()))
            .collect();
        while let Some((way, input)) = open.pop() {
            let kind = core(&input.kind);
            if kind == "ID" {
                ways.push(way);
            } else if let Some(inner) = self.inputs_of(kind) {
                assert!(way.len() < 6, "inputs of {} nest without end", field.name);
                open.extend(inner.into_iter().map(|input| {
                    let deeper = way.iter().cloned().chain([input.name.clone()]);
                    (deeper.collect(), input)
                }));
            }
        }
        ways.sort();
        ways
    }

    /// The arguments of a field as text: all that are required, and the one that `aim` leads to.
    pub(super) fn arguments(&self, field: &Field, aim: &Aim<'_>) -> String {
        let given = field.arguments.iter().filter_map(|input| {
            let aim = aim.towards(&input.name);
            let value = || self.value(&input.kind, &input.name, &aim);
            (!input.is_optional || aim.is_meant()).then(|| format!("{}: {}", input.name, value()))
        });
        let given: Vec<String> = given.collect();
        if given.is_empty() {
            String::new()
        } else {
            format!("({})", given.join(", "))
        }
    }

    /// A value for the input `name`, of which `aim` tells what is meant.
    fn value(&self, kind: &Value, name: &str, aim: &Aim<'_>) -> String {
        let core = core(kind);
        match kind["kind"].as_str().unwrap() {
            "NON_NULL" => self.value(&kind["ofType"], name, aim),
            "LIST" => format!("[{}]", self.value(&kind["ofType"], name, aim)),
            "INPUT_OBJECT" => self.object(core, aim),
            "ENUM" => {
                let first = &self.types[core]["enumValues"][0]["name"];
                first.as_str().unwrap().to_owned()
            }
            _ if core == "ID" && aim.is_meant() => format!("\"{}\"", aim.id),
            _ if core == "ID" => format!("\"{}\"", (aim.sample)(name)),
            _ => scalar(core).to_owned(),
        }
    }

    fn object(&self, kind: &str, aim: &Aim<'_>) -> String {
        let inner = self.inputs_of(kind).unwrap();
        let is_one_of = self.types[kind]["isOneOf"] == true;
        let is_meant = |input: &Input| aim.towards(&input.name).is_meant();
        let chosen: Vec<&Input> = if is_one_of {
            let meant = inner.iter().find(|input| is_meant(input));
            meant.or(inner.first()).into_iter().collect()
        } else {
            let needed = inner.iter();
            needed
                .filter(|input| !input.is_optional || is_meant(input))
                .collect()
        };
        let values = chosen.iter().map(|input| {
            let value = self.value(&input.kind, &input.name, &aim.towards(&input.name));
            format!("{}: {value}", input.name)
        });
        format!("{{{}}}", values.collect::<Vec<_>>().join(", "))
    }

    /// What to select of a type to see what became of a request.
    pub(super) fn selection(&self, kind: &str) -> &'static str {
        let fields = self.types[kind]["fields"].as_array();
        let has = |name: &str| fields.is_some_and(|all| all.iter().any(|it| it["name"] == name));
        match self.types[kind]["kind"].as_str().unwrap() {
            "SCALAR" | "ENUM" => "",
            _ if has("userErrors") => "{ __typename userErrors { code message path } }",
            _ if has("nodes") => "{ nodes { __typename } totalCount }",
            _ => "{ __typename }",
        }
    }

    /// The fields that lead from the root of queries to an object of each type, the shortest way.
    pub(super) fn roads(&self) -> BTreeMap<String, Vec<Field>> {
        let mut roads = BTreeMap::from([("Query".to_owned(), Vec::new())]);
        let mut next = VecDeque::from(["Query".to_owned()]);
        while let Some(of) = next.pop_front() {
            for field in self.fields_of(&of) {
                if !roads.contains_key(&field.kind) && self.types[&field.kind]["kind"] == "OBJECT" {
                    let road: Vec<Field> =
                        roads[&of].iter().cloned().chain([field.clone()]).collect();
                    next.push_back(field.kind.clone());
                    roads.insert(field.kind, road);
                }
            }
        }
        roads
    }
}

/// The one input that a case is about, what goes there, and what goes elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Aim<'a> {
    /// The names that still lead to it; none when it is not ahead.
    pub(super) way: Option<&'a [String]>,
    pub(super) id: &'a str,
    /// An identifier for another input, by its name.
    pub(super) sample: &'a dyn Fn(&str) -> String,
}

impl<'a> Aim<'a> {
    /// The same, seen from the input `name`.
    fn towards(&self, name: &str) -> Self {
        let way = self.way.and_then(|way| {
            let (first, ahead) = way.split_first()?;
            (first == name).then_some(ahead)
        });
        Self { way, ..*self }
    }

    fn is_meant(&self) -> bool {
        self.way.is_some()
    }
}

fn inputs(list: &Value) -> Vec<Input> {
    let list = list.as_array().unwrap().iter();
    list.map(|input| Input {
        name: input["name"].as_str().unwrap().to_owned(),
        is_optional: input["type"]["kind"] != "NON_NULL" || !input["defaultValue"].is_null(),
        kind: input["type"].clone(),
    })
    .collect()
}

/// The named type inside lists and non-null marks.
fn core(kind: &Value) -> &str {
    if kind["ofType"].is_null() {
        kind["name"].as_str().unwrap()
    } else {
        core(&kind["ofType"])
    }
}

/// A value of a scalar that its rules admit.
fn scalar(kind: &str) -> &'static str {
    match kind {
        "Boolean" => "true",
        "DateTime" => "\"2026-03-01T00:00:00.000Z\"",
        "Float" | "Int" => "1",
        "JSON" => "{}",
        "LocalTime" => "\"02:00\"",
        "String" => "\"sample-of-a-text\"",
        "Secret" => "\"sample-of-a-secret\"",
        "TimeZone" => "\"UTC\"",
        "UUID" => "\"00000000-0000-4000-8000-000000000001\"",
        "BigInt" => "\"1\"",
        other => panic!("add a sample of the scalar {other}"),
    }
}

/// The prefix of what an input of a field names where a case is about something else.
pub(super) fn prefix_for(field: &str, input: &str) -> &'static str {
    match (field, input) {
        ("tenant", "id") | (_, "tenantId") => TenantId::PREFIX,
        ("backupSchedule" | "node" | "nodes", _) | (_, "scheduleId") => ScheduleId::PREFIX,
        ("backupScheduleRun", "id") | (_, "runId") => RunId::PREFIX,
        ("backupSet", "id") | ("backupSetDiff", _) | (_, "backupSetId") => BackupSetId::PREFIX,
        ("policy", "id") => PolicyId::PREFIX,
        (_, "apiTokenId") => ApiTokenId::PREFIX,
        (_, "memberId") => MemberId::PREFIX,
        (_, "userId") => UserId::PREFIX,
        (field, input) => panic!("say which object `{input}` of `{field}` names"),
    }
}

/// What the server says to a document, over whichever door it goes through: of a connection that is
/// not let in, the code that it is closed with. Subscriptions are those that are refused.
pub(super) async fn answer(client: &Client, document: &str) -> Value {
    if !document.starts_with("subscription") {
        let mut answer = client.ask(document, json!({})).await;
        // Nobody's clock moves meanwhile, so the next has fewer points left.
        answer["extensions"].take();
        return answer;
    }
    let mut socket = match client.try_socket().await {
        Ok(socket) => socket,
        Err(code) => return json!({"closed": code}),
    };
    socket.subscribe("1", document, json!({})).await;
    let message = socket.next().await;
    assert_eq!(message["type"], "error", "{document}: {message}");
    json!({"errors": message["payload"]})
}
