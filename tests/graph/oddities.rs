//! Answers that look odd and are right, and those that look right and are not.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tenantatlas::domain::{failure::FailureCode, kind::PolicyKind};
use tenantatlas_simulator::{Effect, Encoding, ErrorForm, Fault, Hits, RetryAfter};

use crate::support::{World, ids, object};

const KIND: PolicyKind = PolicyKind::DeviceCategory;
const PATH: &str = "/deviceCategories";
const TOKEN: &str = "/oauth2/v2.0/token";

/// B63: a byte order mark is read over, and costs nothing.
#[tokio::test]
async fn a_byte_order_mark_is_no_fault() {
    let world = World::start();
    let whole = world.door().list(KIND).await.unwrap();
    world.simulator.clear_log();
    world
        .simulator
        .fault(Fault::on(PATH, Effect::Encoded(Encoding::ByteOrderMark)));
    assert_eq!(world.door().list(KIND).await.unwrap(), whole);
    assert_eq!(world.requests().len(), 1);
}

/// B63: gzip with a wrong checksum, and what is no gzip, count as a broken connection.
#[tokio::test]
async fn bytes_that_are_not_what_is_said_are_asked_for_again() {
    for encoding in [Encoding::WrongChecksum, Encoding::PlainAsGzip] {
        let world = World::start();
        let whole = world.door().list(KIND).await.unwrap();
        world.simulator.clear_log();
        let fault = Fault::on(PATH, Effect::Encoded(encoding));
        world.simulator.fault(fault.clone().first(1));
        assert_eq!(world.door().list(KIND).await.unwrap(), whole);
        assert_eq!(world.requests().len(), 2, "{encoding:?}");

        world.simulator.fault(fault);
        let error = world.door().list(KIND).await.unwrap_err();
        assert_eq!(error.failure().code, FailureCode::GraphUnavailable);
    }
}

/// B52: a gateway's page is told apart from JSON by itself, whatever its header says.
#[tokio::test]
async fn a_page_of_a_gateway_is_recognised_by_itself() {
    for form in [ErrorForm::Html, ErrorForm::HtmlAsJson, ErrorForm::Glued] {
        let world = World::start();
        let whole = world.door().list(KIND).await.unwrap();
        let fault = Fault::on(PATH, Effect::wrapped(504, form));
        world.simulator.fault(fault.clone().first(2));
        assert_eq!(world.door().list(KIND).await.unwrap(), whole);

        world.simulator.fault(fault);
        let failure = world.door().list(KIND).await.unwrap_err().failure();
        assert_eq!(failure.code, FailureCode::GraphUnavailable);
        assert!(!failure.message.contains('<'), "{}", failure.message);
    }
}

/// B51: JSON with and without a wait, and the nested timeout of the front end; the next try is made
/// over another connection.
#[tokio::test]
async fn after_a_503_another_connection_is_used() {
    let busy = |retry_after| Effect::Status {
        status: 503,
        form: ErrorForm::Plain,
        code: None,
        message: Some("The service is busy.".to_owned()),
        retry_after,
    };
    let timeout = Effect::Status {
        status: 503,
        form: ErrorForm::A,
        code: Some("CancelledOnServiceTimeout".to_owned()),
        message: Some("ScenarioTimeout=15000ms, Elapsed=28387ms".to_owned()),
        retry_after: None,
    };
    for (effect, least) in [
        (busy(Some(RetryAfter::Seconds(10))), 10.0),
        (busy(None), 0.1),
        (timeout, 0.1),
    ] {
        let world = World::start();
        let door = world.door();
        // A body that goes alone, in no batch.
        let kind = PolicyKind::PowershellScript;
        let listed = door.list(kind).await.unwrap().remove(0);
        world.simulator.clear_log();
        let item = Fault::on("*/deviceManagementScripts/*", effect);
        world.simulator.fault(item.first(1));
        door.complete(kind, listed).await.unwrap();
        assert!(world.waits().iter().any(|wait| *wait >= least));
        let requests = world.requests();
        assert_ne!(requests[0].connection, requests[1].connection);
    }
}

/// B10: a page without objects is no end.
#[tokio::test]
async fn an_empty_page_in_the_middle_is_passed() {
    let world = World::with_options(|options| options.tenants[0].policies = 800);
    let kind = PolicyKind::SettingsCatalog;
    let whole = world.door().list(kind).await.unwrap();
    let pages = world.requests().len();
    assert!(pages >= 2, "{pages}");
    world.simulator.clear_log();
    world.simulator.fault(Fault::on(
        "/configurationPolicies",
        Effect::EmptyPageBetween,
    ));
    assert_eq!(world.door().list(kind).await.unwrap(), whole);
    assert_eq!(world.requests().len(), 2 * pages - 1);
}

/// B70: of an object that is listed twice the later is taken.
#[tokio::test]
async fn of_a_repeated_object_the_newer_counts() {
    let world = World::with_options(|options| options.tenants[0].policies = 800);
    let kind = PolicyKind::SettingsCatalog;
    let whole = world.door().list(kind).await.unwrap();
    world.simulator.fault(Fault::on(
        "/configurationPolicies",
        Effect::NewerDuplicateAcrossPages,
    ));
    let repeated = world.door().list(kind).await.unwrap();
    assert_eq!(ids(&repeated), ids(&whole));
    let moved = repeated.iter().zip(&whole).filter(|(now, before)| {
        now["lastModifiedDateTime"].as_str() > before["lastModifiedDateTime"].as_str()
    });
    assert!(moved.count() > 0);
}

/// B81: an answer without end is cut off at the limit.
#[tokio::test]
async fn an_oversized_answer_is_not_read_to_its_end() {
    let world = World::with_settings(|settings| settings.answer_limit_bytes = 1024 * 1024);
    let bytes = 8 * 1024 * 1024;
    world
        .simulator
        .fault(Fault::on(PATH, Effect::Oversized { bytes }));
    let failure = world.door().list(KIND).await.unwrap_err().failure();
    assert_eq!(failure.code, FailureCode::Unknown);
    // A batch that is too large is asked for alone, and that is all.
    assert!(world.requests().len() <= 3);
    assert!(
        !world
            .door()
            .list(PolicyKind::ScopeTag)
            .await
            .unwrap()
            .is_empty()
    );
}

/// B82: the same text is the same, raw or escaped.
#[tokio::test]
async fn escaped_and_raw_texts_are_the_same() {
    let world = World::start();
    let names = [
        "\u{202e}\u{646}\u{633}\u{62e}\u{202c}".to_owned(),
        "\u{1f469}\u{200d}\u{1f4bb} \u{1f3f3}\u{fe0f}\u{200d}\u{1f308}".to_owned(),
        "Cafe\u{301}".to_owned(),
        "Caf\u{e9}".to_owned(),
        "\u{65e5}\u{672c}\u{8a9e}".to_owned(),
        "zero\u{200b}width".to_owned(),
        "CON".to_owned(),
        "con".to_owned(),
        "n\u{e4}me ".repeat(60),
    ];
    for (number, name) in names.iter().enumerate() {
        let object = json!({"id": format!("{number}"), "displayName": name});
        world
            .simulator
            .insert(world.tenant_id(), "deviceCategories", object, json!({}));
    }
    let whole = world.door().list(KIND).await.unwrap();
    world.simulator.fault(Fault::on(PATH, Effect::HalfEscaped));
    assert_eq!(world.door().list(KIND).await.unwrap(), whole);
    for name in names {
        assert!(whole.iter().any(|it| it["displayName"] == *name), "{name}");
    }
}

/// B83: what is not known is kept: types, values, members, nulls, depth.
#[tokio::test]
async fn what_nobody_knows_yet_is_kept() {
    let world = World::start();
    let deep = (0..100).fold(json!("bottom"), |inner, _| json!({ "in": inner }));
    let strange = json!({
        "id": "strange",
        "@odata.type": "#microsoft.graph.deviceCategoryOfTomorrow",
        "displayName": "Strange",
        "platform": "platformOfTomorrow",
        "memberOfTomorrow": {"@odata.type": "#microsoft.graph.thing", "list": null},
        "nulls": [null, [null]],
        "large": 9_007_199_254_740_993_u64,
        "precise": 0.1,
        "deep": deep,
    });
    world.simulator.insert(
        world.tenant_id(),
        "deviceCategories",
        strange.clone(),
        json!({}),
    );
    let door = world.door();
    let listed = door.list(KIND).await.unwrap();
    let listed = listed.into_iter().find(|it| it["id"] == "strange").unwrap();
    let whole = object(door.complete(KIND, listed).await.unwrap());
    for (name, value) in strange.as_object().unwrap() {
        assert_eq!(&whole[name], value, "{name}");
    }
}

/// B05: while the sign-in host is down, all wait for one who asks.
#[tokio::test]
async fn an_overloaded_sign_in_host_is_asked_by_one_alone() {
    for form in [ErrorForm::Html, ErrorForm::HtmlAsJson, ErrorForm::Glued] {
        let world = World::start();
        let overloaded = Effect::Status {
            status: 503,
            form,
            code: None,
            message: None,
            retry_after: Some(RetryAfter::Seconds(7)),
        };
        world.simulator.fault(Fault::on(TOKEN, overloaded).first(1));
        let throttled = Fault::on(TOKEN, Effect::throttle(3));
        world.simulator.fault(throttled.hits(Hits::Nth(2)));
        let door = world.door();
        for list in join_all([KIND; 6].map(|kind| door.list(kind))).await {
            list.unwrap();
        }
        assert_eq!(world.sign_ins(), 3, "{form:?}");
        let waits = world.waits();
        assert!(waits[0] >= 7.0 && waits[1] >= 3.0, "{waits:?}");
    }
}

/// B06: a token that shall be renewed early is, once, and nobody waits for it.
#[tokio::test]
async fn a_token_is_renewed_when_it_says_so() {
    let world = World::start();
    let door = world.door();
    let effect = Effect::TokenRefresh {
        seconds: 86_399,
        refresh_in: 600,
    };
    world.simulator.fault(Fault::on(TOKEN, effect).first(1));
    door.list(KIND).await.unwrap();
    world.clock.advance(chrono::TimeDelta::seconds(3_600));
    for list in join_all([KIND; 8].map(|kind| door.list(kind))).await {
        list.unwrap();
    }
    assert_eq!(world.sign_ins(), 2);

    // A renewal that fails leaves the old token in use.
    world.clock.advance(chrono::TimeDelta::seconds(3_600));
    world.simulator.fault(Fault::on(TOKEN, Effect::status(503)));
    for list in join_all([KIND; 3].map(|kind| door.list(kind))).await {
        list.unwrap_or_default();
    }
}

/// B53: a connection that is cut in the middle of a body.
#[tokio::test]
async fn a_connection_cut_in_a_body_is_opened_anew() {
    let world = World::with_settings(|settings| {
        settings.idle_timeout = Duration::from_millis(200);
    });
    let whole = world.door().list(KIND).await.unwrap();
    world.simulator.clear_log();
    world
        .simulator
        .fault(Fault::on(PATH, Effect::Reset).first(1));
    let stalled = Fault::on(PATH, Effect::Stall { after_bytes: 40 });
    world.simulator.fault(stalled.hits(Hits::Nth(2)));
    let found: Vec<Value> = world.door().list(KIND).await.unwrap();
    assert_eq!(found, whole);
    let ports = world.requests().into_iter().map(|it| it.connection);
    assert_eq!(ports.collect::<std::collections::HashSet<_>>().len(), 3);
}
