//! "The first backup" and "A second server", typed into a shell as the pages have them: against the simulator,
//! at free ports, and with a tenant of it where the pages say UUID and SECRET.

use std::{
    env, fs,
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;
use tenantatlas::store::DatabaseUrl;
use tenantatlas_simulator::TenantSpec;

use super::Page;
use crate::support::Database;

/// How many seconds all steps together may take.
const PATIENCE: &str = "180";

/// The commands of a part of a page, block by block.
fn steps(page: &str, heading: &str) -> Vec<String> {
    let page = Page::at(page);
    let (_, part) = page
        .text
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("{} has no `{heading}`", page.name));
    let text = part.split("\n## ").next().unwrap_or_default().to_owned();
    let part = Page {
        name: page.name,
        text,
    };
    let blocks = part.blocks();
    blocks
        .into_iter()
        .map(|block| {
            assert_eq!(block.language, "sh", "{heading}: {}", block.text);
            block.text
        })
        .collect()
}

/// Ports that nobody listens at. All are taken before one is given back, so that they differ.
fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let listeners: [TcpListener; COUNT] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// Somebody who takes the steps, in an empty directory.
struct Reader {
    directory: TempDir,
    /// What is put in place of what is shown.
    places: Vec<(&'static str, String)>,
    listen: String,
    metrics: String,
}

impl Reader {
    fn new() -> Self {
        // The first of those that `simulate-graph` prints.
        let tenant = TenantSpec::numbered(1, 0, 60);
        let (directory, client) = (tenant.entra_tenant_id, tenant.client_id);
        let [graph, first, second, metrics, more_metrics] = free_ports();
        Self {
            directory: tempfile::tempdir().unwrap(),
            places: vec![
                (
                    "UUID --client-id UUID",
                    format!("{directory} --client-id {client}"),
                ),
                ("'SECRET'", format!("'{}'", tenant.client_secret)),
                (
                    "simulate-graph &",
                    format!("simulate-graph --listen 127.0.0.1:{graph} &"),
                ),
                (":8081", format!(":{graph}")),
                (":8080", format!(":{first}")),
                (":8180", format!(":{second}")),
                (":9465", format!(":{more_metrics}")),
            ],
            listen: format!("127.0.0.1:{first}"),
            metrics: format!("127.0.0.1:{metrics}"),
        }
    }

    /// Carries commands out, one after the other, up to the first that fails.
    fn carry_out(&self, steps: &[String]) -> Output {
        let mut typed = steps.join("\n");
        for (shown, wanted) in &self.places {
            typed = typed.replace(shown, wanted);
        }
        let bin = Path::new(env!("CARGO_BIN_EXE_tenantatlas"))
            .parent()
            .unwrap();
        let path = format!("{}:{}", bin.display(), env::var("PATH").unwrap());
        let file = self.directory.path().join("steps.sh");
        // Whatever happens, nothing is left running.
        let script =
            format!("trap 'jobs -p > jobs; kill $(cat jobs) || true; wait' EXIT\n{typed}\n");
        fs::write(&file, script).unwrap();
        let mut shell = Command::new("timeout");
        shell
            .args(["--kill-after=10", PATIENCE, "sh", "-e"])
            .arg(&file)
            .current_dir(self.directory.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.directory.path())
            .env("TENANTATLAS_LISTEN", &self.listen)
            .env("TENANTATLAS_METRICS_LISTEN", &self.metrics);
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{typed}\n{}", told(&output));
        output
    }

    /// What was told of a run, in a file.
    fn run(&self, name: &str) -> Value {
        let text = fs::read_to_string(self.directory.path().join(name)).unwrap();
        let mut answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["errors"], Value::Null, "{answer:#}");
        answer["data"]["backupScheduleRun"].take()
    }
}

fn told(output: &Output) -> String {
    let (data, told) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(data).into_owned() + &String::from_utf8_lossy(told)
}

fn is_whole(run: &Value) -> bool {
    run["status"] == "SUCCEEDED" && run["backupSet"]["isComplete"] == true
}

/// What of the first backup is said to work at several servers as well.
fn again(first: &[String]) -> impl Iterator<Item = &String> {
    let names = ["runBackupScheduleNow", "backupScheduleRun("];
    names.into_iter().map(|name| {
        let mut steps = first.iter();
        steps.find(|step| step.contains(name)).expect(name)
    })
}

#[test]
fn the_steps_to_a_first_backup_and_to_a_second_server_can_be_taken() {
    let database = Database::create();
    let reader = Reader::new();
    let first = steps("docs/install.md", "The first backup");
    let second = steps("docs/several-servers.md", "A second server, step by step");
    let mut steps = Vec::new();
    for step in &first {
        steps.push(step.clone());
        if step.contains("simulate-graph") {
            // People take longer to read what it prints.
            steps.push(
                "curl -sS -o graph --retry 10 --retry-connrefused http://127.0.0.1:8081/"
                    .to_owned(),
            );
        }
    }
    steps.push("mv answer.json first.json".to_owned());
    if let DatabaseUrl::Postgres(url) = &database.url {
        steps.push(format!("export DATABASE_URL='{url}'"));
        steps.extend(second.iter().cloned());
        let [begun, seen] = <[&String; 2]>::try_from(again(&first).collect::<Vec<_>>()).unwrap();
        steps.extend([
            begun.clone(),
            "address=http://127.0.0.1:8180".to_owned(),
            seen.clone(),
        ]);
    }
    let all = first.concat() + &second.concat();
    for (shown, _) in &reader.places {
        assert!(all.contains(shown), "no step has `{shown}` any more");
    }

    let output = reader.carry_out(&steps);
    let run = reader.run("first.json");
    assert!(is_whole(&run), "{run:#}");
    let set = reader.directory.path().join("first-backup");
    assert!(set.join("manifest.json").is_file(), "{}", told(&output));
    if !database.is_embedded() {
        let run = reader.run("answer.json");
        assert!(is_whole(&run), "{run:#}");
        let data = String::from_utf8(output.stdout).unwrap();
        let tenants: Vec<&str> = data
            .lines()
            .filter(|line| line.contains("\"tenants\":{"))
            .collect();
        assert_eq!(tenants.len(), 2, "{data}");
        assert_eq!(tenants[0], tenants[1]);
        assert!(tenants[0].contains("Contoso"), "{data}");
    }
}
