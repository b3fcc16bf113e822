//! Metrics: what is counted is what happened.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::{
    domain::{
        kind::PolicyKind,
        role::Role,
        run::{RunStatus, Trigger},
    },
    store::credentials,
    workers::dispatch::Verdict,
};
use tenantatlas_simulator::{Effect, Fault};

use crate::support::{
    TestApp, by_hand,
    client::{Api, id},
    failure_of,
    metrics::Scrape,
};

const TWO: [PolicyKind; 2] = [PolicyKind::ScopeTag, PolicyKind::DeviceCategory];

/// A whole number as a scrape has it.
fn float(number: impl TryInto<u32>) -> f64 {
    let number = number.try_into().ok().expect("a small number");
    f64::from(number)
}

#[actix_rt::test]
async fn a_scheduled_run_is_counted_with_all_that_it_took() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &TWO).await;
    let before = app.scrape(None).await;
    assert_eq!(before.sum("tenantatlas_runs_total"), 0.0);
    assert_eq!(before.one("tenantatlas_enabled_schedules", &[]), 1.0);
    assert_eq!(before.one("tenantatlas_tenants", &[]), 1.0);
    let ticks = before.one("tenantatlas_ticks_total", &[("result", "done")]);
    app.tick_at("2026-03-03T01:00:20Z").await;
    app.quiet(&schedule).await;
    let run = app.runs_of(&schedule).await.remove(0);
    assert_eq!(run.state.status(), RunStatus::Succeeded);
    let told = app.landed().await;
    assert_eq!(
        told.beyond_zero("tenantatlas_runs_total"),
        ["1 SUCCEEDED SCHEDULED"]
    );
    assert_eq!(
        told.beyond_zero("tenantatlas_run_duration_seconds_count"),
        ["1 SUCCEEDED"]
    );
    assert_eq!(told.sum("tenantatlas_run_failures_total"), 0.0);
    assert_eq!(told.beyond_zero("tenantatlas_slots_total"), ["1 queued"]);
    assert_eq!(told.one("tenantatlas_dispatch_lag_seconds_sum", &[]), 20.0);
    assert_eq!(told.one("tenantatlas_run_wait_seconds_count", &[]), 1.0);
    assert_eq!(told.one("tenantatlas_run_wait_seconds_sum", &[]), 0.0);
    assert_eq!(
        told.one("tenantatlas_ticks_total", &[("result", "done")]),
        ticks + 1.0
    );
    let tick = app.clock_now().timestamp();
    assert_eq!(
        told.one("tenantatlas_last_tick_timestamp_seconds", &[]),
        float(tick)
    );
    assert_eq!(
        told.one("tenantatlas_run_places", &[]),
        float(by_hand().places)
    );
    let summary = run.summary.expect("counts");
    let read = ("how", "read");
    assert_eq!(
        told.one("tenantatlas_items_total", &[read]),
        float(summary.items)
    );
    let items = told.beyond_zero("tenantatlas_items_total");
    assert_eq!(items.len(), 1, "nothing was there to be reused: {items:?}");
    let requests = told.sum("tenantatlas_graph_requests_total");
    assert_eq!(requests, float(summary.requests));
    let good = told.beyond_zero("tenantatlas_graph_requests_total");
    assert!(good.iter().all(|line| line.ends_with("2xx")), "{good:?}");
    assert_eq!(
        told.one(
            "tenantatlas_graph_sign_ins_total",
            &[("result", "accepted")]
        ),
        float(app.sign_ins())
    );
    assert!(told.one("tenantatlas_graph_round_trip_duration_seconds_count", &[]) <= requests);
    assert!(told.sum("tenantatlas_graph_limiter_wait_seconds_count") > 0.0);
    assert_eq!(told.sum("tenantatlas_graph_retries_total"), 0.0);
    // What was handed over is what is there, for a first set.
    let stored = told.one("tenantatlas_stored_bytes", &[]);
    assert!(stored > 0.0);
    assert!(told.one("tenantatlas_contents_written_bytes_total", &[]) >= stored);
    assert!(
        told.one("tenantatlas_contents_written_total", &[])
            >= float(app.content_hashes().await.len())
    );
    let undone = told.beyond_zero("tenantatlas_database_transactions_total");
    assert!(
        undone.iter().all(|line| line.contains(" done ")),
        "{undone:?}"
    );
}

#[actix_rt::test]
async fn what_has_not_moved_is_counted_as_reused() {
    let (app, schedule, first) =
        crate::reuse::after_a_first_run(&[PolicyKind::SettingsCatalog]).await;
    let before = app.landed().await;
    let read = |told: &Scrape| told.one("tenantatlas_items_total", &[("how", "read")]);
    assert_eq!(read(&before), float(first.summary.expect("counts").items));
    app.backed_up(&schedule).await;
    let told = app.landed().await;
    assert_eq!(read(&told), read(&before));
    assert_eq!(
        told.one("tenantatlas_items_total", &[("how", "reused")]),
        read(&before)
    );
}

#[actix_rt::test]
async fn a_run_that_fails_is_counted_with_its_reason_and_who_is_told() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &TWO).await;
    let tenant = app.tenant();
    for role in [Role::Operator, Role::Owner, Role::Readonly] {
        app.person(tenant, role).await;
    }
    app.write(move |db, _| credentials::remove(db, tenant))
        .await;
    let run = app.backed_up(&schedule).await;
    let told = app.landed().await;
    assert_eq!(
        told.beyond_zero("tenantatlas_runs_total"),
        ["1 FAILED MANUAL"]
    );
    let code = failure_of(&run).expect("a failure").as_str();
    let failures = told.beyond_zero("tenantatlas_run_failures_total");
    assert_eq!(failures, [format!("1 {code}")]);
    let notified = app.count("notifications", "1 = 1").await;
    assert_eq!(notified, 2);
    assert_eq!(
        told.one("tenantatlas_notifications_total", &[]),
        float(notified)
    );
}

#[actix_rt::test]
async fn slots_that_are_skipped_and_missed_are_counted_one_by_one() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &TWO).await;
    app.queue(&schedule, Trigger::Manual).await;
    app.tick_at("2026-03-03T01:00:10Z").await;
    let told = app.scrape(None).await;
    assert_eq!(told.beyond_zero("tenantatlas_slots_total"), ["1 skipped"]);
    assert_eq!(
        told.beyond_zero("tenantatlas_runs_total"),
        ["1 SKIPPED SCHEDULED"]
    );
    assert_eq!(told.one("tenantatlas_dispatch_lag_seconds_sum", &[]), 10.0);
    assert_eq!(told.one("tenantatlas_queued_runs", &[]), 1.0);
    let since_noon = TimeDelta::hours(15) - TimeDelta::seconds(20);
    assert_eq!(
        told.one("tenantatlas_queue_age_seconds", &[]),
        since_noon.as_seconds_f64()
    );
    assert_eq!(told.one("tenantatlas_overdue_schedules", &[]), 0.0);
    // Three days later: the last of their slots is in time.
    app.clock.set("2026-03-06T01:10:00Z".parse().unwrap());
    assert_eq!(
        app.scrape(None)
            .await
            .one("tenantatlas_overdue_schedules", &[]),
        1.0
    );
    let decisions = app.tick().await;
    let missed = decisions.iter().map(|decision| match decision.verdict {
        Verdict::Missed(_, count) => count,
        Verdict::Queued(_) | Verdict::Skipped(_) | Verdict::Disabled(_) => 0,
    });
    assert_eq!(missed.sum::<u32>(), 3, "{decisions:?}");
    let told = app.scrape(None).await;
    assert_eq!(
        told.beyond_zero("tenantatlas_slots_total"),
        ["1 skipped", "3 missed"]
    );
    // One run stands for all of them.
    assert_eq!(
        told.beyond_zero("tenantatlas_runs_total"),
        ["1 MISSED SCHEDULED", "1 SKIPPED SCHEDULED"]
    );
    assert_eq!(told.one("tenantatlas_overdue_schedules", &[]), 0.0);
    // Whatever was counted before anybody asked.
    assert_eq!(told.one("tenantatlas_recently_missed_runs", &[]), 1.0);
    app.clock.set("2026-03-09T00:00:00Z".parse().unwrap());
    let told = app.scrape(None).await;
    assert_eq!(told.one("tenantatlas_stale_schedules", &[]), 1.0);
    assert_eq!(told.one("tenantatlas_recently_missed_runs", &[]), 0.0);
}

#[actix_rt::test]
async fn throttling_is_counted_with_the_time_it_took() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::DeviceCategory]).await;
    let fault = Fault::on("/deviceManagement/deviceCategories", Effect::throttle(7));
    app.graph.fault(fault.first(1));
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);
    let told = app.landed().await;
    let counted = told.beyond_zero("tenantatlas_graph_requests_total");
    assert!(counted.contains(&"1 intune 429".to_owned()), "{counted:?}");
    assert_eq!(
        told.beyond_zero("tenantatlas_graph_throttled_total"),
        ["1 intune"]
    );
    assert_eq!(
        told.beyond_zero("tenantatlas_graph_retries_total"),
        ["1 intune"]
    );
    let waited = told.one(
        "tenantatlas_graph_throttled_seconds_total",
        &[("bucket", "intune")],
    );
    assert!((7.0..9.0).contains(&waited), "{waited}");
}

const EVENTS: &str = "subscription($tenant: ID!) {
    backupRunEvents(tenantId: $tenant) { kind run { status } }
}";

#[actix_rt::test]
async fn a_subscriber_and_what_callers_are_told_are_counted() {
    let app = TestApp::dispatcher().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Operator).await;
    let schedule = app.schedule("Nightly", &TWO).await;
    app.queue(&schedule, Trigger::Manual).await;
    let mut socket = client.socket().await;
    let tenant = json!({"tenant": id(app.tenant())});
    socket.subscribe("1", EVENTS, tenant.clone()).await;
    let kind = |message: Value| message["payload"]["data"]["backupRunEvents"]["kind"].clone();
    assert_eq!(kind(socket.next().await), "SNAPSHOT");
    let told = app.scrape(Some(&api)).await;
    assert_eq!(told.one("tenantatlas_sockets", &[]), 1.0);
    assert_eq!(told.one("tenantatlas_subscriptions", &[]), 1.0);
    let operations = told.beyond_zero("tenantatlas_graphql_operations_total");
    assert_eq!(operations, ["1 subscription"]);
    let upgraded = [("route", "/graphql"), ("status", "1xx")];
    assert_eq!(told.one("tenantatlas_http_requests_total", &upgraded), 1.0);
    // What was there before is no news that could be late.
    assert_eq!(told.sum("tenantatlas_event_lag_seconds_count"), 0.0);
    app.tick_at("2026-03-03T01:00:10Z").await;
    app.store.announce(app.tenant());
    assert_eq!(kind(socket.next().await), "STATUS_CHANGED");
    let told = app.scrape(Some(&api)).await;
    assert_eq!(
        told.beyond_zero("tenantatlas_event_lag_seconds_count"),
        ["1 runs"]
    );
    drop(socket);
    let none = |now: &Scrape| {
        now.one("tenantatlas_sockets", &[]) == 0.0
            && now.one("tenantatlas_subscriptions", &[]) == 0.0
    };
    app.scraped(Some(&api), none).await;

    client
        .ask(
            "query($tenant: ID!) { tenant(id: $tenant) { name } }",
            tenant,
        )
        .await;
    client.ask("{ nothing }", json!({})).await;
    api.bearer("no token")
        .ask("{ viewer { id } }", json!({}))
        .await;
    let told = app.scrape(Some(&api)).await;
    assert_eq!(
        told.beyond_zero("tenantatlas_graphql_errors_total"),
        ["1 GRAPHQL_VALIDATION_FAILED", "1 UNAUTHENTICATED"]
    );
    assert_eq!(told.one("tenantatlas_failed_sign_ins_total", &[]), 1.0);
    let answered = told.sum("tenantatlas_http_requests_total");
    assert_eq!(answered, 4.0);
    assert_eq!(
        told.sum("tenantatlas_http_request_duration_seconds_count"),
        answered
    );
}
