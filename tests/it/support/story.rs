//! The program with a tenant of the simulator's, a schedule, and somebody who asks the API.

use std::{
    fs,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tenantatlas_simulator::{Simulator, SimulatorOptions, TenantSpec};

use super::{Database, program::Program, shell::Shell};

/// Times as short as a test needs them.
const SETTINGS: &str = r#"
[database]
connections = 4
patience = "2s"
statement_timeout = "1s"

[times]
tick = "1s"
grace = "1m"
lease = "6s"
beat = "1s"
cancel_poll = "1s"
shutdown_grace = "2s"

[limits]
requests_per_minute = 100000
points_per_minute = 100000000
"#;

const CREATE: &str = "mutation ($input: CreateBackupScheduleInput!) {
    createBackupSchedule(input: $input) { schedule { id } userErrors { message } } }";

const RUN: &str = "mutation ($input: RunBackupScheduleNowInput!) {
    runBackupScheduleNow(input: $input) { run { id } userErrors { message } } }";

const SETS: &str = "query ($id: ID!) {
    tenant(id: $id) { backupSets(first: 1) { nodes { id } } } }";

const STATUS: &str = "query ($id: ID!) {
    backupScheduleRun(id: $id) { status errorCode errorMessage } }";

/// How long a run is waited for: one that the database interrupts is attempted again after a minute.
const PATIENCE: Duration = Duration::from_secs(240);

pub(crate) struct Story {
    pub(crate) shell: Shell,
    pub(crate) graph: Simulator,
    token: String,
    tenant: String,
    pub(crate) database: Database,
}

impl Story {
    /// Adds the tenant and makes the token, beside the server that is to come.
    pub(crate) fn begin(database: Database) -> Self {
        Self::of(database, 60)
    }

    /// The same with a tenant of so many policies.
    pub(crate) fn of(database: Database, policies: usize) -> Self {
        let graph = Simulator::start(SimulatorOptions {
            tenants: vec![TenantSpec::numbered(7, 0, policies)],
            ..SimulatorOptions::default()
        })
        .unwrap();
        let shell = Shell::new(&database);
        let spec = graph.tenants()[0].clone();
        fs::write(shell.path("client-secret"), &spec.client_secret).unwrap();
        fs::write(shell.path("settings.toml"), SETTINGS).unwrap();
        let directory = spec.entra_tenant_id.to_string();
        let client = spec.client_id.to_string();
        let secret = shell.path("client-secret");
        let add = ["tenant", "add", "--name", "Contoso", "--client-id", &client];
        let how = [
            "--entra-tenant-id",
            &directory,
            "--client-secret-file",
            &secret,
        ];
        let tenant = shell.run(&[&add[..], &how].concat()).done();
        let tenant = tenant.trim().to_owned();
        let create = ["token", "create", "--role", "MANAGER", "--name", "story"];
        let token = shell.run(&[&create[..], &["--tenant", &tenant]].concat());
        Self {
            token: token.done().trim().to_owned(),
            tenant,
            graph,
            shell,
            database,
        }
    }

    /// `serve` with the short times.
    pub(crate) fn serve(&self) -> std::process::Command {
        let mut serve = self.shell.command(&["serve"]);
        serve
            .env("TENANTATLAS_CONFIG", self.shell.path("settings.toml"))
            .env("TENANTATLAS_GRAPH_URL", self.graph.url())
            .env("TENANTATLAS_LOGIN_URL", self.graph.url());
        serve
    }

    /// Asks, and says the answer's data; none while the server cannot give one, which it has to say.
    pub(crate) async fn try_asking(
        &self,
        program: &Program,
        query: &str,
        variables: Value,
    ) -> Option<Value> {
        let answer = program.ask(&self.token, query, variables).await;
        if let Some(error) = answer["errors"].get(0) {
            let code = &error["extensions"]["code"];
            assert!(code == "UNAVAILABLE" || code == "TIMEOUT", "{answer}");
            return None;
        }
        Some(answer["data"].clone())
    }

    async fn asking(&self, program: &Program, query: &str, variables: Value) -> Value {
        let answered = self.try_asking(program, query, variables).await;
        answered.unwrap_or_else(|| panic!("no answer: {:#?}", program.log()))
    }

    /// Makes a schedule that is not due, of a few kinds.
    pub(crate) async fn schedule(&self, program: &Program, name: &str) -> String {
        let recurrence = json!({"frequency": "WEEKLY", "timeOfDay": "03:00", "timeZone": "UTC",
            "weekdays": ["SUNDAY"]});
        let input = json!({"tenantId": self.tenant, "name": name, "recurrence": recurrence,
            "policyTypes": ["DEVICE_CONFIGURATION", "SETTINGS_CATALOG", "SCOPE_TAG"]});
        let made = self.asking(program, CREATE, json!({"input": input})).await;
        let id = &made["createBackupSchedule"]["schedule"]["id"];
        id.as_str()
            .unwrap_or_else(|| panic!("no schedule: {made}"))
            .to_owned()
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Asks for a run.
    pub(crate) async fn run(&self, program: &Program, schedule: &str) -> String {
        let asked = self.try_running(program, schedule).await;
        asked.unwrap_or_else(|| panic!("no run: {:#?}", program.log()))
    }

    /// The same, of a server that may not be able to.
    pub(crate) async fn try_running(&self, program: &Program, schedule: &str) -> Option<String> {
        let input = json!({"input": {"scheduleId": schedule,
            "idempotencyKey": uuid::Uuid::new_v4().to_string()}});
        let run = self.try_asking(program, RUN, input).await?;
        let id = &run["runBackupScheduleNow"]["run"]["id"];
        let id = id.as_str().unwrap_or_else(|| panic!("no run: {run}"));
        Some(id.to_owned())
    }

    /// Where a run stands, if the server can say.
    pub(crate) async fn status_of(&self, program: &Program, run: &str) -> Option<String> {
        let data = self.try_asking(program, STATUS, json!({"id": run})).await?;
        let status = data["backupScheduleRun"]["status"].as_str();
        Some(status.expect("a run has a status").to_owned())
    }

    /// The set that was made last.
    pub(crate) async fn newest_set(&self, program: &Program) -> String {
        let data = self.asking(program, SETS, json!({"id": self.tenant})).await;
        let id = &data["tenant"]["backupSets"]["nodes"][0]["id"];
        id.as_str()
            .unwrap_or_else(|| panic!("no set: {data}"))
            .to_owned()
    }

    /// Waits until a run is as wanted, however long the database is away meanwhile; says how it is then.
    async fn once(&self, program: &Program, run: &str, is_so: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.status_of(program, run).await {
                Some(status) if is_so(&status) => return status,
                Some(_) | None => {}
            }
            assert!(
                Instant::now() < deadline,
                "it goes on: {:#?}",
                program.log()
            );
        }
    }

    /// Waits until nobody carries a run out any more: it has ended, or waits for another attempt.
    pub(crate) async fn is_let_go(&self, program: &Program, run: &str) {
        self.once(program, run, |status| status != "RUNNING").await;
    }

    /// How a run ends.
    pub(crate) async fn end_of(&self, program: &Program, run: &str) -> String {
        let is_over = |status: &str| !["QUEUED", "RUNNING"].contains(&status);
        self.once(program, run, is_over).await
    }

    /// A run from its beginning to its good end.
    pub(crate) async fn backs_up(&self, program: &Program, schedule: &str) {
        let run = self.run(program, schedule).await;
        let ended = self.end_of(program, &run).await;
        assert_eq!(ended, "SUCCEEDED", "{:#?}", program.log());
    }
}
