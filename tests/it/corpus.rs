//! Real policies from a directory are captured byte for byte.
//!
//! `TENANTATLAS_CORPUS` names the directory: `<collection>/<name>.json`, each file with `object`
//! (what the list shows) and `parts` (what only other requests show). Without it nothing is checked.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tenantatlas::domain::{kind::PolicyKind, run::RunStatus};
use tenantatlas_simulator::StoredObject;

use crate::support::{
    Setup, TestApp,
    kinds::collection,
    truth::{is_left_out, whole},
};

/// Folders that hold no core kind: look-ups, and what is not backed up.
const NO_KIND: [&str; 6] = [
    "complianceManagementPartners",
    "deviceManagementPartners",
    "groups",
    "remoteAssistancePartners",
    "templates",
    "vppTokens",
];

/// The folder in which app policies of several kinds lie together, told apart by their type.
const MIXED: &str = "managedAppPolicies";

const MIXED_TYPES: [(PolicyKind, &str); 4] = [
    (PolicyKind::AppProtectionIos, "iosManagedAppProtection"),
    (
        PolicyKind::AppProtectionAndroid,
        "androidManagedAppProtection",
    ),
    (
        PolicyKind::AppProtectionWindows,
        "windowsManagedAppProtection",
    ),
    (
        PolicyKind::AppConfigurationManagedApp,
        "targetedManagedAppConfiguration",
    ),
];

#[actix_rt::test]
async fn every_policy_of_the_corpus_is_captured_byte_for_byte() {
    let Some(directory) = std::env::var_os("TENANTATLAS_CORPUS").map(PathBuf::from) else {
        eprintln!("TENANTATLAS_CORPUS is not set: no real policies are compared");
        return;
    };
    let corpus = Corpus::read(&directory);
    let app = TestApp::with(Setup {
        policies: 0,
        corpus: Some(directory),
        ..Setup::default()
    })
    .await;
    let schedule = app.schedule("Everything", PolicyKind::ALL).await;
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    let set = app.set_of(&run).await.expect("a set");
    let items = app.items(&set).await;
    let find = |collection: &str, id: &str| corpus.find(collection, id);
    let mut compared = 0;
    for kind in PolicyKind::ALL.iter().copied() {
        let mut objects = corpus.of_kind(kind);
        objects.retain(|stored| !is_left_out(kind, stored));
        if kind == PolicyKind::TenantSettings && objects.is_empty() {
            // Every tenant has its settings, also one made of files that lack them.
            continue;
        }
        let wanted: Vec<_> = objects
            .iter()
            .map(|stored| whole(kind, stored, &find))
            .collect();
        let stored = app.compare(&set, &items, kind, &wanted).await;
        eprintln!("{kind}: {stored} as in the files");
        compared += stored;
    }
    eprintln!("{compared} policies in all");
    assert!(compared > 0);
}

/// The files by folder.
struct Corpus(BTreeMap<String, Vec<StoredObject>>);

impl Corpus {
    fn read(directory: &Path) -> Self {
        let folders = std::fs::read_dir(directory).expect("the corpus is a directory");
        let mut all = BTreeMap::new();
        for folder in folders.map(|folder| folder.unwrap().path()) {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let files = std::fs::read_dir(&folder).unwrap();
            let objects = files.map(|file| read(&file.unwrap().path())).collect();
            all.insert(name, objects);
        }
        let known: Vec<&str> = PolicyKind::ALL
            .iter()
            .map(|kind| collection(*kind))
            .collect();
        for folder in all.keys().map(String::as_str) {
            let is_known = known.contains(&folder) || NO_KIND.contains(&folder) || folder == MIXED;
            assert!(is_known, "{folder} belongs to no kind");
        }
        Self(all)
    }

    fn folder(&self, name: &str) -> Vec<StoredObject> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    fn of_kind(&self, kind: PolicyKind) -> Vec<StoredObject> {
        if kind == PolicyKind::RoleAssignment {
            return self.role_assignments();
        }
        match MIXED_TYPES.iter().find(|(of, _)| *of == kind) {
            Some((_, type_name)) => self.mixed(type_name),
            None => self.folder(collection(kind)),
        }
    }

    fn mixed(&self, type_name: &str) -> Vec<StoredObject> {
        let mut objects = self.folder(MIXED);
        let type_name = format!("#microsoft.graph.{type_name}");
        objects.retain(|stored| stored.object["@odata.type"] == type_name.as_str());
        objects
    }

    /// Role assignments lie with their roles.
    fn role_assignments(&self) -> Vec<StoredObject> {
        let roles = self.folder("roleDefinitions");
        let of_role = |role: &StoredObject| -> Vec<StoredObject> {
            let assignments = role.parts["roleAssignments"].as_array().unwrap();
            let of = |assignment: &Value| StoredObject {
                object: assignment.clone(),
                parts: json!({ "roleDefinition": role.object, "roleScopeTags": [] }),
            };
            assignments.iter().map(of).collect()
        };
        roles.iter().flat_map(of_role).collect()
    }

    fn find(&self, collection: &str, id: &str) -> Option<StoredObject> {
        let objects = self.folder(collection);
        objects.into_iter().find(|stored| stored.object["id"] == id)
    }
}

fn read(file: &Path) -> StoredObject {
    let text = std::fs::read(file).unwrap();
    let mut read: Value = serde_json::from_slice(&text).expect("a file of the corpus is JSON");
    let mut parts = read["parts"].take();
    for part in parts.as_object_mut().into_iter().flatten() {
        part.1
            .as_array_mut()
            .into_iter()
            .flatten()
            .for_each(without_remarks);
    }
    StoredObject {
        object: read["object"].take(),
        parts,
    }
}

/// Members that begin with an underscore are remarks of the corpus, not of Graph.
fn without_remarks(element: &mut Value) {
    if let Some(members) = element.as_object_mut() {
        members.retain(|name, _| !name.starts_with('_'));
    }
}
