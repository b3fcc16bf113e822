//! A tenant with ten thousand of everything, as copies of what one backup made.

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use serde_json::json;
use tenantatlas::{
    clock::{Clock, SystemClock},
    domain::{
        actor::{Actor, Component},
        api_token::{ApiToken, TokenText},
        capture::Content,
        global_id::GlobalId,
        ids::{ApiTokenId, BackupItemId, BackupSetId, PolicyId, RunId, ScheduleId, TenantId},
        role::Role,
    },
    store::{
        Db, Store, StoreError, api_tokens,
        contents::{self, Packed},
    },
};

/// What requests name.
pub(crate) struct Filled {
    pub(crate) token: String,
    pub(crate) tenant: String,
    pub(crate) schedule: String,
    pub(crate) run: String,
    pub(crate) set: String,
    pub(crate) policy: String,
    pub(crate) items: Vec<String>,
}

/// How many of each.
const ROWS: usize = 10_000;

/// Runs in which a hundred objects of every kind have failed.
const FAILED_RUNS: usize = 30;

/// Bytes of the largest payloads, and how many there are.
const PAYLOAD: usize = 5_000_000;
const PAYLOADS: usize = 10;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(db: &mut Db, query: &str) -> Vec<String> {
    let rows: Vec<Line> = sql_query(query).load(db).unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

fn first(db: &mut Db, query: &str) -> String {
    lines(db, query).remove(0)
}

/// Copies the row that `from` names, with other values in some columns; `i` counts the copies.
fn copies(db: &mut Db, table: &str, from: &str, count: usize, differs: &[(&str, &str)]) {
    let columns = lines(
        db,
        &format!("SELECT name AS line FROM pragma_table_info('{table}')"),
    );
    let value = |column: &String| {
        let own = differs.iter().find(|(name, _)| name == column);
        own.map_or_else(|| format!("t.{column}"), |(_, value)| (*value).to_owned())
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let statement = format!(
        "INSERT INTO {table} ({}) WITH RECURSIVE n(i) AS \
         (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         SELECT {} FROM n, (SELECT * FROM {table} WHERE {from} LIMIT 1) t",
        columns.join(", "),
        values.join(", ")
    );
    sql_query(statement).execute(db).unwrap();
}

const AT: &str = "datetime('2025-01-01', '+' || i || ' minutes')";

/// Identifiers of one kind of copies.
fn own(what: u8) -> String {
    format!("printf('01990000-000{what}-7000-8000-%012d', i)")
}

pub(crate) async fn fill(store: &Store) -> Filled {
    let filled = store.write(|db, _| Ok::<_, StoreError>(fill_tables(db)));
    filled.await.unwrap()
}

fn fill_tables(db: &mut Db) -> Filled {
    let run = first(
        db,
        "SELECT run_id AS line FROM backup_sets ORDER BY item_count DESC",
    );
    let of_run = |column: &str, table: &str, by: &str| {
        format!("SELECT {column} AS line FROM {table} WHERE {by} = '{run}'")
    };
    let tenant = first(db, &of_run("tenant_id", "runs", "id"));
    let schedule = first(db, &of_run("schedule_id", "runs", "id"));
    let set = first(db, &of_run("id", "backup_sets", "run_id"));
    let item = first(
        db,
        &format!(
            "SELECT id AS line FROM backup_items WHERE set_id = '{set}' AND references_hash IS NOT NULL"
        ),
    );
    let policy = first(
        db,
        &format!("SELECT policy_id AS line FROM backup_items WHERE id = '{item}'"),
    );
    let by = |id: &str| format!("id = '{id}'");
    let (runs, sets, policies) = (own(1), own(2), own(3));
    copies(
        db,
        "runs",
        &by(&run),
        ROWS,
        &[("id", &runs), ("created_at", AT), ("slot", "NULL")],
    );
    copies(
        db,
        "backup_sets",
        &by(&set),
        ROWS,
        &[("id", &sets), ("run_id", &runs), ("created_at", AT)],
    );
    let name = "printf('A policy with a name of some length, number %d', i)";
    copies(
        db,
        "policies",
        &by(&policy),
        ROWS,
        &[
            ("id", &policies),
            ("graph_id", &policies),
            ("name", name),
            ("name_folded", name),
        ],
    );
    copies(
        db,
        "backup_items",
        &by(&item),
        ROWS,
        &[
            ("id", &own(4)),
            ("policy_id", &policies),
            ("graph_id", &policies),
            ("name", name),
            ("name_folded", name),
        ],
    );
    copies(
        db,
        "backup_items",
        &by(&item),
        ROWS,
        &[("id", &own(5)), ("set_id", &sets)],
    );
    copies(
        db,
        "schedules",
        &by(&schedule),
        200,
        &[
            ("id", &own(6)),
            ("name", name),
            ("name_folded", name),
            ("last_run_id", &runs),
        ],
    );
    records(db, &run);
    let owner: TenantId = tenant.parse().unwrap();
    payloads(db, owner, &set);
    let items = lines(
        db,
        &format!("SELECT id AS line FROM backup_items WHERE set_id = '{set}' LIMIT 100"),
    );
    Filled {
        token: token(db, owner),
        tenant: owner.to_global(),
        schedule: schedule.parse::<ScheduleId>().unwrap().to_global(),
        run: run.parse::<RunId>().unwrap().to_global(),
        set: set.parse::<BackupSetId>().unwrap().to_global(),
        policy: policy.parse::<PolicyId>().unwrap().to_global(),
        items: items
            .iter()
            .map(|id| id.parse::<BackupItemId>().unwrap().to_global())
            .collect(),
    }
}

/// The completeness records of the newest runs, and what failed in some of them.
fn records(db: &mut Db, run: &str) {
    let newest =
        |count: usize| format!("SELECT id FROM runs ORDER BY created_at DESC LIMIT {count}");
    sql_query(format!(
        "INSERT OR IGNORE INTO run_kinds (run_id, kind, status, listed_count, item_count, reused_count, \
         failed_count, vanished_count, payload_bytes, request_count, error_code, error_message) SELECT r.id, k.kind, k.status, k.listed_count, k.item_count, \
         k.reused_count, 100, k.vanished_count, k.payload_bytes, k.request_count, 'UNKNOWN', \
         'the same sentence for everything that went wrong' FROM ({}) r, run_kinds k \
         WHERE k.run_id = '{run}'",
        newest(100)
    ))
    .execute(db)
    .unwrap();
    sql_query(format!(
        "UPDATE run_kinds SET failed_count = 100 WHERE run_id = '{run}'"
    ))
    .execute(db)
    .unwrap();
    sql_query(format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) \
         INSERT INTO run_failures (run_id, kind, place, graph_id, name, error_code, error_message) SELECT r.id, k.kind, i, NULL, 'A policy with a name of some length', \
         'UNKNOWN', 'the same sentence for everything that went wrong' \
         FROM ({}) r, (SELECT DISTINCT kind FROM run_kinds) k, n",
        newest(FAILED_RUNS)
    ))
    .execute(db)
    .unwrap();
}

/// Items whose payloads are as large as they come.
fn payloads(db: &mut Db, tenant: TenantId, set: &str) {
    let settings: Vec<String> = (0..PAYLOAD / 50)
        .map(|n| format!("setting {n:08} of a policy that is large"))
        .collect();
    let content = Content::of(&json!({"settings": settings}));
    let packed = Packed::new(&content).unwrap();
    contents::put(db, tenant, &[packed], SystemClock.now()).unwrap();
    sql_query(format!(
        "UPDATE backup_items SET payload_hash = '{}', payload_bytes = {} WHERE id IN \
         (SELECT id FROM backup_items WHERE set_id = '{set}' ORDER BY name_folded, id LIMIT {PAYLOADS})",
        content.hash,
        content.bytes.len()
    ))
    .execute(db)
    .unwrap();
}

fn token(db: &mut Db, tenant: TenantId) -> String {
    let id = ApiTokenId::mint();
    let text = TokenText::new(id, [7; 32]);
    let now = SystemClock.now();
    let token = ApiToken {
        id,
        tenant,
        key_id: text.key_id().to_owned(),
        secret_hash: text.secret_hash(),
        name: "Hostile".parse().unwrap(),
        role: Role::Manager,
        created_at: now,
        created_by: Actor::System(Component::CommandLine),
        expires_at: now + chrono::TimeDelta::days(1),
        last_used_at: None,
        revoked_at: None,
    };
    api_tokens::insert(db, &token).unwrap();
    text.reveal()
}
