//! What is written about metrics is so: the page names each, and dashboard and alerts ask for none that is
//! not there.

use std::{collections::BTreeSet, env, fmt::Write, fs, path::PathBuf};

use serde_json::Value;

use crate::support::{
    TestApp, by_hand,
    client::Api,
    metrics::{Asked, Family, Scrape, asked},
};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("docs/operate")
        .join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_default()
}

/// What a server with all its rooms tells after it has carried out a run.
async fn told() -> (TestApp, Scrape) {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let schedule = app
        .schedule(
            "Nightly",
            &[tenantatlas::domain::kind::PolicyKind::ScopeTag],
        )
        .await;
    app.backed_up(&schedule).await;
    let told = app.scrape(Some(&api)).await;
    (app, told)
}

const HEAD: &str = "# Metrics

A server tells what it measures at `http://127.0.0.1:9464/metrics`, as OpenMetrics, which Prometheus and its like
read. `TENANTATLAS_METRICS_LISTEN` (`metrics.listen`) chooses another address, or `off`; the demonstration tells
nothing unless an address is chosen. In a container, that address is of the container alone: `0.0.0.0:9464` lets its networks
reach it, as [packaging/compose](../../packaging/compose/compose.yaml) has it. Whoever can reach the port can read it: it names no tenant, person or policy,
but keep it to those who watch over servers.

```yaml
scrape_configs:
  - job_name: tenantatlas
    scrape_interval: 30s
    static_configs:
      - targets: [\"atlas-1:9464\", \"atlas-2:9464\"]
```

[grafana-dashboard.json](grafana-dashboard.json) is a dashboard to import, [alerts.yml](alerts.yml) are rules for
Prometheus, each with what to do, for the servers of one installation: the job `tenantatlas`. Give the data source in Grafana the `Scrape interval` that
Prometheus has for this job; the dashboard takes it for 30 seconds, and where yours is longer, rates need a longer `Min step`.

- **Counters and histograms are the server's own**, from 0 at its start: `sum(rate(…))` over all servers. Those of
  runs, slots and notifications count what this server has committed.
- **What is marked \"database\" is read there**, by each server alike, when it is asked, and kept for 15 seconds: `max(…)`
  over all servers. A database that does not answer within two seconds leaves these out, and
  `tenantatlas_database_figures_up` is 0; so it is, with nothing but the process beside it, while a server waits
  at its start for its database.
- **Other gauges are the server's own**: `sum(…)`, or each by itself.
- **No label names a tenant.** Ten thousand tenants would make millions of series; which tenant it is, the console, the
  API and the log say.

Histograms have `_bucket`, `_sum` and `_count`. Lengths are in seconds, sizes in bytes. What begins with `process_` comes from
the system, on Linux only. A test keeps this page equal to what a server tells; run it with `UPDATE_DOCS=1` to write the
page anew.

| metric | type | labels | meaning |
| --- | --- | --- | --- |
";

/// Those that are read in the database.
const OF_THE_DATABASE: [&str; 11] = [
    "tenantatlas_tenants",
    "tenantatlas_enabled_schedules",
    "tenantatlas_stale_schedules",
    "tenantatlas_overdue_schedules",
    "tenantatlas_queued_runs",
    "tenantatlas_queue_age_seconds",
    "tenantatlas_running_runs",
    "tenantatlas_recently_missed_runs",
    "tenantatlas_recently_lost_runs",
    "tenantatlas_stored_bytes",
    "tenantatlas_logical_bytes",
];

fn page(told: &Scrape) -> String {
    let mut rows: Vec<&Family> = told.families.iter().collect();
    rows.sort_by_key(|family| &family.name);
    let mut page = HEAD.to_owned();
    for family in rows {
        let mut labels = BTreeSet::new();
        for name in family.names() {
            labels.extend(told.labels_of(&name));
        }
        labels.remove("le");
        let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
        let name = match family.kind.as_str() {
            "histogram" => family.name.clone(),
            _ => family.names().next().unwrap(),
        };
        let of = match OF_THE_DATABASE.contains(&name.as_str()) {
            true => ", database",
            false => "",
        };
        let (kind, labels, help) = (&family.kind, labels.join(", "), &family.help);
        writeln!(page, "| `{name}` | {kind}{of} | {labels} | {help} |").unwrap();
    }
    page
}

#[actix_rt::test]
async fn the_page_names_every_metric_that_a_server_tells() {
    let (_app, told) = told().await;
    let page = page(&told);
    for name in OF_THE_DATABASE {
        assert!(
            page.contains(&format!("| `{name}` | gauge, database |")),
            "{name}"
        );
    }
    if env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        fs::write(path("metrics.md"), &page).unwrap();
    }
    assert!(
        text("metrics.md") == page,
        "docs/operate/metrics.md differs from what a server tells; run the test with UPDATE_DOCS=1"
    );
}

#[actix_rt::test]
async fn every_metric_is_told_well() {
    let (_app, told) = told().await;
    for Family { name, kind, help } in &told.families {
        let is_ours = name.starts_with("tenantatlas_") || name.starts_with("process_");
        assert!(is_ours, "{name}");
        assert!(
            help.len() > 8 && help.ends_with('.') && !help.ends_with(".."),
            "{name}: {help}"
        );
        assert!(
            ["counter", "gauge", "histogram", "info"].contains(&kind.as_str()),
            "{name}: {kind}"
        );
        assert!(!name.ends_with("_total"), "{name}");
    }
    // Few enough for a server that is asked every few seconds, whatever happens to it.
    assert!(told.samples.len() < 1_500, "{}", told.samples.len());
}

/// The expressions of the dashboard.
fn of_dashboard(part: &Value, found: &mut Vec<String>) {
    match part {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str() {
                    Some(expression) if key == "expr" => found.push(expression.to_owned()),
                    _ => of_dashboard(value, found),
                }
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| of_dashboard(part, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The expressions of the alerts, each on a line of its own.
fn of_alerts() -> Vec<String> {
    let alerts = text("alerts.yml");
    let lines = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "));
    lines.map(str::to_owned).collect()
}

/// The names of ours, and what stands behind each.
fn ours(expression: &str) -> Vec<(&str, &str)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts = ["tenantatlas_", "process_", "up{"]
        .iter()
        .flat_map(|start| expression.match_indices(start))
        .map(|(at, _)| at)
        .filter(|at| !expression[..*at].ends_with(is_word));
    let split = |at: usize| {
        let rest = &expression[at..];
        rest.split_at(rest.find(|c| !is_word(c)).unwrap_or(rest.len()))
    };
    starts.map(split).collect()
}

#[test]
fn every_alert_looks_at_one_installation_alone() {
    for expression in of_alerts() {
        let named = ours(&expression);
        assert!(!named.is_empty(), "{expression}");
        for (name, behind) in named {
            let is_of_one = behind.starts_with("{job=\"tenantatlas\"");
            assert!(is_of_one, "{name} of every job in {expression}");
        }
    }
}

/// What a clock says that is wrong would hide that nothing happens.
#[test]
fn no_alert_about_ticks_believes_a_servers_clock() {
    let alerts = of_alerts();
    let about_ticks = alerts.iter().filter(|it| it.contains("_ticks_total{"));
    assert_eq!(about_ticks.count(), 2);
    for expression in &alerts {
        assert!(!expression.contains("last_tick_timestamp"), "{expression}");
    }
}

/// Those parts of the dashboard that have an expression.
fn targets<'a>(part: &'a Value, found: &mut Vec<&'a Value>) {
    match part {
        Value::Object(fields) if fields.contains_key("expr") => found.push(part),
        Value::Object(fields) => fields.values().for_each(|part| targets(part, found)),
        Value::Array(parts) => parts.iter().for_each(|part| targets(part, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A count over a range that is longer than a step is shown by several steps. A step that is hardly longer
/// than a scrape has nothing to count.
#[test]
fn the_dashboard_counts_everything_once() {
    let dashboard: Value = serde_json::from_str(&text("grafana-dashboard.json")).unwrap();
    let (mut found, mut counts, mut rates) = (Vec::new(), 0, 0);
    targets(&dashboard, &mut found);
    for target in found {
        let (expression, step) = (
            target["expr"].as_str().unwrap(),
            target["interval"].as_str(),
        );
        if expression.contains("$__rate_interval") {
            rates += 1;
            assert!(!expression.contains("increase("), "{expression}");
            assert_eq!(step, Some("30s"), "{expression}");
        }
        if expression.contains("increase(") && expression.contains("$__") {
            counts += 1;
            assert!(expression.contains("[$__interval]"), "{expression}");
            assert_eq!(step, Some("5m"), "{expression}");
        }
    }
    assert!(counts >= 10 && rates >= 20, "{counts} {rates}");
}

/// Whatever is asked for in vain.
fn absent(told: &Scrape, expressions: &[String]) -> Vec<String> {
    let names = told.names();
    let mut absent = Vec::new();
    for expression in expressions {
        let asked = asked(expression);
        assert!(!asked.is_empty(), "{expression}");
        for Asked {
            name,
            labels,
            values,
        } in asked
        {
            // Prometheus tells this of each target.
            if name == "up" {
                continue;
            }
            let known = told.labels_of(&name);
            let unknown: Vec<_> = labels.difference(&known).collect();
            let vain = values.iter().filter(|value| !told.has(&name, value));
            let vain: Vec<_> = vain.collect();
            if !names.contains(&name) || !unknown.is_empty() || !vain.is_empty() {
                absent.push(format!("{name} {unknown:?} {vain:?} in {expression}"));
            }
        }
    }
    absent
}

#[actix_rt::test]
async fn what_the_dashboard_and_the_alerts_ask_for_is_there() {
    let (_app, told) = told().await;
    let dashboard: Value = serde_json::from_str(&text("grafana-dashboard.json")).unwrap();
    let mut shown = Vec::new();
    of_dashboard(&dashboard, &mut shown);
    let alerts = of_alerts();
    assert!(
        shown.len() > 50 && alerts.len() > 15,
        "{} {}",
        shown.len(),
        alerts.len()
    );
    assert_eq!(absent(&told, &shown), Vec::<String>::new());
    assert_eq!(absent(&told, &alerts), Vec::<String>::new());
    // Whatever is told is of use to somebody.
    let used: BTreeSet<String> = shown
        .iter()
        .chain(&alerts)
        .flat_map(|it| asked(it))
        .map(|it| it.name)
        .collect();
    let unused = told
        .families
        .iter()
        .filter(|it| it.names().all(|name| !used.contains(&name)));
    let unused: Vec<_> = unused.map(|it| &it.name).collect();
    assert_eq!(
        unused,
        ["tenantatlas_contents_written"],
        "told, and shown nowhere"
    );
}

#[test]
fn every_alert_says_what_is_so_and_what_to_do() {
    let alerts = text("alerts.yml");
    let count = |key: &str| {
        alerts
            .lines()
            .filter(|line| line.trim().starts_with(key))
            .count()
    };
    let names = count("- alert: ");
    for key in [
        "expr: ",
        "labels: {severity: ",
        "summary: ",
        "description: ",
    ] {
        assert_eq!(count(key), names, "{key}");
    }
}

#[test]
fn expressions_are_read_as_prometheus_reads_them() {
    let named = |expression: &str| -> Vec<String> {
        let shown = |it: Asked| {
            let values = it
                .values
                .iter()
                .map(|(label, value)| format!("{label}={value}"));
            let labels: Vec<_> = it.labels.iter().cloned().chain(values).collect();
            format!("{}({})", it.name, labels.join(" "))
        };
        asked(expression).into_iter().map(shown).collect()
    };
    for (expression, wanted) in [
        ("max(a_b) > 300", &["a_b()"][..]),
        ("time() - max(a{job=~\"$job\"}) > 0.5", &["a()"]),
        (
            "sum by (le, x) (rate(a_bucket{y!=\"by (z)\", job=\"j\"}[5m]))",
            &["a_bucket(le x y)"],
        ),
        (
            "a / on (x) b{y=~\"c|d\"} >= 1 and c offset_ > 0",
            &["a(x)", "b(x y y=c y=d)", "c(x)", "offset_(x)"],
        ),
        ("a{x=\"y\", z!~\"c\"}", &["a(x z x=y)"]),
        (
            "increase(a[$__rate_interval]) unless absent(up{job=\"x\"})",
            &["a()", "up()"],
        ),
    ] {
        assert_eq!(named(expression), wanted, "{expression}");
    }
}
