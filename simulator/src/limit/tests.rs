//! The windows, second by second.

use actix_web::web::Bytes;

use super::*;
use crate::uri;

const INTUNE: &str = "deviceManagement/intents";
const DEVICES: &str = "deviceManagement/deviceHealthScripts";
const POLICIES: &str = "identity/conditionalAccess/policies";
const USERS: &str = "users";

struct Scene {
    limiter: Limiter,
    tenant: TenantSpec,
}

impl Scene {
    fn new(limits: impl Into<Limits>, neighbour: Option<RequestLimit>) -> Self {
        Self {
            limiter: Limiter::new(limits.into(), neighbour),
            tenant: TenantSpec::numbered(1, 0, 0),
        }
    }

    fn send(&self, method: &str, path: &str, milliseconds: u64) -> Verdict {
        let request = Incoming {
            method: method.to_owned(),
            host: String::new(),
            path: path.to_owned(),
            query: String::new(),
            authorization: None,
            client_request_id: None,
            body: Bytes::new(),
            connection: None,
            batch: None,
        };
        let now = Duration::from_millis(milliseconds);
        self.limiter
            .judge(&self.tenant, &uri::segments(path), &request, now)
    }

    fn admits(&self, path: &str, milliseconds: u64) -> bool {
        self.send("GET", path, milliseconds).refusal.is_none()
    }

    /// How many of so many requests at one instant are admitted.
    fn admitted(&self, path: &str, requests: usize, milliseconds: u64) -> usize {
        let sent = (0..requests).filter(|_| self.admits(path, milliseconds));
        sent.count()
    }
}

fn limit(requests: u32, seconds: u64) -> RequestLimit {
    RequestLimit {
        requests,
        window: Duration::from_secs(seconds),
    }
}

fn retry_after(verdict: &Verdict) -> Option<String> {
    let refusal = verdict.refusal.as_ref().expect("a refusal");
    let header = refusal
        .headers
        .iter()
        .find(|(name, _)| *name == "Retry-After");
    header.map(|(_, value)| value.clone())
}

#[test]
fn the_window_slides_and_some_refusals_say_how_long() {
    let scene = Scene::new(limit(2, 10), None);
    assert!(scene.admits(INTUNE, 0));
    assert!(scene.admits(DEVICES, 6000));
    assert_eq!(retry_after(&scene.send("GET", INTUNE, 7000)), None);
    // The refused ones count: room is made by the end of that at seven seconds.
    let second = scene.send("GET", INTUNE, 8000);
    assert_eq!(retry_after(&second), Some("9".to_owned()));
    assert!(scene.admits(INTUNE, 17_000));
    let other = Scene {
        limiter: scene.limiter,
        tenant: TenantSpec::numbered(1, 1, 0),
    };
    assert!(other.admits(INTUNE, 8000));
}

#[test]
fn each_backend_of_intune_has_its_own_window() {
    let scene = Scene::new(Limits::Published, None);
    assert_eq!(scene.admitted(INTUNE, 1100, 0), 1000);
    assert_eq!(scene.admitted("deviceAppManagement/mobileApps", 1, 0), 0);
    assert_eq!(scene.admitted(DEVICES, 2100, 0), 2000);
    assert_eq!(scene.admitted(INTUNE, 1100, 20_000), 1000);
}

#[test]
fn writes_have_a_narrower_window_beside_that_of_all() {
    let scene = Scene::new(Limits::Published, None);
    let written = (0..110).filter(|_| scene.send("POST", INTUNE, 0).refusal.is_none());
    assert_eq!(written.count(), 100);
    assert!(scene.admits(INTUNE, 0));
}

#[test]
fn conditional_access_takes_one_a_second_and_never_says_when() {
    let scene = Scene::new(Limits::Published, None);
    assert!(scene.admits(POLICIES, 0));
    let locations = "identity/conditionalAccess/namedLocations";
    for _ in 0..5 {
        assert_eq!(retry_after(&scene.send("GET", locations, 999)), None);
    }
    assert!(!scene.admits(POLICIES, 1500));
    assert!(scene.admits(POLICIES, 2500));
}

#[test]
fn the_directory_counts_units_and_tells_how_many_are_used() {
    let scene = Scene::new(Limits::Published, None);
    let header = |verdict: &Verdict, name: &str| {
        let found = verdict.headers.iter().find(|(header, _)| *header == name);
        found.map(|(_, value)| value.clone())
    };
    for _ in 0..1399 {
        assert!(scene.admits(USERS, 0));
    }
    let percentage = "x-ms-throttle-limit-percentage";
    let verdict = scene.send("GET", USERS, 1000);
    assert_eq!(header(&verdict, "x-ms-resource-unit").unwrap(), "2");
    assert_eq!(header(&verdict, percentage), None);
    let verdict = scene.send("GET", USERS, 1000);
    assert_eq!(header(&verdict, percentage).unwrap(), "0.80");
    assert_eq!(scene.admitted(USERS, 400, 1000), 349);
    let refused = scene.send("GET", USERS, 2128);
    assert_eq!(retry_after(&refused).unwrap(), "7.872");
    assert_eq!(header(&refused, percentage).unwrap(), "1.02");
    assert_eq!(
        header(&refused, "x-ms-throttle-information").unwrap(),
        "ResourceUnitLimitExceeded"
    );
    let scope = header(&refused, "x-ms-throttle-scope").unwrap();
    assert!(
        scope.starts_with("Tenant_Application/ReadWrite/"),
        "{scope}"
    );
}

#[test]
fn a_noisy_neighbour_leaves_less_of_what_is_shared() {
    let scene = Scene::new(Limits::Published, Some(limit(75, 1)));
    assert_eq!(scene.admitted(INTUNE, 1100, 0), 500);
    assert_eq!(scene.admitted(USERS, 100, 0), 100);
    let scene = Scene::new(limit(10, 2), Some(limit(3, 1)));
    assert_eq!(scene.admitted(INTUNE, 10, 0), 4);
}

#[test]
fn without_limits_nothing_is_refused_or_told() {
    let scene = Scene::new(Limits::None, None);
    for _ in 0..5000 {
        let verdict = scene.send("POST", POLICIES, 0);
        assert!(verdict.refusal.is_none() && verdict.headers.is_empty());
    }
}
