//! One object of one run: taken over where nothing has moved, read and captured otherwise.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;

use super::attempt_error::AttemptError;
use crate::{
    domain::{
        backup::{BackupItem, PartHashes},
        capture::{self, Capture, DigestKey, Parts, SealedValue},
        completeness::ObjectFailure,
        failure::{Failure, FailureCode},
        ids::{BackupItemId, PolicyId},
        policy::{Listed, marker},
        run::Run,
    },
    graph::{Completed, GraphError, TenantGraph, catalog::Entry},
    store::{Store, StoreError, contents::Packed},
    task,
};

/// So many objects in a row that used up their tries end the reading of a kind: waiting for each
/// of thousands would keep the run from its other kinds for hours.
const GIVE_UP_AFTER: u32 = 10;

/// Reads objects of one kind.
#[derive(Debug)]
pub(super) struct ObjectReader {
    pub(super) door: TenantGraph,
    pub(super) store: Store,
    pub(super) run: Run,
    pub(super) entry: &'static Entry,
    pub(super) digest_key: DigestKey,
    /// The newest item of each object that may be taken over, by its identifier at Graph.
    pub(super) latest: HashMap<String, BackupItem>,
    /// Objects since the last good one that used up their tries.
    pub(super) out_of_reach: AtomicU32,
}

/// What became of one object.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is ready to be stored.
    Captured(Box<Captured>),
    /// It was gone before it could be read.
    Vanished,
    /// It could not be read or captured.
    Failed(ObjectFailure),
}

/// An object, ready to be stored.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) item: BackupItem,
    /// Contents that may be new.
    pub(super) contents: Vec<Packed>,
    pub(super) secrets: Vec<SealedValue>,
    /// Whether the payload was taken over.
    pub(super) is_reused: bool,
}

impl ObjectReader {
    /// Deals with one listed object.
    pub(super) async fn read(
        &self,
        listed: Listed,
        object: Value,
        policy: Option<PolicyId>,
    ) -> Result<Outcome, AttemptError> {
        let (graph_id, name) = (Some(listed.graph_id.clone()), listed.name.clone());
        let failed = move |failure| {
            Outcome::Failed(ObjectFailure {
                graph_id,
                name,
                failure,
            })
        };
        let Some(policy) = policy else {
            return Ok(failed(not_in_inventory()));
        };
        if self.out_of_reach.load(Ordering::Relaxed) >= GIVE_UP_AFTER {
            return Ok(failed(given_up()));
        }
        let read = self.capture(listed, object, policy).await?;
        self.note_reach(&read);
        Ok(match read {
            Ok(Some(captured)) => Outcome::Captured(Box::new(captured)),
            Ok(None) | Err(GraphError::Vanished) => Outcome::Vanished,
            Err(error) => failed(error.failure()),
        })
    }

    fn note_reach<T>(&self, read: &Result<T, GraphError>) {
        match read {
            Err(error) if error.failure().code.is_transient() => {
                self.out_of_reach.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) | Err(_) => self.out_of_reach.store(0, Ordering::Relaxed),
        }
    }

    async fn capture(
        &self,
        listed: Listed,
        object: Value,
        policy: PolicyId,
    ) -> Result<Result<Option<Captured>, GraphError>, AttemptError> {
        if let Some(item) = self.latest.get(&listed.graph_id) {
            match self.take_over(item, &listed, &object).await? {
                Ok(Some(captured)) => return Ok(Ok(Some(captured))),
                Ok(None) => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        let marker = marker(&object, self.entry.capture.marker);
        let whole = match self.door.complete(self.entry.kind, object).await {
            Ok(Completed::Object(whole)) => whole,
            Ok(Completed::Vanished) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(error)),
        };
        let (rules, scope, key) = (
            &self.entry.capture,
            self.run.scope.clone(),
            self.digest_key.clone(),
        );
        let apart = computed(move || Ok(capture::take_apart(whole, rules, &scope, &key))).await?;
        let (parts, secrets) = apart;
        let packed = self.pack(parts).await?;
        Ok(Ok(Some(
            self.captured(listed, policy, marker, packed, secrets),
        )))
    }

    /// Hashes and compresses, which is work for a processor and not for an actor's thread.
    pub(super) async fn pack(&self, parts: Parts) -> Result<(Capture, Vec<Packed>), AttemptError> {
        let rules = &self.entry.capture;
        computed(move || {
            let capture = capture::capture(&parts, rules);
            let all = [
                Some(&capture.payload),
                capture.assignments.as_ref(),
                capture.scope_tags.as_ref(),
                capture.sealed.as_ref(),
                Some(&capture.references),
            ];
            let packed = all
                .into_iter()
                .flatten()
                .map(Packed::new)
                .collect::<Result<Vec<_>, _>>()?;
            Ok((capture, packed))
        })
        .await
    }

    pub(super) fn captured(
        &self,
        listed: Listed,
        policy: PolicyId,
        marker: Option<String>,
        (capture, contents): (Capture, Vec<Packed>),
        secrets: Vec<SealedValue>,
    ) -> Captured {
        let item = BackupItem {
            id: BackupItemId::mint(),
            policy,
            kind: self.entry.kind,
            sub_kind: listed.sub_kind,
            graph_id: listed.graph_id,
            name: listed.name,
            parts: PartHashes {
                payload: capture.payload.hash,
                assignments: capture.assignments.map(|content| content.hash),
                scope_tags: capture.scope_tags.map(|content| content.hash),
                sealed: capture.sealed.map(|content| content.hash),
                references: Some(capture.references.hash),
            },
            payload_bytes: u64::try_from(capture.payload.bytes.len()).unwrap_or(u64::MAX),
            content_hash: capture.content_hash,
            state_hash: capture.state_hash,
            marker,
            catalog_revision: self.entry.capture.revision,
            modified_at: listed.modified_at,
            captured_at: self.store.now(),
            last_change: None,
        };
        Captured {
            item,
            contents,
            secrets,
            is_reused: false,
        }
    }
}

async fn computed<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, AttemptError> {
    Ok(task::compute(work).await.map_err(StoreError::Task)??)
}

fn given_up() -> Failure {
    Failure {
        code: FailureCode::GraphUnavailable,
        message: format!(
            "It was not asked for, because Microsoft Graph gave none of {GIVE_UP_AFTER} objects before it."
        ),
    }
}

fn not_in_inventory() -> Failure {
    Failure {
        code: FailureCode::Unknown,
        message: "It is listed but not in the inventory.".to_owned(),
    }
}
