//! `/readyz`: whether this server, and not some other, can do its work.

use chrono::TimeDelta;
use reqwest::Method;
use tenantatlas::domain::{kind::PolicyKind, run::RunStatus};

use crate::support::{TestApp, by_hand, client::Api, dispatch_only, until};

async fn readiness(api: &Api) -> (u16, String) {
    let answer = api.request(Method::GET, "/readyz").send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

#[actix_rt::test]
async fn ticks_of_another_server_make_nobody_ready() {
    let app = TestApp::working(dispatch_only()).await;
    let api = Api::serve(&app).await;
    assert_eq!(readiness(&api).await, (200, "ready\n".to_owned()));
    app.pass(TimeDelta::minutes(6));
    let other = app.another_server(dispatch_only());
    other.tick().await.unwrap();
    let stale = "this server has not ticked of late\n".to_owned();
    assert_eq!(readiness(&api).await, (503, stale));
    app.tick().await;
    assert_eq!(readiness(&api).await.0, 200);
    other.stop().await;
    api.stop().await;
}

#[actix_rt::test]
async fn a_clock_that_is_set_makes_nobody_unready() {
    let app = TestApp::working(dispatch_only()).await;
    let api = Api::serve(&app).await;
    for step in [TimeDelta::hours(1), TimeDelta::hours(-2)] {
        app.clock.step(step);
        assert_eq!(readiness(&api).await.0, 200, "{step}");
        app.tick().await;
        assert_eq!(readiness(&api).await.0, 200, "{step}");
    }
    api.stop().await;
}

#[actix_rt::test]
async fn a_tick_that_could_not_clear_up_does_not_count() {
    let app = TestApp::working(dispatch_only()).await;
    let api = Api::serve(&app).await;
    app.pass(TimeDelta::minutes(6));
    app.execute("ALTER TABLE dispatcher RENAME TO elsewhere")
        .await;
    // What is due is dispatched all the same.
    app.tick().await;
    assert_eq!(readiness(&api).await.0, 503);
    app.execute("ALTER TABLE elsewhere RENAME TO dispatcher")
        .await;
    app.tick().await;
    assert_eq!(readiness(&api).await.0, 200);
    api.stop().await;
}

#[actix_rt::test]
async fn a_server_that_stops_says_so_and_answers_until_its_runs_have_landed() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let kinds = [PolicyKind::DeviceConfiguration];
    let schedule = app.schedule("Nightly", &kinds).await;
    let gate = app.graph.hold("*/deviceConfigurations");
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    let workers = app.workers.clone();
    let stopping = actix_rt::spawn(async move { workers.stop().await });
    until(|| app.workers.pulse().is_stopping).await;
    assert_eq!(readiness(&api).await, (503, "stopping\n".to_owned()));
    let alive = api.request(Method::GET, "/healthz").send().await.unwrap();
    assert_eq!(alive.status(), 200);
    gate.open();
    stopping.await.unwrap();
    assert_eq!(app.run(&run).await.state.status(), RunStatus::Succeeded);
    api.stop().await;
}
