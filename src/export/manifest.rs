//! What an export holds, and what it does not: `manifest.json`, and the same for who looks on.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{File, Format, names, object::Object, plain::pretty};
use crate::domain::{
    backup::{BackupItem, BackupSet},
    canonical::Hash,
    completeness::KindResult,
    global_id::GlobalId,
    kind::PolicyKind,
    tenant::Tenant,
};

/// The name of the manifest in every export.
pub(super) const MANIFEST: &str = "manifest.json";

/// Version of the manifest's form.
const VERSION: u8 = 1;

/// A set, and whose it is.
#[derive(Clone, Debug)]
pub struct Set {
    /// The set.
    pub set: BackupSet,
    /// Its tenant.
    pub tenant: Tenant,
    /// Name of its schedule.
    pub schedule: String,
}

/// Something that is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Kind of the object.
    pub kind: PolicyKind,
    /// Its identifier at Graph.
    pub graph_id: String,
    /// Its name.
    pub name: String,
    /// Which part of it.
    pub part: String,
    /// What is wrong with it.
    pub flaw: String,
}

impl Damage {
    pub(super) fn of(item: &BackupItem, part: &str, flaw: String) -> Self {
        Self {
            kind: item.kind,
            graph_id: item.graph_id.clone(),
            name: item.name.clone(),
            part: part.to_owned(),
            flaw,
        }
    }

    fn shown(&self) -> Value {
        json!({
            "kind": self.kind.as_str(),
            "graphId": self.graph_id,
            "name": self.name,
            "part": self.part,
            "flaw": self.flaw,
        })
    }
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            kind,
            graph_id,
            name,
            part,
            flaw,
        } = self;
        let (graph_id, name) = (graph_id.escape_debug(), name.escape_debug());
        write!(f, "{kind} {graph_id} ({name}): {part} {flaw}")
    }
}

/// What was exported of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindSummary {
    /// Objects.
    pub items: u32,
    /// Files.
    pub files: u32,
    /// Objects that the layout has no place for.
    pub left_out: u32,
}

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// By kind.
    pub kinds: BTreeMap<PolicyKind, KindSummary>,
    /// Files in all.
    pub files: u32,
    /// Bytes in them.
    pub bytes: u64,
    /// What is lost.
    pub damage: Vec<Damage>,
}

impl Summary {
    /// Objects of all kinds.
    pub fn items(&self) -> u32 {
        self.kinds.values().map(|of| of.items).sum()
    }

    pub(super) fn note(&mut self, object: &Object, files: Option<&[File]>) {
        let of_kind = self.kinds.entry(object.item.kind).or_default();
        of_kind.items += 1;
        of_kind.left_out += u32::from(files.is_none());
        for file in files.unwrap_or_default() {
            of_kind.files += 1;
            self.files += 1;
            self.bytes += u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
        }
        self.damage.extend(object.damage.iter().cloned());
    }
}

/// A manifest that is being written.
#[derive(Debug)]
pub(super) struct Manifest {
    head: Value,
    kinds: Vec<Value>,
    items: Vec<Value>,
}

impl Manifest {
    pub(super) fn of(of: &Set, format: Format, with_secrets: bool, now: DateTime<Utc>) -> Self {
        let Set {
            set,
            tenant,
            schedule,
        } = of;
        let head = json!({
            "version": VERSION,
            "format": format.as_str(),
            "exportedAt": shown(now),
            "exportedBy": concat!("tenantatlas ", env!("CARGO_PKG_VERSION")),
            "withSecrets": with_secrets,
            "tenant": {
                "id": tenant.id.to_global(),
                "name": tenant.name.as_str(),
                "entraTenantId": tenant.entra_tenant_id,
                "cloud": tenant.cloud.as_str(),
            },
            "schedule": { "id": set.schedule.to_global(), "name": schedule },
            "run": { "id": set.run.to_global() },
            "backupSet": {
                "id": set.id.to_global(),
                "createdAt": shown(set.created_at),
                "isComplete": set.is_complete,
                "includesAssignments": set.scope.assignments,
                "includesScopeTags": set.scope.scope_tags,
                "itemCount": set.item_count,
                "contentHash": set.content_hash.to_string(),
                "deletedAt": set.deletion.as_ref().map(|deletion| shown(deletion.at)),
            },
        });
        Self {
            head,
            kinds: Vec::new(),
            items: Vec::new(),
        }
    }

    /// Writes down what became of each kind when it was captured.
    pub(super) fn note_kinds(&mut self, results: impl IntoIterator<Item = KindResult>) {
        self.kinds.extend(results.into_iter().map(|result| {
            let failure = result.failure.as_ref();
            json!({
                "kind": result.kind.as_str(),
                "title": result.kind.title(),
                "folder": names::folder(result.kind),
                "status": result.status.as_str(),
                "listed": result.listed,
                "stored": result.items,
                "failed": result.failed,
                "vanished": result.vanished,
                "code": failure.map(|failure| failure.code.as_str()),
                "message": failure.map(|failure| &failure.message),
            })
        }));
    }

    /// Writes down an object and its files, none when the layout has no place for it, and the files
    /// that are not there because the object's text for them is not what it should be.
    pub(super) fn note(&mut self, object: &Object, files: Option<&[File]>, undecoded: &[String]) {
        let item = &object.item;
        let shown_files = files.map(|files| {
            let files = files.iter().map(|file| {
                json!({
                    "path": file.path,
                    "bytes": file.bytes.len(),
                    "sha256": Hash::of(&file.bytes).to_string(),
                })
            });
            Value::from_iter(files)
        });
        self.items.push(json!({
            "kind": item.kind.as_str(),
            "graphId": item.graph_id,
            "name": item.name,
            "contentHash": item.content_hash.to_string(),
            "capturedAt": shown(item.captured_at),
            "modifiedAt": item.modified_at.map(shown),
            "files": shown_files,
            "undecodedFiles": undecoded,
        }));
    }

    pub(super) fn file(self, summary: &Summary) -> File {
        let Self {
            mut head,
            kinds,
            items,
        } = self;
        let left_out = summary.kinds.iter().filter(|(_, of)| of.left_out > 0);
        let left_out =
            left_out.map(|(kind, of)| json!({ "kind": kind.as_str(), "items": of.left_out }));
        let parts = [
            ("kinds", Value::Array(kinds)),
            ("items", Value::Array(items)),
            ("notInThisLayout", left_out.collect()),
            (
                "damaged",
                summary.damage.iter().map(Damage::shown).collect(),
            ),
        ];
        if let Value::Object(head) = &mut head {
            head.extend(parts.map(|(name, part)| (name.to_owned(), part)));
        }
        File {
            path: MANIFEST.to_owned(),
            bytes: pretty(&head),
        }
    }
}

fn shown(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
