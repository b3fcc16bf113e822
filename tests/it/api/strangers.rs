//! A stranger's object is exactly a missing one: at every place of the schema where an identifier
//! goes in, with an object of every type.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenantatlas::{
    domain::{
        actor::{Actor, Component},
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

use super::contract::{Aim, Contract, Field, answer, prefix_for};
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
                seen.push(one);
            }
            // Those that are no identifiers of this place's.
            seen.retain(|answer| codes(answer) != ["INVALID_ID"]);
            assert!(!seen.is_empty(), "{place} takes no identifier at all");
            let is_for_people = client.id.is_some()
                && FOR_PEOPLE.contains(&(&field.name, way.last().map_or("", String::as_str)));
            let is_filter = way.first().is_some_and(|name| name == "filter");
            for answer in seen {
                let is_right = if is_for_people {
                    codes(&answer) == ["FORBIDDEN"]
                } else if is_filter {
                    codes(&answer).is_empty() && is_empty_list(&answer["data"])
                } else {
                    is_missing(&answer, &field.name)
                };
                assert!(is_right, "{place}: {answer:#}");
            }
        }
    }
    assert!(places > 20, "{places}");
}

/// Where tokens are refused before anybody looks at the object: inside a tenant of their own, or with
/// what is of no tenant.
const FOR_PEOPLE: [(&str, &str); 4] = [
    ("addTenantMember", "userId"),
    ("markAllNotificationsRead", "tenantId"),
    ("markNotifications", "ids"),
    ("notificationEvents", "tenantId"),
];

/// Whether an answer says that the object is not there, and nothing else.
fn is_missing(answer: &Value, field: &str) -> bool {
    let faults = answer["data"][field]["userErrors"].as_array();
    let faults: Vec<&Value> = faults.into_iter().flatten().collect();
    match (codes(answer).as_slice(), faults.as_slice()) {
        ([code], []) => code == "NOT_FOUND",
        ([], [fault]) => fault["code"] == "NOT_FOUND",
        _ => false,
    }
}

/// Whether the list that a chain of single fields leads to has nothing in it.
fn is_empty_list(data: &Value) -> bool {
    if data["nodes"].is_array() {
        return *data == json!({"nodes": [], "totalCount": 0});
    }
    let inner = data.as_object().and_then(|fields| fields.values().next());
    inner.is_some_and(is_empty_list)
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
        let sample = |input: &str| own.beginning_with(prefix_for(&field.name, input));
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
