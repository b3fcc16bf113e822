//! Requests counted as Graph counts them: each item of a batch singly, sign-ins not at all.

use std::collections::{BTreeMap, BTreeSet};

use tenantatlas::{
    domain::kind::PolicyKind,
    graph::catalog::{Entry, Shape, entry},
};
use tenantatlas_simulator::LoggedRequest;

/// The published limits of the services, in requests a second; what identity charges for a reading
/// is one unit. A tenth stays free.
const INTUNE: f64 = 0.9 * 50.0;
const DEVICES: f64 = 0.9 * 100.0;
const CONDITIONAL_ACCESS: f64 = 0.9;
const IDENTITY: f64 = 0.9 * 350.0;

/// The texts of enrolment notifications are objects of their own, whose changes move no marker of the
/// configuration that they belong to.
const NOTIFICATION_TEXTS: &str = "/notificationMessageTemplates/{id}";

/// The requests of one run.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// As Graph counts them.
    pub(crate) requests: u64,
    /// Requests over HTTP: a batch is one.
    pub(crate) round_trips: u64,
    /// Refused with status 429.
    pub(crate) throttled: u64,
    /// Different pages of lists.
    pub(crate) pages: u64,
    /// Different readings of single objects of kinds without a marker.
    pub(crate) markerless: u64,
    /// Readings below the lists, by kind.
    pub(crate) follow_ups: BTreeMap<String, u64>,
    by_template: BTreeMap<String, u64>,
    by_backend: BTreeMap<&'static str, u64>,
}

impl Traffic {
    pub(crate) fn of(log: &[LoggedRequest]) -> Self {
        let mut traffic = Self::default();
        let (mut pages, mut markerless) = (BTreeSet::new(), BTreeSet::new());
        for request in log.iter().filter(|it| !it.path.contains("/oauth2/")) {
            traffic.round_trips += u64::from(request.batch.is_none());
            if request.path.ends_with("/$batch") {
                continue;
            }
            traffic.requests += 1;
            traffic.throttled += u64::from(request.status == 429);
            let template = template(&request.path);
            let address = (&request.path, &request.query);
            if request.method == "GET" && !template.contains('{') {
                pages.insert(address);
            } else {
                let entry = kind_of(&template);
                let has_none = entry.is_some_and(|entry| entry.capture.marker.is_none());
                if has_none || template.ends_with(NOTIFICATION_TEXTS) {
                    markerless.insert(address);
                }
                let kind = entry.map_or("no kind".to_owned(), |entry| entry.kind.to_string());
                *traffic.follow_ups.entry(kind).or_default() += 1;
            }
            *traffic
                .by_backend
                .entry(backend(&request.path))
                .or_default() += 1;
            let template = format!("{} {template}", request.method);
            *traffic.by_template.entry(template).or_default() += 1;
        }
        traffic.pages = u64::try_from(pages.len()).unwrap();
        traffic.markerless = u64::try_from(markerless.len()).unwrap();
        traffic
    }

    /// The least time that these requests take under the limits of their services.
    pub(crate) fn least_seconds(&self) -> f64 {
        let seconds = self.by_backend.iter().map(|(backend, number)| {
            let rate = match *backend {
                "devices" => DEVICES,
                "conditional access" => CONDITIONAL_ACCESS,
                "identity" => IDENTITY,
                _ => INTUNE,
            };
            f64::from(u32::try_from(*number).unwrap()) / rate
        });
        seconds.fold(0.0, f64::max)
    }
}

/// A table of both runs by template.
pub(crate) fn table(first: &Traffic, quiet: &Traffic) -> String {
    let templates: BTreeSet<&String> = first
        .by_template
        .keys()
        .chain(quiet.by_template.keys())
        .collect();
    let mut lines = vec![format!("{:>7} {:>7}  requests", "first", "quiet")];
    let number = |traffic: &Traffic, template: &str| {
        traffic
            .by_template
            .get(template)
            .copied()
            .unwrap_or_default()
    };
    for template in templates {
        let (first, quiet) = (number(first, template), number(quiet, template));
        lines.push(format!("{first:>7} {quiet:>7}  {template}"));
    }
    lines.push(format!(
        "{:>7} {:>7}  in all",
        first.requests, quiet.requests
    ));
    lines.push(format!(
        "{:>7} {:>7}  round trips\n",
        first.round_trips, quiet.round_trips
    ));
    lines.join("\n")
}

/// A path with `{id}` in place of whatever names an object.
fn template(path: &str) -> String {
    let segments = path
        .split('/')
        .map(|segment| match segment.split_once('(') {
            Some((name, _)) => format!("{name}({{id}})"),
            None if is_id(segment) => "{id}".to_owned(),
            None => segment.to_owned(),
        });
    segments.collect::<Vec<_>>().join("/")
}

/// Names of Graph have no digit together with a hyphen or an underscore, and are not made of digits.
fn is_id(segment: &str) -> bool {
    let has = |test: fn(u8) -> bool| segment.bytes().any(test);
    let has_digit = has(|byte| byte.is_ascii_digit());
    let is_marked = has(|byte| matches!(byte, b'-' | b'_' | b'%' | b'|'));
    let is_number = segment.bytes().all(|byte| byte.is_ascii_digit());
    !segment.is_empty() && (is_number || has_digit && is_marked)
}

/// The entry of the kind that a template belongs to: the one with the longest path of a list.
fn kind_of(template: &str) -> Option<&'static Entry> {
    let entries = PolicyKind::ALL.iter().map(|kind| entry(*kind));
    entries
        .filter(|entry| {
            let list = entry.list.replace("{tenant}", "{id}");
            let list = format!("/{}{list}", entry.version.as_str());
            let below = template.strip_prefix(&list);
            let is_single = entry.shape == Shape::Singleton;
            below.is_some_and(|rest| rest.is_empty() || !is_single && rest.starts_with(['/', '(']))
        })
        .max_by_key(|entry| entry.list.len())
}

/// The service that counts a request.
fn backend(path: &str) -> &'static str {
    let mut names = path.trim_start_matches('/').split('/').skip(1);
    match (names.next(), names.next(), names.next()) {
        (Some("deviceManagement"), Some(name), _) if name.ends_with("Scripts") => "devices",
        (Some("deviceManagement" | "deviceAppManagement"), _, _) => "intune",
        (Some("identity"), Some("conditionalAccess"), Some("policies" | "namedLocations")) => {
            "conditional access"
        }
        _ => "identity",
    }
}
