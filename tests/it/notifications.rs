//! Notifications: who is told what, who has read it, and how every window of a person knows.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use futures_util::FutureExt;
use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits, SocketLimits},
    domain::{
        global_id::GlobalId,
        ids::{NotificationId, TenantId, UserId},
        kind::PolicyKind,
        notification::{Audience, Notice, NotificationKind, Subject},
        role::Role,
        run::Trigger,
        schedule::Schedule,
    },
    store::{StoreError, streams},
};

use crate::support::{
    Setup, TestApp, by_hand,
    client::{Api, Client, Socket, codes, document_of, id},
    dispatch_only,
};

const LIST: &str =
    "query($first: Int, $after: String, $filter: NotificationFilter, $order: NotificationOrder) {
    viewer {
        unreadNotificationCount
        notifications(first: $first, after: $after, filter: $filter, orderBy: $order) {
            totalCount
            pageInfo { hasNextPage endCursor }
            nodes {
                id kind severity title body createdAt readAt
                tenant { id }
                subject { __typename ... on Node { id } }
            }
        }
    }
}";

const EVENTS: &str = "subscription($tenant: ID, $after: String) {
    notificationEvents(tenantId: $tenant, after: $after) {
        cursor kind unreadCount notification { id kind title tenant { id } }
    }
}";

/// A server that looks often, so that no test waits.
async fn served(app: &TestApp) -> Api {
    let settings = ApiSettings {
        limits: Limits {
            sockets: SocketLimits {
                poll: Duration::from_millis(50),
                ..SocketLimits::default()
            },
            ..Limits::default()
        },
        ..ApiSettings::default()
    };
    Api::with(app, settings).await
}

async fn two_tenants() -> TestApp {
    TestApp::with(Setup {
        tenants: 2,
        workers: dispatch_only(),
        ..Setup::default()
    })
    .await
}

async fn list(client: &Client, variables: Value) -> Value {
    let mut data = client.data(LIST, variables).await;
    let mut page = data["viewer"]["notifications"].take();
    page["unread"] = data["viewer"]["unreadNotificationCount"].take();
    page
}

fn all<'a>(page: &'a Value, member: &str) -> Vec<&'a str> {
    let nodes = page["nodes"].as_array().unwrap().iter();
    nodes.map(|node| node[member].as_str().unwrap()).collect()
}

/// Tells everybody who can act in a tenant something, as the service does.
async fn tell(app: &TestApp, tenant: TenantId, title: &str) {
    let notice = Notice {
        tenant,
        kind: NotificationKind::RunMissed,
        title: title.to_owned(),
        body: String::new(),
        subject: Subject::Tenant(tenant),
        audience: Audience::Operators { starter: None },
    };
    let told = app.store.write_telling(move |_, notices, _| {
        notices.push(notice);
        Ok::<_, StoreError>(())
    });
    told.await.unwrap();
}

async fn event(socket: &mut Socket) -> Value {
    let mut message = socket.next().await;
    assert_eq!(message["type"], "next", "{message:#}");
    message["payload"]["data"]["notificationEvents"].take()
}

fn told(event: &Value) -> (&str, i64, Option<&str>) {
    assert!(event["cursor"].is_string(), "{event:#}");
    let kind = event["kind"].as_str().unwrap();
    let unread = event["unreadCount"].as_i64().unwrap();
    (kind, unread, event["notification"]["title"].as_str())
}

/// The cursor of whoever has seen all that was told so far. Only events carry one, and a subscription
/// without it begins whenever the server gets to it: from here on, nothing is missed.
async fn newest(app: &TestApp, client: &Client) -> Value {
    let data = client.data("{ viewer { user { id } } }", json!({})).await;
    let person = data["viewer"]["user"]["id"].as_str().unwrap();
    let person = UserId::from_global(person).unwrap();
    let place = app.read(move |db| streams::position(db, person)).await;
    json!(URL_SAFE_NO_PAD.encode(format!("1.{person}.{place}")))
}

/// A subscription that is told whatever happens from now on.
async fn following(app: &TestApp, client: &Client, tenant: Option<TenantId>) -> Socket {
    let after = newest(app, client).await;
    let variables = json!({"tenant": tenant.map(id), "after": after});
    let mut socket = client.socket().await;
    socket.subscribe("1", EVENTS, variables).await;
    socket
}

/// A schedule of the first tenant that went through everything that people are told of without
/// a run being carried out.
async fn troubled(app: &TestApp, manager: &Client) -> Schedule {
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let run = app.queue(&schedule, Trigger::Manual).await;
    app.tick_at("2026-03-03T01:00:00Z").await;
    app.ask_to_stop(&run).await;
    app.pass(TimeDelta::seconds(1));
    app.tick_at("2026-03-04T03:00:00Z").await;
    app.pass(TimeDelta::seconds(1));
    manager
        .change(
            "disableBackupSchedule",
            json!({"scheduleId": id(schedule.id)}),
        )
        .await;
    schedule
}

#[actix_rt::test]
async fn people_are_told_what_happens_in_their_tenants() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let tenant = app.tenant();
    app.clock
        .set(crate::support::instant("2026-03-04T02:30:00Z"));
    let manager = api.client(&app, tenant, Role::Manager).await;
    app.clock.set(crate::support::start_of_time());
    for (login, role) in [("olivia", Role::Operator), ("rita", Role::Readonly)] {
        api.member(&app, tenant, login, role).await;
    }
    let schedule = troubled(&app, &manager).await;
    let (olivia, rita) = (api.person("olivia"), api.person("rita"));
    let page = list(&olivia, json!({})).await;
    let found: Vec<(&str, &str)> = all(&page, "kind")
        .into_iter()
        .zip(all(&page, "severity"))
        .collect();
    assert_eq!(
        found,
        [
            ("SCHEDULE_STOPPED", "WARNING"),
            ("RUN_MISSED", "WARNING"),
            ("RUN_CANCELLED", "INFO"),
            ("RUN_SKIPPED", "WARNING"),
        ]
    );
    assert_eq!(
        (&page["unread"], &page["totalCount"]),
        (&json!(4), &json!(4))
    );
    let subjects: Vec<&Value> = page["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| &node["subject"])
        .collect();
    assert_eq!(
        *subjects[0],
        json!({"__typename": "BackupSchedule", "id": id(schedule.id)})
    );
    assert_eq!(
        *subjects[1],
        json!({"__typename": "Tenant", "id": id(tenant)})
    );
    assert_eq!(subjects[2]["__typename"], "BackupScheduleRun");
    let stopped = &page["nodes"][0];
    assert_eq!(
        stopped["title"],
        "Schedule \u{201c}Nightly\u{201d} was disabled"
    );
    assert!(
        stopped["body"]
            .as_str()
            .unwrap()
            .starts_with("By automation.")
    );
    assert_eq!(stopped["tenant"]["id"], id(tenant));
    // Whoever can only look is not told.
    assert_eq!(list(&rita, json!({})).await["totalCount"], 0);
    // One's own is found by its identifier, that of another person is missing.
    let node = "query($id: ID!) { node(id: $id) { ... on Notification { kind } } }";
    let own = json!({"id": stopped["id"]});
    let data = olivia.data(node, own.clone()).await;
    assert_eq!(data["node"]["kind"], "SCHEDULE_STOPPED");
    for other in [&rita, &manager_at(&api, &app).await] {
        let theirs = other.ask(node, own.clone()).await;
        let missing = json!({"id": id(NotificationId::mint())});
        let missing = other.ask(node, missing).await;
        assert_eq!(
            (&theirs["data"], &theirs["errors"]),
            (&missing["data"], &missing["errors"])
        );
        assert_eq!(codes(&theirs), ["NOT_FOUND"]);
    }
}

/// A token that holds now.
async fn manager_at(api: &Api, app: &TestApp) -> Client {
    api.client(app, app.tenant(), Role::Manager).await
}

#[actix_rt::test]
async fn whoever_stops_a_schedule_is_not_told_of_it() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let tenant = app.tenant();
    let marco = api.member(&app, tenant, "marco", Role::Manager).await;
    let olivia = api.member(&app, tenant, "olivia", Role::Operator).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    app.queue(&schedule, Trigger::Manual).await;
    let input = json!({"scheduleId": id(schedule.id)});
    marco.change("disableBackupSchedule", input.clone()).await;
    // Disabling what is disabled is nothing.
    marco.change("disableBackupSchedule", input.clone()).await;
    app.pass(TimeDelta::seconds(1));
    marco.change("deleteBackupSchedule", input).await;
    let page = list(&olivia, json!({"order": {"field": "CREATED_AT"}})).await;
    let mut kinds = all(&page, "kind");
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["RUN_CANCELLED", "SCHEDULE_STOPPED", "SCHEDULE_STOPPED"]
    );
    let titles = all(&page, "title");
    assert!(
        titles.iter().any(|title| title.ends_with("was deleted")),
        "{titles:?}"
    );
    assert_eq!(
        all(&list(&marco, json!({})).await, "kind"),
        ["RUN_CANCELLED"]
    );
}

#[actix_rt::test]
async fn whoever_starts_a_run_is_told_that_it_succeeded() {
    let app = TestApp::working(by_hand()).await;
    let api = served(&app).await;
    let tenant = app.tenant();
    let marco = api.member(&app, tenant, "marco", Role::Manager).await;
    let olivia = api.member(&app, tenant, "olivia", Role::Operator).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let run = json!({"scheduleId": id(schedule.id), "idempotencyKey": "by-hand-1"});
    olivia.change("runBackupScheduleNow", run).await;
    app.quiet(&schedule).await;
    let page = list(&olivia, json!({})).await;
    assert_eq!(all(&page, "kind"), ["RUN_SUCCEEDED"]);
    assert_eq!(all(&page, "severity"), ["INFO"]);
    assert_eq!(list(&marco, json!({})).await["totalCount"], 0);
}

#[actix_rt::test]
async fn a_list_is_read_in_pages_and_by_what_one_looks_for() {
    let app = two_tenants().await;
    let api = served(&app).await;
    let [here, there] = [app.tenants[0], app.tenants[1]];
    api.member(&app, here, "olivia", Role::Operator).await;
    let olivia = api.member(&app, there, "olivia", Role::Owner).await;
    for (tenant, title) in [(here, "1"), (there, "2"), (here, "3")] {
        tell(&app, tenant, title).await;
        app.pass(TimeDelta::seconds(1));
    }
    let first = list(&olivia, json!({"first": 2})).await;
    assert_eq!(all(&first, "title"), ["3", "2"]);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = first["pageInfo"]["endCursor"].clone();
    let rest = list(&olivia, json!({"after": after})).await;
    assert_eq!(all(&rest, "title"), ["1"]);
    let ids = json!([first["nodes"][0]["id"]]);
    olivia
        .change("markNotifications", json!({"ids": ids}))
        .await;
    for (filter, expected) in [
        (json!({"isRead": true}), vec!["3"]),
        (json!({"isRead": false}), vec!["2", "1"]),
        (json!({"tenantIds": [id(here)]}), vec!["3", "1"]),
        (json!({"tenantIds": [id(TenantId::mint())]}), vec![]),
        (json!({"tenantIds": [id(here)], "isRead": false}), vec!["1"]),
        (json!({"kinds": ["RUN_MISSED"]}), vec!["3", "2", "1"]),
        (json!({"kinds": ["RUN_FAILED"]}), vec![]),
        (
            json!({"severities": ["WARNING", "ERROR"]}),
            vec!["3", "2", "1"],
        ),
        (json!({"severities": ["INFO"]}), vec![]),
    ] {
        let page = list(&olivia, json!({"filter": filter})).await;
        assert_eq!(all(&page, "title"), expected, "{filter}");
        assert_eq!(page["totalCount"], expected.len(), "{filter}");
    }
    let count = "query($id: ID!) { viewer { unreadNotificationCount(tenantId: $id) } }";
    for (tenant, expected) in [(here, 1), (there, 1)] {
        let data = olivia.data(count, json!({"id": id(tenant)})).await;
        assert_eq!(data["viewer"]["unreadNotificationCount"], expected);
    }
    let stranger = json!({"id": id(TenantId::mint())});
    assert_eq!(olivia.codes(count, stranger).await, ["NOT_FOUND"]);
    // What a newer server makes is not shown, and breaks nothing.
    app.tamper("UPDATE notifications SET kind = 'PLANET_MOVED' WHERE title = '2'".to_owned())
        .await;
    app.tamper("UPDATE notifications SET subject_kind = 'PLANET' WHERE title = '1'".to_owned())
        .await;
    let page = list(&olivia, json!({})).await;
    assert_eq!(all(&page, "title"), ["3", "1"]);
    assert_eq!(page["nodes"][1]["subject"], Value::Null);
    assert_eq!(page["unread"], 1);
}

#[actix_rt::test]
async fn notifications_of_a_tenant_go_with_the_membership_and_come_back_with_it() {
    let app = two_tenants().await;
    let api = served(&app).await;
    let [here, there] = [app.tenants[0], app.tenants[1]];
    api.member(&app, here, "olivia", Role::Operator).await;
    let olivia = api.member(&app, there, "olivia", Role::Operator).await;
    tell(&app, here, "here").await;
    tell(&app, there, "there").await;
    let page = list(&olivia, json!({})).await;
    let theirs = page["nodes"][0]["id"].clone();
    assert_eq!(page["nodes"][0]["title"], "there");
    app.tamper(format!("DELETE FROM members WHERE tenant_id = '{there}'"))
        .await;
    let page = list(&olivia, json!({})).await;
    assert_eq!(all(&page, "title"), ["here"]);
    assert_eq!(
        (&page["unread"], &page["totalCount"]),
        (&json!(1), &json!(1))
    );
    let faults = olivia
        .faults("markNotifications", json!({"ids": [theirs]}))
        .await;
    assert_eq!(faults, [("NOT_FOUND".to_owned(), "input.ids.0".to_owned())]);
    // Nor is it marked with the others.
    let all_read = olivia.change("markAllNotificationsRead", json!({})).await;
    assert_eq!(
        (&all_read["markedCount"], &all_read["unreadCount"]),
        (&json!(1), &json!(0))
    );
    api.member(&app, there, "olivia", Role::Readonly).await;
    let unread = json!({"filter": {"isRead": false}});
    assert_eq!(all(&list(&olivia, unread).await, "title"), ["there"]);
}

#[actix_rt::test]
async fn marking_says_what_is_wrong_and_changes_only_what_is_not_so_yet() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let olivia = api
        .member(&app, app.tenant(), "olivia", Role::Operator)
        .await;
    tell(&app, app.tenant(), "1").await;
    app.pass(TimeDelta::milliseconds(1));
    tell(&app, app.tenant(), "2").await;
    let page = list(&olivia, json!({"order": {"field": "CREATED_AT"}})).await;
    let ids: Vec<&str> = all(&page, "id");
    let missing = id(NotificationId::mint());
    for (ids, expected) in [
        (json!([]), ("REQUIRED", "input.ids")),
        (json!(vec![ids[0]; 101]), ("TOO_MANY_VALUES", "input.ids")),
        (json!([ids[0], missing]), ("NOT_FOUND", "input.ids.1")),
    ] {
        let payload = olivia
            .change("markNotifications", json!({"ids": ids}))
            .await;
        let error = &payload["userErrors"][0];
        assert_eq!(error["code"], expected.0);
        let path: Vec<&str> = error["path"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| part.as_str().unwrap())
            .collect();
        assert_eq!(path.join("."), expected.1);
        assert_eq!(
            (&payload["notifications"], &payload["unreadCount"]),
            (&json!([]), &json!(2))
        );
    }
    let document = document_of("markNotifications");
    let malformed = json!({"input": {"ids": ["run_1"]}});
    assert_eq!(olivia.codes(&document, malformed).await, ["INVALID_ID"]);
    // In the order asked for; again changes nothing, not even the instant.
    let both = json!({"ids": [ids[1], ids[0]]});
    let read = olivia.change("markNotifications", both.clone()).await;
    let order: Vec<&Value> = read["notifications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(order, [ids[1], ids[0]]);
    assert_eq!(read["unreadCount"], 0);
    let events = app.count("notification_events", "1 = 1").await;
    app.pass(TimeDelta::seconds(1));
    let again = olivia.change("markNotifications", both).await;
    assert_eq!(again["notifications"], read["notifications"]);
    assert_eq!(app.count("notification_events", "1 = 1").await, events);
    let unread = json!({"ids": [ids[0]], "isRead": false});
    let unread = olivia.change("markNotifications", unread).await;
    assert_eq!(unread["notifications"][0]["readAt"], Value::Null);
    assert_eq!(unread["unreadCount"], 1);
}

#[actix_rt::test]
async fn everything_is_marked_up_to_the_millisecond_that_a_client_has_seen() {
    let app = two_tenants().await;
    let api = served(&app).await;
    let [here, there] = [app.tenants[0], app.tenants[1]];
    api.member(&app, here, "olivia", Role::Operator).await;
    let olivia = api.member(&app, there, "olivia", Role::Operator).await;
    // Finer than clients are told.
    app.pass(TimeDelta::microseconds(250));
    tell(&app, here, "seen").await;
    let page = list(&olivia, json!({})).await;
    let seen = page["nodes"][0]["createdAt"].clone();
    app.pass(TimeDelta::milliseconds(1));
    tell(&app, here, "later").await;
    tell(&app, there, "elsewhere").await;
    let marked = olivia
        .change("markAllNotificationsRead", json!({"upTo": seen}))
        .await;
    assert_eq!(
        (&marked["markedCount"], &marked["unreadCount"]),
        (&json!(1), &json!(2))
    );
    let marked = olivia
        .change("markAllNotificationsRead", json!({"tenantId": id(there)}))
        .await;
    assert_eq!(
        (&marked["markedCount"], &marked["unreadCount"]),
        (&json!(1), &json!(1))
    );
    let stranger = json!({"tenantId": id(TenantId::mint())});
    let faults = olivia.faults("markAllNotificationsRead", stranger).await;
    assert_eq!(
        faults,
        [("NOT_FOUND".to_owned(), "input.tenantId".to_owned())]
    );
    let events = app.count("notification_events", "1 = 1").await;
    let nothing = json!({"tenantId": id(there)});
    let marked = olivia.change("markAllNotificationsRead", nothing).await;
    assert_eq!(marked["markedCount"], 0);
    assert_eq!(app.count("notification_events", "1 = 1").await, events);
}

#[actix_rt::test]
async fn every_window_of_a_person_is_told_at_once_and_in_order() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let olivia = api
        .member(&app, app.tenant(), "olivia", Role::Operator)
        .await;
    let mut one = following(&app, &olivia, None).await;
    let mut other = following(&app, &olivia, None).await;
    tell(&app, app.tenant(), "News").await;
    let mut cursor = Value::Null;
    for window in [&mut one, &mut other] {
        let made = event(window).await;
        assert_eq!(told(&made), ("CREATED", 1, Some("News")));
        assert_eq!(made["notification"]["tenant"]["id"], id(app.tenant()));
        cursor = made["cursor"].clone();
    }
    olivia.change("markAllNotificationsRead", json!({})).await;
    for window in [&mut one, &mut other] {
        assert_eq!(told(&event(window).await), ("READ_STATE_CHANGED", 0, None));
    }
    drop((one, other));
    // Whoever comes back hears the rest, then goes on.
    tell(&app, app.tenant(), "Meanwhile").await;
    let mut back = olivia.socket().await;
    back.subscribe("1", EVENTS, json!({"after": cursor})).await;
    assert_eq!(
        told(&event(&mut back).await),
        ("READ_STATE_CHANGED", 0, None)
    );
    assert_eq!(
        told(&event(&mut back).await),
        ("CREATED", 1, Some("Meanwhile"))
    );
    tell(&app, app.tenant(), "Now").await;
    assert_eq!(told(&event(&mut back).await), ("CREATED", 2, Some("Now")));
    // What was lost has to be fetched anew, from a cursor that holds.
    app.tamper("DELETE FROM notification_events".to_owned())
        .await;
    let mut lost = olivia.socket().await;
    lost.subscribe("1", EVENTS, json!({"after": cursor})).await;
    let resync = event(&mut lost).await;
    assert_eq!(told(&resync), ("RESYNC_REQUIRED", 2, None));
    tell(&app, app.tenant(), "After").await;
    assert_eq!(told(&event(&mut lost).await), ("CREATED", 3, Some("After")));
    let mut again = olivia.socket().await;
    again
        .subscribe("1", EVENTS, json!({"after": resync["cursor"]}))
        .await;
    assert_eq!(
        told(&event(&mut again).await),
        ("CREATED", 3, Some("After"))
    );
}

#[actix_rt::test]
async fn without_a_cursor_only_what_happens_from_now_on_is_told() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let olivia = api
        .member(&app, app.tenant(), "olivia", Role::Operator)
        .await;
    tell(&app, app.tenant(), "0").await;
    let mut socket = olivia.socket().await;
    socket.subscribe("1", EVENTS, json!({})).await;
    // When it begins is the server's business, so more happens until one is heard of.
    let mut made = 0;
    let mut message = loop {
        made += 1;
        tell(&app, app.tenant(), &made.to_string()).await;
        if let Some(message) = socket.next().now_or_never() {
            break message;
        }
    };
    let first = message["payload"]["data"]["notificationEvents"].take();
    let first: u64 = told(&first).2.unwrap().parse().unwrap();
    assert!((1..=made).contains(&first), "{first} of {made}");
    // From there on, each is told.
    for n in first + 1..=made {
        assert_eq!(told(&event(&mut socket).await).2, Some(&*n.to_string()));
    }
}

#[actix_rt::test]
async fn what_other_servers_do_is_heard_as_well() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let olivia = api
        .member(&app, app.tenant(), "olivia", Role::Operator)
        .await;
    let mut socket = following(&app, &olivia, None).await;
    // A server with a store of its own announces nothing here.
    let elsewhere = app.opened_again();
    let tenant = app.tenant();
    let notice = Notice {
        tenant,
        kind: NotificationKind::RunFailed,
        title: "From afar".to_owned(),
        body: String::new(),
        subject: Subject::Tenant(tenant),
        audience: Audience::Operators { starter: None },
    };
    let told_there = elsewhere.write_telling(move |_, notices, _| {
        notices.push(notice);
        Ok::<_, StoreError>(())
    });
    told_there.await.unwrap();
    assert_eq!(told(&event(&mut socket).await).2, Some("From afar"));
}

#[actix_rt::test]
async fn a_subscription_to_a_tenant_ends_with_the_membership() {
    let app = two_tenants().await;
    let api = served(&app).await;
    let [here, there] = [app.tenants[0], app.tenants[1]];
    api.member(&app, here, "olivia", Role::Operator).await;
    let olivia = api.member(&app, there, "olivia", Role::Operator).await;
    let mut socket = following(&app, &olivia, Some(here)).await;
    let mut whole = following(&app, &olivia, None).await;
    tell(&app, there, "there").await;
    assert_eq!(told(&event(&mut whole).await).2, Some("there"));
    tell(&app, here, "here").await;
    // Of the one tenant only.
    assert_eq!(told(&event(&mut socket).await).2, Some("here"));
    assert_eq!(told(&event(&mut whole).await).2, Some("here"));
    app.tamper(format!("DELETE FROM members WHERE tenant_id = '{here}'"))
        .await;
    let ended = socket.next().await;
    assert_eq!(ended["type"], "error");
    assert_eq!(ended["payload"][0]["extensions"]["code"], "NOT_FOUND");
    // The connection stays, and so does what is about all tenants; of that one nothing is told, not
    // even what happened before.
    socket
        .subscribe("2", "{ viewer { __typename } }", json!({}))
        .await;
    assert_eq!(socket.next().await["type"], "next");
    tell(&app, there, "still there").await;
    assert_eq!(told(&event(&mut whole).await).2, Some("still there"));
}

#[actix_rt::test]
async fn a_subscription_that_is_refused_ends_with_an_error() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let olivia = api
        .member(&app, app.tenant(), "olivia", Role::Operator)
        .await;
    let marco = api
        .member(&app, app.tenant(), "marco", Role::Operator)
        .await;
    let theirs = newest(&app, &marco).await;
    let token = manager_at(&api, &app).await;
    for (client, variables, code) in [
        (
            &olivia,
            json!({"tenant": id(TenantId::mint())}),
            "NOT_FOUND",
        ),
        (&olivia, json!({"tenant": "ten_1"}), "INVALID_ID"),
        (&olivia, json!({"after": "x"}), "INVALID_CURSOR"),
        // That of another person.
        (&olivia, json!({"after": theirs}), "INVALID_CURSOR"),
        (&token, json!({}), "FORBIDDEN"),
    ] {
        let mut socket = client.socket().await;
        socket.subscribe("1", EVENTS, variables.clone()).await;
        let message = socket.next().await;
        assert_eq!(message["type"], "error", "{variables}");
        let found = &message["payload"][0]["extensions"]["code"];
        assert_eq!(found, code, "{variables}");
    }
}

#[actix_rt::test]
async fn automations_have_no_notifications() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let olivia = api
        .member(&app, app.tenant(), "olivia", Role::Operator)
        .await;
    tell(&app, app.tenant(), "For people").await;
    let token = manager_at(&api, &app).await;
    let page = list(&token, json!({})).await;
    assert_eq!(
        (&page["unread"], &page["totalCount"]),
        (&json!(0), &json!(0))
    );
    let ids = json!([list(&olivia, json!({})).await["nodes"][0]["id"]]);
    for (mutation, input) in [
        ("markNotifications", json!({"ids": ids})),
        ("markAllNotificationsRead", json!({})),
    ] {
        let answer = token
            .ask(&document_of(mutation), json!({"input": input}))
            .await;
        assert_eq!(codes(&answer), ["FORBIDDEN"], "{mutation}");
    }
    assert_eq!(app.audited(app.tenant(), "READ").await, 2);
    assert_eq!(list(&olivia, json!({})).await["unread"], 1);
}
