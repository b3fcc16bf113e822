//! What befalls one object: it fails by name, the others are stored.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tenantatlas::domain::{
    completeness::{KindStatus, MOST_NAMED},
    failure::FailureCode,
    kind::PolicyKind,
    run::RunStatus,
};
use tenantatlas_simulator::{Effect, Fault};
use uuid::Uuid;

use super::{check_failed, failure};
use crate::support::{TestApp, kinds::collection};

const CATALOG: PolicyKind = PolicyKind::SettingsCatalog;

/// Id and name of the second object of a kind.
fn second(app: &TestApp, kind: PolicyKind) -> (String, String) {
    let object = app
        .graph
        .objects(app.directory(), collection(kind))
        .remove(1)
        .object;
    let text = |member: &str| object[member].as_str().map(str::to_owned);
    let name = text("displayName").or_else(|| text("name"));
    (text("id").unwrap(), name.unwrap())
}

/// B50
#[actix_rt::test]
async fn an_object_that_cannot_be_read_fails_by_its_name() {
    for (what, effect, code, told, most_requests) in [
        (
            "500",
            Effect::status(500),
            FailureCode::GraphUnavailable,
            "tries",
            6,
        ),
        (
            "503",
            Effect::status(503),
            FailureCode::GraphUnavailable,
            "5 tries",
            5,
        ),
        (
            "429",
            Effect::throttle(1),
            FailureCode::GraphThrottle,
            "throttled",
            5,
        ),
        (
            "short page",
            Effect::ShortPage { missing: 1 },
            FailureCode::Unknown,
            "would be incomplete",
            2,
        ),
    ] {
        let app = TestApp::start().await;
        let (id, name) = second(&app, CATALOG);
        let path = format!("{id}/settings");
        app.graph.fault(Fault::on(path.clone(), effect));
        let run = app
            .backed_up(&app.schedule("Nightly", &[CATALOG]).await)
            .await;
        assert_eq!(run.state.status(), RunStatus::Partial, "{what}");
        let result = app.result(&run, CATALOG).await;
        check_failed(what, &result, KindStatus::Partial, code, told);
        assert!(failure(&run).message.starts_with(&name), "{what}");
        assert_eq!(result.failed, 1, "{what}");
        let named = app.failures(&run).await;
        assert_eq!(named.len(), 1, "{what}");
        let (kind, failed) = &named[0];
        assert_eq!((*kind, &failed.name), (CATALOG, &name), "{what}");
        assert_eq!(failed.graph_id.as_ref(), Some(&id), "{what}");
        assert_eq!(failed.failure.code, code, "{what}");
        assert!(failed.failure.message.contains(told), "{what}");
        assert_eq!(result.listed, Some(result.items + 1), "{what}");
        assert!(app.requests(&path).len() <= most_requests, "{what}");
        let set = app.set_of(&run).await.unwrap();
        assert_eq!(set.missing_kinds, [CATALOG], "{what}");
        assert_eq!(set.item_count, result.items, "{what}");
        let items = app.items(&set).await;
        assert!(items.iter().all(|item| item.graph_id != id), "{what}");
    }
}

#[actix_rt::test]
async fn a_kind_whose_objects_are_all_out_of_reach_is_given_up() {
    let app = TestApp::start().await;
    let kind = PolicyKind::PowershellScript;
    for number in 0..60 {
        let id = Uuid::from_u128(number).to_string();
        insert_script(&app, &id, "Script", b"exit 0");
    }
    let path = "*/deviceManagementScripts/*";
    app.graph.fault(Fault::on(path, Effect::status(503)));
    let schedule = app.schedule("Nightly", &[kind, super::NEIGHBOUR]).await;
    let run = app.backed_up(&schedule).await;
    let result = app.result(&run, kind).await;
    assert_eq!(run.state.status(), RunStatus::Partial, "{result:?}");
    assert_eq!((result.items, result.listed), (0, Some(result.failed)));
    assert!(result.failed > 60);
    let named = app.failures(&run).await;
    assert_eq!(
        named.len(),
        usize::try_from(result.failed).unwrap().min(MOST_NAMED)
    );
    // Ten in a row, those that were under way beside them, five tries each.
    assert!(app.requests("/deviceManagementScripts/").len() <= (10 + 6) * 5);
}

#[actix_rt::test]
async fn objects_that_fail_among_good_ones_keep_no_other_from_being_read() {
    let app = TestApp::start().await;
    let kind = PolicyKind::PowershellScript;
    for number in 0..24 {
        let id = Uuid::from_u128(number).to_string();
        insert_script(&app, &id, "Script", b"exit 0");
        if number % 2 == 0 {
            app.graph.fault(Fault::on(id, Effect::status(500)));
        }
    }
    let run = app.backed_up(&app.schedule("Nightly", &[kind]).await).await;
    let result = app.result(&run, kind).await;
    assert_eq!(result.failed, 12);
    assert_eq!(result.listed, Some(result.items + 12));
}

#[actix_rt::test]
async fn an_object_without_an_id_fails_and_takes_no_other_place() {
    let app = TestApp::start().await;
    let kind = PolicyKind::AssignmentFilter;
    for name in ["One", "Another"] {
        let object = json!({ "displayName": name });
        app.graph
            .insert(app.directory(), collection(kind), object, Value::Null);
    }
    let run = app.backed_up(&app.schedule("Nightly", &[kind]).await).await;
    let result = app.result(&run, kind).await;
    assert_eq!(run.state.status(), RunStatus::Partial);
    let told = "no id";
    check_failed(
        told,
        &result,
        KindStatus::Partial,
        FailureCode::Unknown,
        told,
    );
    assert_eq!((result.failed, result.listed), (2, Some(result.items + 2)));
}

/// B73
#[actix_rt::test]
async fn an_object_deleted_after_it_was_listed_has_vanished() {
    let app = TestApp::start().await;
    let (id, _) = second(&app, CATALOG);
    let schedule = app.schedule("Nightly", &[CATALOG]).await;
    let gate = app.graph.hold(&format!("{id}/settings"));
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    app.graph.remove(app.directory(), collection(CATALOG), &id);
    gate.open();
    let run = app.settled(&run).await;
    let result = app.result(&run, CATALOG).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{result:?}");
    assert_eq!((result.vanished, result.failed), (1, 0));
    assert_eq!(result.listed, Some(result.items + 1));
    assert!(app.set_of(&run).await.unwrap().is_complete);
}

/// B83
#[actix_rt::test]
async fn a_number_that_would_lose_digits_costs_its_object_alone() {
    let app = TestApp::start().await;
    let kind = PolicyKind::PowershellScript;
    let (id, name) = second(&app, kind);
    let effect = Effect::Rewritten {
        find: "\"runAs32Bit\":".to_owned(),
        put: "\"count\":123456789012345678901234567890,\"runAs32Bit\":".to_owned(),
    };
    app.graph.fault(Fault::on(format!("*/{id}"), effect));
    let run = app.backed_up(&app.schedule("Nightly", &[kind]).await).await;
    let result = app.result(&run, kind).await;
    assert_eq!(run.state.status(), RunStatus::Partial, "{result:?}");
    check_failed(
        "digits",
        &result,
        KindStatus::Partial,
        FailureCode::Unknown,
        "/count",
    );
    assert!(failure(&run).message.starts_with(&name));
    assert_eq!(result.listed, Some(result.items + 1));
    assert!(result.items > 0);
}

/// Inserts a script like those that are there.
fn insert_script(app: &TestApp, id: &str, name: &str, body: &[u8]) {
    let collection = collection(PolicyKind::PowershellScript);
    let model = app.graph.objects(app.directory(), collection).remove(0);
    let (mut object, mut parts) = (model.object, model.parts);
    object["id"] = id.into();
    object["displayName"] = name.into();
    parts["content"]["scriptContent"] = STANDARD.encode(body).into();
    app.graph.insert(app.directory(), collection, object, parts);
}

/// The payload of one script of a new run, which has to succeed.
async fn payload_of(app: &TestApp, id: &str) -> (String, Value) {
    let kind = PolicyKind::PowershellScript;
    let run = app.backed_up(&app.schedule("Nightly", &[kind]).await).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    let set = app.set_of(&run).await.unwrap();
    let items = app.items(&set).await;
    let item = items.iter().find(|item| item.graph_id == id).unwrap();
    let payload = app.content(set.tenant, item.parts.payload).await;
    (item.name.clone(), payload)
}

/// B80
#[actix_rt::test]
async fn a_script_of_five_megabytes_is_stored_whole() {
    let app = TestApp::start().await;
    let body: Vec<u8> = (0..=250_u8).cycle().take(5 * 1024 * 1024).collect();
    let id = Uuid::from_u128(5).to_string();
    insert_script(&app, &id, "Large", &body);
    let (_, payload) = payload_of(&app, &id).await;
    let stored = STANDARD.decode(payload["scriptContent"].as_str().unwrap());
    assert!(stored.unwrap() == body);
}

/// B82
#[actix_rt::test]
async fn awkward_names_come_back_as_they_were() {
    let names = [
        "\u{202e}Richtlinie مرحبا עולם".to_owned(),
        "👩‍👩‍👧‍👦 family, 🇩🇪 flag".to_owned(),
        "x".repeat(300),
        // Too long for an index of PostgreSQL, and not to be compressed.
        (0..3_000)
            .filter_map(|n: u32| char::from_u32(0x4e00 + n * 7_919 % 20_000))
            .collect(),
        "a\u{0}b".to_owned(),
        "tab\tline\nquote\"back\\slash\u{7f}\u{1f}".to_owned(),
        "e\u{301} is not \u{e9}".to_owned(),
        "../../etc/passwd".to_owned(),
        "CON".to_owned(),
        " ".to_owned(),
    ];
    for (number, name) in (0..).zip(&names) {
        let app = TestApp::start().await;
        let id = Uuid::from_u128(number).to_string();
        insert_script(&app, &id, name, b"exit 0");
        let (shown, payload) = payload_of(&app, &id).await;
        assert_eq!(payload["displayName"], json!(name));
        // PostgreSQL keeps no NUL in a column of text.
        assert_eq!(shown, name.replace('\0', " "));
    }
}

/// B82, B84
#[actix_rt::test]
async fn names_that_differ_only_in_form_are_different_objects() {
    let app = TestApp::start().await;
    let names = ["Baseline", "baseline", "BASELINE", "Baseline"];
    for (number, name) in (0..).zip(names) {
        let id = Uuid::from_u128(number).to_string();
        insert_script(&app, &id, name, b"exit 0");
    }
    let before = app
        .graph
        .objects(app.directory(), "deviceManagementScripts")
        .len();
    let kind = PolicyKind::PowershellScript;
    let run = app.backed_up(&app.schedule("Nightly", &[kind]).await).await;
    let result = app.result(&run, kind).await;
    assert_eq!(usize::try_from(result.items).unwrap(), before);
}

#[actix_rt::test]
async fn a_refusal_with_a_nul_in_its_words_is_told() {
    let app = TestApp::start().await;
    let effect = Effect::Status {
        status: 400,
        form: tenantatlas_simulator::ErrorForm::Plain,
        code: Some("Bad\u{0}Request".to_owned()),
        message: Some("not\u{0}this".to_owned()),
        retry_after: None,
    };
    app.graph.fault(Fault::on(super::STRUCK_LIST, effect));
    let kinds = [super::NEIGHBOUR, super::STRUCK];
    let run = app.backed_up(&app.schedule("Nightly", &kinds).await).await;
    assert_eq!(run.state.status(), RunStatus::Partial, "{:?}", run.state);
    assert!(failure(&run).message.contains("this"));
}
