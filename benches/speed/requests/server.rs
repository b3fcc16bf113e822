//! The program under measurement, with one tenant.

use std::{collections::BTreeMap, fs, time::Duration};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::{
    clock::{Clock, SystemClock},
    domain::{global_id::GlobalId, ids::TenantId, kind::PolicyKind, reuse::is_full_read_day},
};
use tenantatlas_simulator::Simulator;
use uuid::Uuid;

use crate::support::program::{Place, Program};

/// How fast the program may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As fast as answers come; how many at once stays as it is.
    Unbounded,
    /// As it does by itself.
    Default,
}

impl Pace {
    fn settings(self) -> String {
        let mut text = "[limits]\nrequests_per_minute = 1000000\n".to_owned();
        if self == Self::Unbounded {
            for bucket in ["intune", "scripts", "conditional_access", "identity"] {
                text.push_str(&format!(
                    "[graph.rates.{bucket}]\nrequests = 1000000\nwindow = \"1s\"\nburst = 900000\n"
                ));
            }
        }
        text
    }
}

/// What became of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: String,
    pub(crate) wall: Duration,
    pub(crate) listed: u64,
    pub(crate) stored: u64,
    pub(crate) failed: u64,
    pub(crate) payload_bytes: f64,
    pub(crate) listed_by_kind: BTreeMap<String, u64>,
    /// Kinds that are not whole, with the reason.
    pub(crate) failures: Vec<String>,
}

/// A server with one tenant and one schedule of everything.
pub(crate) struct Server {
    program: Program,
    token: String,
    schedule: String,
    _place: Place,
}

impl Server {
    pub(crate) async fn start(graph: &Simulator, pace: Pace) -> Self {
        let place = Place::new(&graph.url(), &pace.settings());
        let tenant = add_tenant(&place, graph);
        let id = TenantId::from_global(&tenant).expect("an ID");
        if is_full_read_day(id, SystemClock.now()) {
            // Its second run would be no quiet one; the next tenant's day is another.
            return Box::pin(Self::start(graph, pace)).await;
        }
        let token = place.answer(&[
            "token",
            "create",
            "--tenant",
            &tenant,
            "--role",
            "MANAGER",
            "--name",
            "Benchmark",
        ]);
        let program = place.serve().await;
        let mut server = Self {
            program,
            token,
            schedule: String::new(),
            _place: place,
        };
        server.schedule = server.make_schedule(&tenant).await;
        server
    }

    /// Of its process.
    pub(crate) fn id(&self) -> u32 {
        self.program.id()
    }

    async fn ask(&self, query: &str, variables: Value) -> Value {
        self.program.ask(&self.token, query, variables).await
    }

    /// Makes a schedule of everything that does not fire by itself today.
    async fn make_schedule(&self, tenant: &str) -> String {
        let kinds: Vec<String> = PolicyKind::ALL
            .iter()
            .map(|kind| kind.to_string())
            .collect();
        let time = (SystemClock.now() - TimeDelta::hours(1))
            .format("%H:%M")
            .to_string();
        let input = json!({
            "tenantId": tenant, "name": "Everything", "policyTypes": kinds,
            "recurrence": {"frequency": "DAILY", "timeOfDay": time, "timeZone": "UTC"},
        });
        let query = "mutation($input: CreateBackupScheduleInput!) { answer: createBackupSchedule(input: $input) { schedule { id } userErrors { code } } }";
        let answer = self.ask(query, json!({ "input": input })).await;
        let id = answer["answer"]["schedule"]["id"].as_str();
        id.expect("a schedule").to_owned()
    }

    /// Runs the schedule once, to its end.
    pub(crate) async fn back_up(&self) -> Ran {
        let input = json!({"scheduleId": self.schedule, "idempotencyKey": Uuid::new_v4()});
        let query = "mutation($input: RunBackupScheduleNowInput!) { answer: runBackupScheduleNow(input: $input) { run { id } userErrors { code } } }";
        let answer = self.ask(query, json!({ "input": input })).await;
        let id = answer["answer"]["run"]["id"].as_str().expect("a run");
        let query = "query($id: ID!) { node(id: $id) { ... on BackupScheduleRun { status durationMs \
            summary { policyCount itemCount failedPolicyCount payloadBytes } \
            policyTypeResults { policyType listedPolicyCount errorMessage } } } }";
        loop {
            let run = self.ask(query, json!({ "id": id })).await["node"].take();
            if !matches!(run["status"].as_str(), Some("QUEUED" | "RUNNING")) {
                return ran(&run);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn ran(run: &Value) -> Ran {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let results = run["policyTypeResults"].as_array().into_iter().flatten();
    let by_kind = results.map(|result| {
        let listed = number(&result["listedPolicyCount"]);
        (text(&result["policyType"]), listed)
    });
    let failures = run["policyTypeResults"].as_array().into_iter().flatten();
    let failures = failures.filter_map(|result| {
        let reason = result["errorMessage"].as_str()?;
        Some(format!("{}: {reason}", text(&result["policyType"])))
    });
    let summary = &run["summary"];
    Ran {
        status: text(&run["status"]),
        wall: Duration::from_millis(number(&run["durationMs"])),
        listed: number(&summary["policyCount"]),
        stored: number(&summary["itemCount"]),
        failed: number(&summary["failedPolicyCount"]),
        payload_bytes: text(&summary["payloadBytes"]).parse().unwrap_or_default(),
        listed_by_kind: by_kind.collect(),
        failures: failures.collect(),
    }
}

fn add_tenant(place: &Place, graph: &Simulator) -> String {
    let spec = graph.tenants().first().unwrap();
    let secret = place.path().join("client-secret");
    fs::write(&secret, &spec.client_secret).unwrap();
    place.answer(&[
        "tenant",
        "add",
        "--name",
        &spec.name,
        "--entra-tenant-id",
        &spec.entra_tenant_id.to_string(),
        "--client-id",
        &spec.client_id.to_string(),
        "--client-secret-file",
        secret.to_str().unwrap(),
    ])
}
