//! A stranger's object is exactly a missing one: at every place of the schema where an identifier
//! goes in, with an object of every type.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenantatlas::{
    domain::{
        actor::{Actor, Component},
        global_id::GlobalId,
        ids::{
            ApiTokenId, AuditEntryId, BackupItemId, BackupSetId, MemberId, NotificationId,
            PolicyId, RunId, ScheduleId, TenantId, UserId,
        },
        kind::PolicyKind,
        notification::{Stop, notice_of_stop},
        role::Role,
    },
    store::StoreError,
};

use super::contract::{Aim, Contract, Field};
use crate::support::{
    Setup, TestApp,
    client::{Api, Client, codes, id},
};

/// Objects of one tenant, by the prefix of their identifiers.
struct Objects(Vec<String>);

impl Objects {
    async fn of(app: &TestApp, api: &Api, tenant: TenantId, token: ApiTokenId, who: &str) -> Self {
        let member = api.membership(app, tenant, who, Role::Owner).await;
        let person = format!("SELECT user_id AS line FROM members WHERE id = '{member}'");
        let person: UserId = app.lines(&person).await[0].parse().unwrap();
        let schedule = app
            .schedule_of(tenant, "Nightly", &[PolicyKind::SettingsCatalog])
            .await;
        let run = app.backed_up(&schedule).await;
        let set = app.set_of(&run).await.expect("a set");
        let item = app.items(&set).await.remove(0);
        let stop = notice_of_stop(
            tenant,
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
        let first = async |table: &str| {
            let query = format!("SELECT id AS line FROM {table} WHERE tenant_id = '{tenant}'");
            app.lines(&query).await.remove(0)
        };
        let notification: NotificationId = first("notifications").await.parse().unwrap();
        let entry: AuditEntryId = first("audit_log").await.parse().unwrap();
        Self(vec![
            id(notification),
            id(entry),
            id(tenant),
            id(schedule.id),
            id(run.id),
            id(set.id),
            id(item.id),
            id(item.policy),
            id(token),
            id(member),
            id(person),
        ])
    }

    /// Those of no tenant at all.
    fn missing() -> Self {
        Self(vec![
            id(NotificationId::mint()),
            id(AuditEntryId::mint()),
            id(TenantId::mint()),
            id(ScheduleId::mint()),
            id(RunId::mint()),
            id(BackupSetId::mint()),
            id(BackupItemId::mint()),
            id(PolicyId::mint()),
            id(ApiTokenId::mint()),
            id(MemberId::mint()),
            id(UserId::mint()),
        ])
    }

    fn beginning_with(&self, prefix: &str) -> String {
        let found = self
            .0
            .iter()
            .find(|id| id.starts_with(&format!("{prefix}_")));
        found.expect("an object of each type").clone()
    }
}

/// The object of the caller's own that another input of the same field names.
fn own_for(own: &Objects, field: &str, input: &str) -> String {
    let prefix = match (field, input) {
        ("tenant", "id") | (_, "tenantId") => TenantId::PREFIX,
        ("backupSchedule", "id") | (_, "scheduleId") => ScheduleId::PREFIX,
        ("backupScheduleRun", "id") | (_, "runId") => RunId::PREFIX,
        ("backupSet", "id") | (_, "backupSetId") => BackupSetId::PREFIX,
        ("policy", "id") => PolicyId::PREFIX,
        ("node" | "nodes", _) => ScheduleId::PREFIX,
        (_, "apiTokenId") => ApiTokenId::PREFIX,
        (_, "memberId") => MemberId::PREFIX,
        (_, "userId") => UserId::PREFIX,
        (field, input) => panic!("say which object `{input}` of `{field}` names"),
    };
    own.beginning_with(prefix)
}

#[actix_rt::test]
async fn at_every_place_for_an_identifier() {
    let app = TestApp::with(Setup {
        tenants: 2,
        ..Setup::default()
    })
    .await;
    let api = Api::serve(&app).await;
    let (mine, foreign) = (app.tenants[0], app.tenants[1]);
    let client = api.client(&app, mine, Role::Owner).await;
    let stranger = api.client(&app, foreign, Role::Owner).await;
    let own = client.id.expect("a token");
    let own = Objects::of(&app, &api, mine, own, "olivia").await;
    let theirs = stranger.id.expect("a token");
    let theirs = Objects::of(&app, &api, foreign, theirs, "stranger").await;
    let missing = Objects::missing();
    for client in [client, api.person("olivia")] {
        everywhere(&client, [&own, &theirs, &missing]).await;
    }
}

async fn everywhere(client: &Client, [own, theirs, missing]: [&Objects; 3]) {
    let contract = Contract::ask(client).await;
    let roads = contract.roads();
    let mut places = 0;
    for field in contract.fields() {
        for way in contract.ways_of_ids(&field) {
            places += 1;
            let place = format!("{}.{} {}", field.of, field.name, way.join("."));
            let mut seen = Vec::new();
            for (one, other) in theirs.0.iter().zip(&missing.0) {
                let document = |id: &str| document(&contract, &roads, &field, &way, id, own);
                let (one, other) = (document(one), document(other));
                let (one, other) = (answer(client, &one).await, answer(client, &other).await);
                assert_eq!(one, other, "{place}");
                let is_valid = codes(&one) != ["GRAPHQL_VALIDATION_FAILED"];
                assert!(is_valid, "{place}: {one:#}");
                seen.push(one);
            }
            let is_refused = |answer: &Value| codes(answer) == ["INVALID_ID"];
            assert!(
                !seen.iter().all(is_refused),
                "{place} takes no identifier at all: {seen:#?}"
            );
        }
    }
    assert!(places > 20, "{places}");
}

/// A request for a field, on the way to which everything is the caller's own.
fn document(
    contract: &Contract,
    roads: &BTreeMap<String, Vec<Field>>,
    field: &Field,
    way: &[String],
    id: &str,
    own: &Objects,
) -> String {
    let call = |field: &Field, way: Option<&[String]>| {
        let sample = |input: &str| own_for(own, &field.name, input);
        let sample = &sample;
        let arguments = contract.arguments(field, &Aim { way, id, sample });
        format!("{}{arguments}", field.name)
    };
    let asked = format!(
        "{} {}",
        call(field, Some(way)),
        contract.selection(&field.kind)
    );
    let (operation, road) = match field.of.as_str() {
        "Mutation" => ("mutation", &[][..]),
        "Subscription" => ("subscription", &[][..]),
        of => ("query", roads[of].as_slice()),
    };
    let nested = road.iter().rev().fold(asked, |inner, field| {
        format!("{} {{ {inner} }}", call(field, None))
    });
    format!("{operation} {{ {nested} }}")
}

/// What the server says to a document, over whichever door it goes through.
async fn answer(client: &Client, document: &str) -> Value {
    if !document.starts_with("subscription") {
        let mut answer = client.ask(document, json!({})).await;
        // Nobody's clock moves meanwhile, so the next has fewer points left.
        answer["extensions"].take();
        return answer;
    }
    let mut socket = client.socket().await;
    socket.subscribe("1", document, json!({})).await;
    let message = socket.next().await;
    assert_eq!(message["type"], "error", "{document}: {message}");
    json!({"errors": message["payload"]})
}
