//! Members: who sees them, who changes them, and that a tenant keeps an owner.

use serde_json::{Value, json};
use tenantatlas::{
    api::ApiSettings,
    domain::{
        actor::{Actor, Component},
        ids::{MemberId, TenantId, UserId},
        role::Role,
    },
    oidc::IssuerDraft,
    store::members,
};

use crate::support::{
    Setup, TestApp,
    client::{Api, Client, document_of, id, issuer},
};

const LIST: &str = "query($id: ID!, $filter: TenantMemberFilter, $order: TenantMemberOrder) {
    tenant(id: $id) { members(filter: $filter, orderBy: $order) {
        totalCount nodes { id role user { id displayName } addedBy { displayName } }
    } } }";

/// A tenant with an owner.
async fn scene() -> (TestApp, Api, Client) {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let olivia = api.member(&app, app.tenant(), "olivia", Role::Owner).await;
    (app, api, olivia)
}

fn subject(api: &Api, login: &str) -> Value {
    let people = api.issuer.people();
    let person = people.iter().find(|person| person.login == login).unwrap();
    json!({"oidcUser": {"issuer": api.issuer.url(), "subject": person.subject}})
}

async fn names(client: &Client, tenant: TenantId, filter: Value, order: Value) -> Vec<String> {
    let variables = json!({"id": id(tenant), "filter": filter, "order": order});
    let data = client.data(LIST, variables).await;
    let list = &data["tenant"]["members"];
    let nodes = list["nodes"].as_array().unwrap();
    assert_eq!(list["totalCount"], nodes.len());
    let name = |node: &Value| node["user"]["displayName"].as_str().unwrap().to_owned();
    nodes.iter().map(name).collect()
}

async fn whose(client: &Client) -> Value {
    let data = client.data("{ viewer { user { id } } }", json!({})).await;
    data["viewer"]["user"]["id"].clone()
}

fn fault(code: &str, path: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), path.to_owned())]
}

#[actix_rt::test]
async fn members_are_listed_found_and_sorted_for_managers() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    api.membership(&app, tenant, "rita", Role::Readonly).await;
    let marco = api.member(&app, tenant, "marco", Role::Manager).await;
    let by = |field: &str, way: &str| json!({"field": field, "direction": way});
    let none = || json!({});
    for (filter, order, expected) in [
        (none(), by("NAME", "ASC"), vec!["Marco", "Olivia", "Rita"]),
        (none(), by("ROLE", "DESC"), vec!["Olivia", "Marco", "Rita"]),
        (
            none(),
            by("CREATED_AT", "ASC"),
            vec!["Olivia", "Rita", "Marco"],
        ),
        (
            json!({"search": "RITA@contoso"}),
            by("NAME", "ASC"),
            vec!["Rita"],
        ),
        (
            json!({"search": "mancini"}),
            by("NAME", "ASC"),
            vec!["Marco"],
        ),
        (
            json!({"roles": ["OWNER", "READONLY"]}),
            by("NAME", "ASC"),
            vec!["Olivia", "Rita"],
        ),
    ] {
        let found = names(&marco, tenant, filter, order.clone()).await;
        let first = |name: &String| name.split(' ').next().unwrap().to_owned();
        assert_eq!(
            found.iter().map(first).collect::<Vec<_>>(),
            expected,
            "{order}"
        );
    }
    let token = api.client(&app, tenant, Role::Manager).await;
    assert_eq!(
        names(&token, tenant, none(), by("NAME", "ASC")).await.len(),
        3
    );
    drop(olivia);
}

#[actix_rt::test]
async fn below_a_manager_the_list_is_null_and_the_refusal_written_down() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    let rita = api.membership(&app, tenant, "rita", Role::Readonly).await;
    let oscar = api.member(&app, tenant, "oscar", Role::Operator).await;
    let query = "query($id: ID!) { tenant(id: $id) { name members { totalCount } } }";
    let answer = oscar.ask(query, json!({"id": id(tenant)})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(answer["data"]["tenant"]["members"], Value::Null);
    assert_ne!(answer["data"]["tenant"]["name"], Value::Null);
    let denied = "action = 'READ' AND outcome = 'DENIED' AND actor_name = 'Oscar Petrov'";
    assert_eq!(app.count("audit_log", denied).await, 1);

    let node = |member: MemberId| format!("{{ node(id: \"{}\") {{ id }} }}", id(member));
    assert_eq!(oscar.codes(&node(rita), json!({})).await, ["FORBIDDEN"]);
    let found = olivia.data(&node(rita), json!({})).await;
    assert_eq!(found["node"]["id"], id(rita));
    let own = api.person("rita").data(&node(rita), json!({})).await;
    assert_eq!(own["node"]["id"], id(rita));
}

#[actix_rt::test]
async fn somebody_is_added_changed_and_removed_at_once() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    let marco = api.person("marco");
    let sees = async || {
        let query = format!("{{ tenant(id: \"{}\") {{ viewerRole }} }}", id(tenant));
        marco.ask(&query, json!({})).await["data"]["tenant"]["viewerRole"].take()
    };
    assert_eq!(sees().await, Value::Null);
    let input = json!({
        "tenantId": id(tenant), "principal": subject(&api, "marco"), "role": "OPERATOR",
    });
    let added = olivia.change("addTenantMember", input.clone()).await;
    let member = &added["member"];
    assert_eq!(member["user"]["displayName"], "Marco Mancini");
    assert_eq!(member["addedBy"]["displayName"], "Olivia Owens");
    assert_eq!(sees().await, "OPERATOR");
    let again = olivia.faults("addTenantMember", input).await;
    assert_eq!(again, fault("ALREADY_EXISTS", "input.principal"));

    let change = json!({"memberId": member["id"], "role": "MANAGER"});
    let changed = olivia.change("updateTenantMember", change.clone()).await;
    assert_eq!(changed["member"]["role"], "MANAGER");
    olivia.change("updateTenantMember", change).await;
    assert_eq!(sees().await, "MANAGER");

    let gone = json!({"memberId": member["id"]});
    let removed = olivia.change("removeTenantMember", gone.clone()).await;
    assert_eq!(removed["removedMemberId"], member["id"]);
    assert_eq!(sees().await, Value::Null);
    let again = olivia.faults("removeTenantMember", gone).await;
    assert_eq!(again, fault("NOT_FOUND", "input.memberId"));

    let log = "SELECT action || ' ' || target_name || ' ' || changes AS line FROM audit_log \
               WHERE action LIKE 'MEMBER%' ORDER BY id";
    let log = app.lines(log).await;
    assert_eq!(log.len(), 3, "{log:#?}");
    let role =
        |before: &str, after: &str| format!("\"role\":{{\"after\":{after},\"before\":{before}}}");
    for (line, action, change) in [
        (
            &log[0],
            "MEMBER_ADDED Marco Mancini",
            role("null", "\"OPERATOR\""),
        ),
        (
            &log[1],
            "MEMBER_ROLE_CHANGED Marco Mancini",
            role("\"OPERATOR\"", "\"MANAGER\""),
        ),
        (
            &log[2],
            "MEMBER_REMOVED Marco Mancini",
            role("\"MANAGER\"", "null"),
        ),
    ] {
        assert!(line.starts_with(action) && line.contains(&change), "{line}");
    }
}

#[actix_rt::test]
async fn the_last_owner_can_neither_go_nor_step_down() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    let marco = api.membership(&app, tenant, "marco", Role::Manager).await;
    let own = app
        .lines("SELECT id AS line FROM members WHERE role = 'OWNER'")
        .await;
    let own = id(own[0].parse::<MemberId>().unwrap());
    let down = json!({"memberId": own, "role": "MANAGER"});
    let last = fault("LAST_OWNER", "input.memberId");
    assert_eq!(
        olivia.faults("updateTenantMember", down.clone()).await,
        last
    );
    assert_eq!(
        olivia
            .faults("removeTenantMember", json!({"memberId": own}))
            .await,
        last
    );

    let up = json!({"memberId": id(marco), "role": "OWNER"});
    olivia.change("updateTenantMember", up).await;
    assert_eq!(olivia.faults("updateTenantMember", down).await, []);
    // A manager may leave, but not send others away.
    let document = document_of("removeTenantMember");
    let other = json!({"input": {"memberId": id(marco)}});
    assert_eq!(olivia.codes(&document, other).await, ["FORBIDDEN"]);
    assert_eq!(
        olivia
            .faults("removeTenantMember", json!({"memberId": own}))
            .await,
        []
    );
    let denied = "action = 'MEMBER_REMOVED' AND outcome = 'DENIED'";
    assert_eq!(app.count("audit_log", denied).await, 1);
}

#[actix_rt::test]
async fn owners_who_remove_each_other_at_once_leave_one() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    let member = app.lines("SELECT id AS line FROM members").await;
    let olivia_s = id(member[0].parse::<MemberId>().unwrap());
    for round in 0..5 {
        let marco_s = api.membership(&app, tenant, "marco", Role::Owner).await;
        let marco = api.person("marco");
        let document = document_of("updateTenantMember");
        let down = |member: &str| json!({"input": {"memberId": member, "role": "MANAGER"}});
        let (marco_s, first) = (id(marco_s), down(&olivia_s));
        tokio::join!(
            olivia.ask(&document, down(&marco_s)),
            marco.ask(&document, first),
        );
        assert_eq!(app.count("members", "role = 'OWNER'").await, 1, "{round}");
        app.execute("DELETE FROM members WHERE user_id NOT IN (SELECT id FROM users WHERE display_name LIKE 'Olivia%')").await;
        app.execute("UPDATE members SET role = 'OWNER'").await;
    }
}

#[actix_rt::test]
async fn people_are_named_by_what_cannot_be_mistaken() {
    let app = TestApp::with(Setup {
        tenants: 2,
        ..Setup::default()
    })
    .await;
    let issuer = issuer(&app);
    let directory = "11111111-1111-4111-8111-111111111111";
    let drafts = [
        IssuerDraft {
            issuer: Some(issuer.url()),
            audience: Some("tenantatlas".to_owned()),
            ..IssuerDraft::default()
        },
        IssuerDraft {
            issuer: Some(issuer.directory_url("{tenantid}")),
            audience: Some("tenantatlas".to_owned()),
            allowed_tenants: Some(vec![directory.to_owned()]),
            ..IssuerDraft::default()
        },
    ];
    let entra = issuer.directory_url(directory);
    let api = Api::with_issuer(&app, ApiSettings::default(), issuer, &drafts).await;
    let (tenant, elsewhere) = (app.tenants[0], app.tenants[1]);
    let olivia = api.member(&app, tenant, "olivia", Role::Owner).await;
    let stranger = api.member(&app, elsewhere, "stranger", Role::Owner).await;
    let add = |principal: Value| json!({"tenantId": id(tenant), "principal": principal, "role": "READONLY"});
    let object = "33333333-3333-4333-8333-333333333333";
    let of_entra =
        |tenant: &str| json!({"entraUser": {"entraTenantId": tenant, "objectId": object}});
    let oidc =
        |issuer: &str, subject: &str| json!({"oidcUser": {"issuer": issuer, "subject": subject}});
    let place = |end: &str| format!("input.principal.{end}");
    let own = format!("{}/", api.issuer.url());
    for (principal, expected) in [
        (
            of_entra(object),
            vec![("INVALID_VALUE", place("entraUser.entraTenantId"))],
        ),
        (
            oidc(&own, " "),
            vec![
                ("INVALID_VALUE", place("oidcUser.issuer")),
                ("BLANK", place("oidcUser.subject")),
            ],
        ),
        (
            oidc(&entra, &"x".repeat(256)),
            vec![
                ("INVALID_VALUE", place("oidcUser.issuer")),
                ("TOO_LONG", place("oidcUser.subject")),
            ],
        ),
        (
            json!({"userId": whose(&stranger).await}),
            vec![("NOT_FOUND", place("userId"))],
        ),
        (
            json!({"userId": id(UserId::mint())}),
            vec![("NOT_FOUND", place("userId"))],
        ),
    ] {
        let found = olivia
            .faults("addTenantMember", add(principal.clone()))
            .await;
        let found: Vec<_> = found
            .iter()
            .map(|(code, path)| (code.as_str(), path.clone()))
            .collect();
        assert_eq!(found, expected, "{principal}");
    }
    let added = olivia
        .change("addTenantMember", add(of_entra(directory)))
        .await;
    assert_eq!(added["member"]["user"]["displayName"], object);
    let known = "SELECT issuer AS line FROM users WHERE subject LIKE '3333%'";
    assert_eq!(app.lines(known).await, [entra]);
    // Whoever shares a tenant with the caller can be named by ID.
    api.membership(&app, elsewhere, "olivia", Role::Readonly)
        .await;
    let principal = json!({"userId": whose(&stranger).await});
    let added = olivia.change("addTenantMember", add(principal)).await;
    assert_eq!(added["member"]["role"], "READONLY");
    let both = json!({"userId": id(UserId::mint()), "oidcUser": {"issuer": own, "subject": "x"}});
    let document = document_of("addTenantMember");
    let codes = olivia.codes(&document, json!({"input": add(both)})).await;
    assert_eq!(codes, ["GRAPHQL_VALIDATION_FAILED"]);
}

#[actix_rt::test]
async fn a_tenant_has_so_many_members_and_no_more() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    app.write(move |db, now| {
        let by = Actor::System(Component::CommandLine);
        for number in 1..500 {
            let subject = number.to_string();
            let user = members::make_known(db, "https://elsewhere.example", &subject, now)?;
            let (id, role) = (MemberId::mint(), Role::Readonly);
            members::insert(db, id, tenant, user.id, role, &by, now)?;
        }
        Ok(())
    })
    .await;
    assert_eq!(app.count("members", "1 = 1").await, 500);
    let input = json!({
        "tenantId": id(app.tenant()), "principal": subject(&api, "rita"), "role": "READONLY",
    });
    let full = olivia.faults("addTenantMember", input).await;
    assert_eq!(full, fault("LIMIT_REACHED", ""));
}

#[actix_rt::test]
async fn roles_below_an_owner_and_tokens_change_nobody() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    let rita = api.membership(&app, tenant, "rita", Role::Readonly).await;
    let marco = api.member(&app, tenant, "marco", Role::Manager).await;
    let token = api.client(&app, tenant, Role::Owner).await;
    for (mutation, input) in [
        (
            "addTenantMember",
            json!({"tenantId": id(tenant), "principal": subject(&api, "oscar"), "role": "READONLY"}),
        ),
        (
            "updateTenantMember",
            json!({"memberId": id(rita), "role": "OWNER"}),
        ),
        ("removeTenantMember", json!({"memberId": id(rita)})),
    ] {
        for client in [&marco, &token] {
            let answer = client
                .codes(&document_of(mutation), json!({"input": input}))
                .await;
            assert_eq!(answer, ["FORBIDDEN"], "{mutation}");
        }
        let foreign = api.person("stranger").faults(mutation, input.clone()).await;
        let path = if mutation == "addTenantMember" {
            "input.tenantId"
        } else {
            "input.memberId"
        };
        assert_eq!(foreign, fault("NOT_FOUND", path), "{mutation}");
    }
    assert_eq!(app.count("members", "1 = 1").await, 3);
    drop(olivia);
}
