//! A page takes as many statements as it has kinds of fields, and not as it has rows.
//!
//! What is asked for is derived from the schema: every connection, and of its nodes every field that
//! needs no argument, with the fields of the objects that these point to. Connections within
//! nodes are lists of their own, one for each node, and are left out.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    num::NonZeroU32,
    sync::{Mutex, Once, OnceLock},
};

use diesel::{
    RunQueryDsl,
    connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation},
};
use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits},
    domain::{
        actor::{Actor, Component},
        global_id::GlobalId,
        ids::{BackupSetId, PolicyId, ScheduleId, TenantId},
        kind::PolicyKind,
        notification::{Stop, notice_of_stop},
        role::Role,
    },
    store::{DatabaseUrl, StoreError},
};
use uuid::Uuid;

use crate::support::{
    TestApp,
    client::{Api, Client},
};

/// Statements by database. Each test has its own.
fn counts() -> &'static Mutex<HashMap<String, usize>> {
    static COUNTS: OnceLock<Mutex<HashMap<String, usize>>> = OnceLock::new();
    COUNTS.get_or_init(Mutex::default)
}

thread_local! {
    /// What this thread connected to last: a connection is made before others than diesel count on it.
    static CONNECTED: RefCell<String> = RefCell::default();
}

/// Counts the statements of one connection to its database.
struct Count {
    url: String,
}

impl Default for Count {
    fn default() -> Self {
        Self {
            url: CONNECTED.with_borrow(String::clone),
        }
    }
}

impl Instrumentation for Count {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartEstablishConnection { url, .. } = event {
            url.clone_into(&mut self.url);
            CONNECTED.set(url.to_owned());
        } else if let InstrumentationEvent::StartQuery { query, .. } = event
            // A connection to PostgreSQL is set up, and asked whether it lives.
            && !is_check(&query.to_string())
        {
            let mut counts = counts().lock().unwrap();
            *counts.entry(self.url.clone()).or_default() += 1;
        }
    }
}

fn is_check(query: &str) -> bool {
    query.starts_with("SELECT 1 ") || query == "SELECT 1" || query.starts_with("SET ")
}

fn count_from_now_on() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_default_instrumentation(|| Some(Box::new(Count::default()))).unwrap();
    });
}

fn statements(app: &TestApp) -> usize {
    let url = match &app.database.url {
        DatabaseUrl::Sqlite(path) => path.to_string_lossy().into_owned(),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    // The store adds to a URL what it does not say.
    let counts = counts().lock().unwrap();
    let of_this = counts.iter().filter(|(known, _)| known.starts_with(&url));
    of_this.map(|(_, count)| count).sum()
}

/// Fields by type, as introspection tells them.
struct Schema(BTreeMap<String, Value>);

impl Schema {
    async fn read(client: &Client) -> Self {
        let of_type = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
        let query = format!(
            "{{ __schema {{ types {{ name kind fields {{
                name args {{ defaultValue type {{ kind }} }} type {{ {of_type} }}
            }} }} }} }}"
        );
        let data = client.data(&query, json!({})).await;
        let types = data["__schema"]["types"].as_array().unwrap();
        let named = |it: &Value| (it["name"].as_str().unwrap().to_owned(), it.clone());
        Self(types.iter().map(named).collect())
    }

    fn fields(&self, of: &str) -> &[Value] {
        self.0[of]["fields"].as_array().unwrap()
    }

    /// Every connection: the type it hangs at, its field, and the type of its nodes.
    fn connections(&self) -> Vec<(String, String, String)> {
        let mut found = Vec::new();
        for (owner, of) in &self.0 {
            for field in of["fields"].as_array().into_iter().flatten() {
                let (_, name) = innermost(&field["type"]);
                if let Some(node) = name.strip_suffix("Connection") {
                    let field = field["name"].as_str().unwrap();
                    found.push((owner.clone(), field.to_owned(), node.to_owned()));
                }
            }
        }
        found
    }

    /// Every field of a type that needs no argument, with those of what it points to.
    fn selection(&self, of: &str, depth: usize) -> String {
        let mut parts = Vec::new();
        for field in self.fields(of) {
            let name = field["name"].as_str().unwrap();
            let args = field["args"].as_array().unwrap().iter();
            let is_needed =
                |arg: &Value| arg["type"]["kind"] == "NON_NULL" && arg["defaultValue"].is_null();
            let (kind, inner) = innermost(&field["type"]);
            if args.clone().any(is_needed) || inner.ends_with("Connection") {
                continue;
            }
            match kind.as_str() {
                "OBJECT" if depth == 0 => {}
                "OBJECT" => match self.selection(&inner, depth - 1) {
                    inner if inner.is_empty() => {}
                    inner => parts.push(format!("{name} {{ {inner} }}")),
                },
                "INTERFACE" | "UNION" => parts.push(format!("{name} {{ __typename }}")),
                _ => parts.push(name.to_owned()),
            }
        }
        parts.join(" ")
    }
}

fn innermost(of: &Value) -> (String, String) {
    match &of["ofType"] {
        Value::Null => {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&of["kind"]), text(&of["name"]))
        }
        inner @ (Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_)) => innermost(inner),
    }
}

/// How a document gets to the type that connections hang at.
struct Owners {
    tenant: TenantId,
    schedule: ScheduleId,
    /// A set whose items differ from those of `set`.
    earlier: BackupSetId,
    set: BackupSetId,
    policy: PolicyId,
}

impl Owners {
    fn around(&self, owner: &str, list: &str) -> String {
        let by = |field: &str, id: String| format!("{{ {field}(id: \"{id}\") {{ {list} }} }}");
        match owner {
            "Viewer" => format!("{{ viewer {{ {list} }} }}"),
            "Tenant" => by("tenant", self.tenant.to_global()),
            "BackupSchedule" => by("backupSchedule", self.schedule.to_global()),
            "BackupSet" => by("backupSet", self.set.to_global()),
            "Policy" => by("policy", self.policy.to_global()),
            "BackupSetDiff" => {
                let (base, target) = (self.earlier.to_global(), self.set.to_global());
                format!(
                    "{{ backupSetDiff(baseId: \"{base}\", targetId: \"{target}\") {{ {list} }} }}"
                )
            }
            other => panic!("say here how a document gets to {other}"),
        }
    }
}

/// Rows of a table that are copied, and what differs in a copy.
struct Template {
    table: &'static str,
    from: String,
    differs: Vec<(&'static str, String)>,
}

fn copy(table: &'static str, from: String, differs: &[(&'static str, String)]) -> Template {
    Template {
        table,
        from,
        differs: differs.to_vec(),
    }
}

/// The earlier set, and the run that made it.
fn earlier_set(base: &Owners, run: &str) -> [Template; 2] {
    let made_by = Uuid::from_u64_pair(0x0199_0000_0000_7000 + 16, 0);
    let set = base.set.as_uuid();
    let id = format!("'{}'", base.earlier.as_uuid());
    let differs = [("id", id), ("run_id", format!("'{made_by}'"))];
    [
        copy(
            "runs",
            format!("id = '{run}'"),
            &[("id", format!("'{made_by}'"))],
        ),
        copy("backup_sets", format!("id = '{set}'"), &differs),
    ]
}

/// One row more of everything that a connection lists.
fn rows(n: u64, base: &Owners, run: &str, person: &str) -> Vec<Template> {
    let own = |what: u64| format!("'{}'", Uuid::from_u64_pair(0x0199_0000_0000_7000 + what, n));
    let at = format!("'2026-02-01 00:{:02}:{:02}'", n / 60, n % 60);
    let (name, folded) = (format!("'Copy {n}'"), format!("'copy {n}'"));
    let by_id = |id: Uuid| format!("id = '{id}'");
    let (tenant, schedule) = (by_id(base.tenant.as_uuid()), by_id(base.schedule.as_uuid()));
    let (set, run) = (by_id(base.set.as_uuid()), format!("id = '{run}'"));
    let policy = base.policy.as_uuid();
    let earlier = format!("'{}'", base.earlier.as_uuid());
    let item = format!(
        "set_id = '{}' AND policy_id = '{policy}'",
        base.set.as_uuid()
    );
    let of_tenant = format!("tenant_id = '{}'", base.tenant.as_uuid());
    let names = [("name", name), ("name_folded", folded)];
    let with_names = |more: &[(&'static str, String)]| [&names[..], more].concat();
    vec![
        copy(
            "runs",
            run.clone(),
            &[("id", own(1)), ("created_at", at.clone())],
        ),
        copy(
            "schedules",
            schedule,
            &with_names(&[("id", own(2)), ("last_run_id", own(1))]),
        ),
        copy(
            "runs",
            run,
            &[
                ("id", own(3)),
                ("schedule_id", own(2)),
                ("status", "'QUEUED'".to_owned()),
                ("finished_at", "NULL".to_owned()),
            ],
        ),
        copy(
            "backup_sets",
            set,
            &[("id", own(4)), ("run_id", own(1)), ("created_at", at)],
        ),
        copy(
            "policies",
            by_id(policy),
            &[("id", own(5)), ("graph_id", own(5))],
        ),
        copy(
            "backup_items",
            item.clone(),
            &[("id", own(6)), ("policy_id", own(5)), ("graph_id", own(5))],
        ),
        // In each set it was something else.
        copy(
            "backup_items",
            item.clone(),
            &[
                ("id", own(7)),
                ("set_id", own(4)),
                ("state_hash", format!("'{n:064x}'")),
            ],
        ),
        copy(
            "backup_items",
            item,
            &[
                ("id", own(15)),
                ("set_id", earlier),
                ("policy_id", own(5)),
                ("graph_id", own(5)),
                ("state_hash", format!("'{n:064x}'")),
            ],
        ),
        copy(
            "tenants",
            tenant,
            &with_names(&[("id", own(8)), ("entra_tenant_id", own(8))]),
        ),
        copy(
            "users",
            format!("id = '{person}'"),
            &[("id", own(9)), ("subject", own(9))],
        ),
        copy(
            "members",
            format!(
                "user_id = '{person}' AND tenant_id = '{}'",
                base.tenant.as_uuid()
            ),
            &[("id", own(10)), ("tenant_id", own(8))],
        ),
        copy(
            "members",
            format!(
                "user_id = '{person}' AND tenant_id = '{}'",
                base.tenant.as_uuid()
            ),
            &[("id", own(11)), ("user_id", own(9))],
        ),
        copy("audit_log", of_tenant.clone(), &[("id", own(12))]),
        copy(
            "api_tokens",
            of_tenant.clone(),
            &with_names(&[("id", own(13)), ("key_id", own(13))]),
        ),
        copy("notifications", of_tenant, &[("id", own(14))]),
    ]
}

impl Template {
    fn statement(&self, columns: &[String]) -> String {
        let value = |column: &String| {
            let differs = self.differs.iter().find(|(name, _)| name == column);
            differs.map_or_else(|| column.clone(), |(_, value)| value.clone())
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {table} WHERE {} LIMIT 1",
            columns.join(", "),
            values.join(", "),
            self.from,
            table = self.table,
        )
    }
}

async fn columns(app: &TestApp, table: &str) -> Vec<String> {
    let query = match &app.database.url {
        DatabaseUrl::Sqlite(_) => format!("SELECT name AS line FROM pragma_table_info('{table}')"),
        DatabaseUrl::Postgres(_) => format!(
            "SELECT column_name::text AS line FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = '{table}'"
        ),
    };
    app.lines(&query).await
}

/// A hundred rows of everything.
async fn filled(app: &TestApp, base: &Owners, run: &str, person: &str) {
    let mut statements = Vec::new();
    let mut known: HashMap<&str, Vec<String>> = HashMap::new();
    for n in 0..100 {
        let earlier = (n == 0).then(|| earlier_set(base, run));
        for template in earlier
            .into_iter()
            .flatten()
            .chain(rows(n, base, run, person))
        {
            if !known.contains_key(template.table) {
                known.insert(template.table, columns(app, template.table).await);
            }
            statements.push(template.statement(&known[template.table]));
        }
    }
    app.write(move |db, _| {
        for statement in statements {
            assert_eq!(diesel::sql_query(&statement).execute(db)?, 1, "{statement}");
        }
        Ok(())
    })
    .await;
}

/// Statements of one page.
async fn cost(
    app: &TestApp,
    client: &Client,
    document: &str,
    list: [&str; 2],
    size: usize,
) -> usize {
    let document = document.replace("$SIZE", &size.to_string());
    let before = statements(app);
    let answer = client.ask(&document, json!({})).await;
    let after = statements(app);
    assert_eq!(answer["errors"], Value::Null, "{document}: {answer:#}");
    let [owner, field] = list;
    let data = answer["data"].as_object().unwrap().values().next().unwrap();
    let found = data[field]["nodes"].as_array().unwrap().len();
    assert_eq!(found, size, "fill {owner}.{field} with a hundred rows");
    after - before
}

/// Tries for a page whose rows are all loaded together. Rows that are not ready within a millisecond
/// make a statement of their own, which on a slow machine some are.
const TRIES: usize = 20;

#[actix_rt::test]
async fn a_page_of_a_hundred_takes_as_many_statements_as_one_of_one() {
    count_from_now_on();
    let app = TestApp::start().await;
    let api = Api::with(
        &app,
        ApiSettings {
            limits: Limits {
                complexity: 1_000_000,
                selections: 10_000,
                answer_values: 10_000_000,
                requests_per_minute: NonZeroU32::MAX,
                points_per_minute: NonZeroU32::MAX,
                ..Limits::default()
            },
            ..ApiSettings::default()
        },
    )
    .await;
    let client = api.member(&app, app.tenant(), "olivia", Role::Owner).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let run = app.backed_up(&schedule).await;
    let set = app.set_of(&run).await.unwrap();
    let item = app.items(&set).await.remove(0);
    let base = Owners {
        tenant: app.tenant(),
        schedule: schedule.id,
        earlier: BackupSetId::mint(),
        set: set.id,
        policy: item.policy,
    };
    let person = app
        .lines("SELECT user_id AS line FROM members")
        .await
        .remove(0);
    api.client(&app, app.tenant(), Role::Readonly).await;
    let stop = notice_of_stop(
        app.tenant(),
        schedule.id,
        "Nightly",
        Stop::Disabled,
        Actor::System(Component::CommandLine),
    );
    let told = app.store.write_telling(move |_, notices, _| {
        notices.push(stop);
        Ok::<_, StoreError>(())
    });
    told.await.unwrap();
    filled(&app, &base, &run.id.as_uuid().to_string(), &person).await;
    let schema = Schema::read(&client).await;
    let connections = schema.connections();
    assert!(connections.len() >= 8, "{connections:?}");
    for (owner, field, node) in connections {
        let selection = schema.selection(&node, 1);
        let list = format!(
            "{field}(first: $SIZE) {{ totalCount pageInfo {{ endCursor }} nodes {{ {selection} }} }}"
        );
        let document = base.around(&owner, &list);
        let list = [owner.as_str(), field.as_str()];
        let of_one = cost(&app, &client, &document, list, 1).await;
        assert!((2..40).contains(&of_one), "{list:?}: {of_one}");
        for size in [10, 100] {
            let mut counts = Vec::new();
            while !counts.iter().any(|count| *count <= of_one) {
                assert!(
                    counts.len() < TRIES,
                    "{list:?}: {of_one}, {counts:?}: {document}"
                );
                counts.push(cost(&app, &client, &document, list, size).await);
            }
        }
    }
}
