//! Lists are walked from one end to the other, and every row comes once.

use serde_json::{Value, json};
use tenantatlas::domain::{kind::PolicyKind, role::Role};

use crate::support::{
    TestApp,
    client::{Api, Client, id},
};

/// Everything that a list holds, in its order, walked in pages of a size.
async fn walked(client: &Client, tenant: &str, list: &str, order: &str, size: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut after = Value::Null;
    loop {
        let query = format!(
            "query($id: ID!, $after: String) {{ tenant(id: $id) {{
                {list}(first: {size}, after: $after, orderBy: {order}) {{
                    nodes {{ id }} totalCount
                    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
                }}
            }} }}"
        );
        let data = client
            .data(&query, json!({"id": tenant, "after": after}))
            .await;
        let page = &data["tenant"][list];
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        rows.extend(
            page["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["id"].clone()),
        );
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], rows.len());
            return rows;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[actix_rt::test]
async fn every_order_is_walked_without_a_gap_and_backwards_it_is_the_reverse() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let tenant = id(app.tenant());
    for name in ["delta", "Alpha", "charlie", "Bravo", "echo"] {
        let schedule = app.schedule(name, &[PolicyKind::SettingsCatalog]).await;
        if name != "echo" {
            app.backed_up(&schedule).await;
            app.pass(chrono::TimeDelta::seconds(1));
        }
    }
    // Two that wait for nothing, which come last or first.
    app.execute(
        "UPDATE schedules SET enabled = FALSE, next_run_at = NULL, next_date = NULL, \
         dispatch_at = NULL, tzdb = NULL WHERE name_folded IN ('alpha', 'echo')",
    )
    .await;
    for (list, fields) in [
        (
            "backupSchedules",
            vec!["NAME", "CREATED_AT", "LAST_RUN_AT", "NEXT_RUN_AT"],
        ),
        (
            "backupRuns",
            vec!["CREATED_AT", "STARTED_AT", "FINISHED_AT"],
        ),
        ("backupSets", vec!["CREATED_AT", "DELETED_AT"]),
        ("policies", vec!["NAME", "GRAPH_MODIFIED_AT", "TYPE"]),
    ] {
        for field in fields {
            let order = |direction| format!("{{field: {field}, direction: {direction}}}");
            let whole = walked(&client, &tenant, list, &order("ASC"), 100).await;
            assert!(whole.len() >= 4, "{list}");
            for size in [1, 2, 3] {
                let paged = walked(&client, &tenant, list, &order("ASC"), size).await;
                assert_eq!(paged, whole, "{list} by {field} in pages of {size}");
            }
            let mut backwards = walked(&client, &tenant, list, &order("DESC"), 2).await;
            backwards.reverse();
            assert_eq!(backwards, whole, "{list} by {field}");
        }
    }
}

#[actix_rt::test]
async fn names_are_ordered_without_regard_to_case_and_the_absent_comes_last() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    for name in ["bravo", "Alpha", "Charlie"] {
        app.schedule(name, &[PolicyKind::SettingsCatalog]).await;
    }
    app.execute(
        "UPDATE schedules SET enabled = FALSE, next_run_at = NULL, next_date = NULL, \
         dispatch_at = NULL, tzdb = NULL WHERE name_folded = 'alpha'",
    )
    .await;
    for (order, expected) in [
        (
            "{field: NAME, direction: ASC}",
            ["Alpha", "bravo", "Charlie"],
        ),
        (
            "{field: NAME, direction: DESC}",
            ["Charlie", "bravo", "Alpha"],
        ),
        (
            "{field: NEXT_RUN_AT, direction: ASC}",
            ["bravo", "Charlie", "Alpha"],
        ),
    ] {
        let query = format!(
            "query($id: ID!) {{ tenant(id: $id) {{ backupSchedules(orderBy: {order}) {{ nodes {{ name }} }} }} }}"
        );
        let data = client.data(&query, json!({"id": id(app.tenant())})).await;
        let nodes = data["tenant"]["backupSchedules"]["nodes"]
            .as_array()
            .unwrap();
        let names: Vec<&str> = nodes
            .iter()
            .map(|node| node["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{order}");
    }
}

#[actix_rt::test]
async fn a_list_can_be_entered_from_its_end() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    for number in 1..=5 {
        app.schedule(&format!("s{number}"), &[PolicyKind::SettingsCatalog])
            .await;
    }
    let query = "query($id: ID!, $before: String) { tenant(id: $id) {
        backupSchedules(last: 2, before: $before) {
            edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor }
        }
    } }";
    let mut before = Value::Null;
    for (names, has_next, has_previous) in [
        (vec!["s4", "s5"], false, true),
        (vec!["s2", "s3"], true, true),
        (vec!["s1"], true, false),
    ] {
        let variables = json!({"id": id(app.tenant()), "before": before});
        let data = client.data(query, variables).await;
        let page = &data["tenant"]["backupSchedules"];
        let edges = page["edges"].as_array().unwrap();
        let found: Vec<&str> = edges
            .iter()
            .map(|it| it["node"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, names);
        assert_eq!(page["pageInfo"]["hasNextPage"], has_next);
        assert_eq!(page["pageInfo"]["hasPreviousPage"], has_previous);
        assert_eq!(page["pageInfo"]["startCursor"], edges[0]["cursor"]);
        before = edges[0]["cursor"].clone();
    }
}

#[actix_rt::test]
async fn a_cursor_is_good_for_its_own_list_only() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    app.schedule("one", &[PolicyKind::SettingsCatalog]).await;
    let query = |arguments: &str| {
        format!(
            "query($id: ID!) {{ tenant(id: $id) {{ backupSchedules({arguments}) {{ pageInfo {{ endCursor }} }} }} }}"
        )
    };
    let variables = json!({"id": id(app.tenant())});
    let data = client.data(&query("first: 1"), variables.clone()).await;
    let cursor = data["tenant"]["backupSchedules"]["pageInfo"]["endCursor"].clone();
    for (arguments, expected) in [
        (format!("after: {cursor}"), vec![]),
        (format!("before: {cursor}, first: 3"), vec![]),
        (
            format!("after: {cursor}, orderBy: {{field: NAME, direction: DESC}}"),
            vec!["INVALID_CURSOR"],
        ),
        (
            format!("after: {cursor}, orderBy: {{field: CREATED_AT}}"),
            vec!["INVALID_CURSOR"],
        ),
        (
            format!("after: {cursor}, filter: {{enabled: true}}"),
            vec!["INVALID_CURSOR"],
        ),
    ] {
        let codes = client.codes(&query(&arguments), variables.clone()).await;
        assert_eq!(codes, expected, "{arguments}");
    }
}

#[actix_rt::test]
async fn filters_narrow_a_list() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let kinds = [PolicyKind::SettingsCatalog, PolicyKind::ScopeTag];
    let both = app.schedule("50 % off", &kinds).await;
    app.schedule("ÜBER", &[PolicyKind::AppProtectionIos]).await;
    app.backed_up(&both).await;
    let tenant = id(app.tenant());
    for (field, expected) in [
        ("backupSchedules(filter: {search: \"0 % o\"})", 1),
        ("backupSchedules(filter: {search: \"%\"})", 1),
        ("backupSchedules(filter: {search: \"_\"})", 0),
        ("backupSchedules(filter: {search: \"über\"})", 1),
        ("backupSchedules(filter: {policyTypes: [SCOPE_TAG]})", 1),
        (
            "backupSchedules(filter: {policyTypes: [SCOPE_TAG, APP_PROTECTION_IOS]})",
            2,
        ),
        (
            "backupSchedules(filter: {policyTypes: [APP_PROTECTION_ANDROID]})",
            0,
        ),
        ("backupSchedules(filter: {policyTypes: []})", 0),
        ("backupSchedules(filter: {enabled: false})", 0),
        ("backupSchedules(filter: {lastRunStatuses: [SUCCEEDED]})", 1),
        (
            "backupRuns(filter: {statuses: [SUCCEEDED, FAILED], triggers: [MANUAL]})",
            1,
        ),
        ("backupRuns(filter: {statuses: [FAILED]})", 0),
        ("backupRuns(filter: {errorCodes: [TOKEN_EXPIRED]})", 0),
        (
            "backupRuns(filter: {createdAt: {from: \"2026-03-02T10:00:30Z\"}})",
            1,
        ),
        (
            "backupRuns(filter: {createdAt: {to: \"2026-03-02T10:00:30Z\"}})",
            0,
        ),
        ("backupSets(filter: {isComplete: true})", 1),
        ("backupSets(filter: {deleted: ONLY})", 0),
        ("backupSets(filter: {deleted: INCLUDE})", 1),
        ("policies(filter: {isMissing: true})", 0),
        ("policies(filter: {isBackedUp: false})", 0),
        ("policies(filter: {types: [APP_PROTECTION_IOS]})", 0),
    ] {
        let query = format!(
            "{{ tenant(id: \"{tenant}\") {{ list: {field} {{ totalCount nodes {{ id }} }} }} }}"
        );
        let data = client.data(&query, json!({})).await;
        let list = &data["tenant"]["list"];
        assert_eq!(list["totalCount"], expected, "{field}");
        assert_eq!(list["nodes"].as_array().unwrap().len(), expected, "{field}");
    }
}
