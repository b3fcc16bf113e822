//! A plain client for comparison: it reads each list, each item of it, each part of each item, and
//! each group and filter that an assignment points to, one after the other.

use std::time::{Duration, Instant};

use serde_json::Value;
use tenantatlas::{
    domain::kind::PolicyKind,
    graph::catalog::{Assignments, Entry, Read, Shape, When, entry},
};
use tenantatlas_simulator::{Simulator, TenantSpec};

/// Reads everything; how long it took.
pub(crate) async fn read(graph: &Simulator, spec: &TenantSpec) -> Duration {
    let begun = Instant::now();
    let http = reqwest::Client::new();
    let root = graph.url();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &spec.client_id.to_string()),
        ("client_secret", &spec.client_secret),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let directory = spec.entra_tenant_id;
    let asked = http
        .post(format!("{root}/{directory}/oauth2/v2.0/token"))
        .form(&form);
    let answer: Value = asked.send().await.unwrap().json().await.unwrap();
    let token = answer["access_token"].as_str().expect("a token").to_owned();
    let client = Plain {
        http,
        root,
        token,
        directory: directory.to_string(),
    };
    for kind in PolicyKind::ALL {
        client.kind(entry(*kind)).await;
    }
    begun.elapsed()
}

struct Plain {
    http: reqwest::Client,
    root: String,
    token: String,
    directory: String,
}

impl Plain {
    async fn kind(&self, entry: &Entry) {
        if entry.unavailable.is_some() {
            return;
        }
        let version = format!("{}/{}", self.root, entry.version.as_str());
        let list = entry.list.replace("{tenant}", &self.directory);
        let list = format!("{version}{list}");
        match entry.shape {
            Shape::Singleton => {
                self.get(&list).await;
                return;
            }
            Shape::CollectionAnd(path) => {
                let path = path.replace("{tenant}", &self.directory);
                self.get(&format!("{version}{path}")).await;
            }
            Shape::Collection => {}
        }
        let objects = self.collection(&list).await;
        for listed in objects {
            let id = listed[entry.id].as_str().unwrap_or_default();
            let object = self.get(&format!("{list}/{id}")).await;
            let object = object.unwrap_or(listed.clone());
            for path in parts(entry, &object) {
                let path = path.replace("{id}", id);
                let (path, _) = path.split_once('?').unwrap_or((&path, ""));
                self.part(&format!("{list}{path}"), &object).await;
            }
            let assignments = match entry.assignments {
                Assignments::OnList(path) | Assignments::PerItem(path) => {
                    self.collection(&format!("{list}{}", path.replace("{id}", id)))
                        .await
                }
                // The list shows them, as far as anything does.
                Assignments::OnObject(_) | Assignments::InFollowUp | Assignments::None => {
                    listed["assignments"]
                        .as_array()
                        .cloned()
                        .unwrap_or_default()
                }
            };
            self.targets(&assignments).await;
        }
    }

    /// A part, and below it what its elements alone show.
    async fn part(&self, url: &str, object: &Value) {
        let Some((array, below)) = url.split_once("/{element}") else {
            self.collection(url).await;
            return;
        };
        let name = array.rsplit('/').next().unwrap_or_default();
        let elements = match object[name].as_array() {
            Some(elements) => elements.clone(),
            None => self.collection(array).await,
        };
        for element in elements {
            let id = element["id"].as_str().unwrap_or_default();
            self.collection(&format!("{array}/{id}{below}")).await;
        }
    }

    async fn targets(&self, assignments: &[Value]) {
        for target in assignments.iter().map(|assignment| &assignment["target"]) {
            if let Some(group) = target["groupId"].as_str() {
                self.get(&format!("{}/v1.0/groups/{group}", self.root))
                    .await;
            }
            let filter = &target["deviceAndAppManagementAssignmentFilterId"];
            if let Some(filter) = filter.as_str() {
                let filters = format!("{}/beta/deviceManagement/assignmentFilters", self.root);
                self.get(&format!("{filters}/{filter}")).await;
            }
        }
    }

    /// All pages of a collection; nothing where there is none.
    async fn collection(&self, url: &str) -> Vec<Value> {
        let (mut items, mut next) = (Vec::new(), Some(url.to_owned()));
        while let Some(url) = next.take() {
            let Some(mut page) = self.get(&url).await else {
                break;
            };
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
            if let Value::Array(more) = page["value"].take() {
                items.extend(more);
            }
        }
        items
    }

    async fn get(&self, url: &str) -> Option<Value> {
        let answer = self.http.get(url).bearer_auth(&self.token).send().await;
        answer.ok()?.error_for_status().ok()?.json().await.ok()
    }
}

/// Paths of the parts that an object of a kind has, below the list's, each once.
fn parts(entry: &Entry, object: &Value) -> Vec<&'static str> {
    let applies = |when: When| match when {
        When::Type(types) => {
            let name = object["@odata.type"].as_str().unwrap_or_default();
            types.contains(&name.trim_start_matches("#microsoft.graph."))
        }
        When::Equals(pointer, text) => {
            object.pointer(pointer).and_then(Value::as_str) == Some(text)
        }
        When::Positive(members) => members.iter().any(|name| object[*name].as_u64() > Some(0)),
        When::Present(member) => !object[member].is_null(),
        When::Always | When::Missing(_) | When::Short { .. } => true,
    };
    let mut paths = Vec::new();
    for follow_up in entry.follow_ups.iter().filter(|it| applies(it.when)) {
        match follow_up.read {
            Read::Collection(part) => paths.push(part.path),
            Read::Single(part) if !part.action => paths.push(part.path),
            Read::Stream(part) => paths.push(part.path),
            Read::PerElement(part) => paths.push(part.path),
            // The item itself was read already; of the others it knows nothing.
            Read::Object(_) | Read::Single(_) | Read::Named(_) | Read::PlainValues(_) => {}
        }
    }
    paths.dedup();
    paths
}
