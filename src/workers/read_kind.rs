//! One kind of one run: list, update the inventory, read what has moved, store the contents.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicU32},
};

use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};
use tracing::Instrument;

use super::{
    attempt_error::AttemptError,
    deps::Deps,
    keys,
    licence::Licence,
    measures::measured,
    read_object::{ObjectReader, Outcome},
};
use crate::{
    domain::{
        backup::BackupItem,
        capture::DigestKey,
        completeness::{KindResult, KindStatus, ObjectFailure},
        failure::{Failure, FailureCode},
        global_id::GlobalId,
        ids::PolicyId,
        kind::PolicyKind,
        policy::{Listed, Nameless},
        run::Run,
    },
    graph::{GraphError, TenantGraph, catalog},
    store::{
        StoreError, contents, items,
        leases::{self, Held},
        policies, tenants,
    },
};

/// Objects whose contents are written in one transaction.
const WRITE_BATCH: usize = 32;
/// Objects that are taken over in one transaction.
const TAKE_BATCH: usize = 256;
/// Objects of one run that are read at once where that brings in little: two batches' worth.
const SMALL_READS: usize = 40;

/// Reads kinds of one run.
#[derive(Debug)]
pub(super) struct KindReader {
    pub(super) deps: Deps,
    pub(super) run: Run,
    pub(super) door: TenantGraph,
    pub(super) digest_key: DigestKey,
    /// Whether objects whose marker has not moved may be taken over.
    pub(super) may_reuse: bool,
    pub(super) licence: Licence,
    pub(super) reads: Reads,
}

/// Places for objects that are read, of all kinds of a run together.
#[derive(Debug)]
pub(super) struct Reads {
    small: Semaphore,
    large: Semaphore,
}

impl Reads {
    /// So many at once where bodies are large.
    pub(super) fn new(large: usize) -> Self {
        Self {
            small: Semaphore::new(SMALL_READS),
            large: Semaphore::new(large),
        }
    }

    fn of(&self, entry: &catalog::Entry) -> &Semaphore {
        match entry.has_large_bodies() {
            true => &self.large,
            false => &self.small,
        }
    }
}

/// What has happened while a kind is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// Its turn has come.
    Begun(PolicyKind),
    /// Its list is complete, with this many objects.
    Listed(PolicyKind, u32),
    /// One object is dealt with.
    Object,
}

impl KindReader {
    /// Reads a kind to its end. A refusal by Graph is a result, not an error.
    pub(super) async fn read(
        &self,
        kind: PolicyKind,
        told: mpsc::Sender<Read>,
    ) -> Result<(KindResult, Vec<BackupItem>), AttemptError> {
        let span = tracing::debug_span!(
            "kind",
            run.id = %self.run.id.to_global(), tenant.id = %self.run.tenant.to_global(), kind = %kind,
        );
        self.read_to_end(kind, told).instrument(span).await
    }

    async fn read_to_end(
        &self,
        kind: PolicyKind,
        told: mpsc::Sender<Read>,
    ) -> Result<(KindResult, Vec<BackupItem>), AttemptError> {
        let door = self.door.metered();
        tell(&told, Read::Begun(kind)).await;
        let mut result = KindResult::queued(kind);
        let mut items = Vec::new();
        match self.list(&door, kind).await? {
            Ok(objects) => {
                result.listed = Some(count(objects.len()));
                tell(&told, Read::Listed(kind, count(objects.len()))).await;
                self.read_objects(&door, kind, objects, &mut result, &mut items, &told)
                    .await?;
                result.status = match result.failed {
                    0 => KindStatus::Succeeded,
                    _ => KindStatus::Partial,
                };
            }
            Err(error) => refused(&mut result, &error),
        }
        result.requests = door.calls().requests;
        Ok((result, items))
    }

    /// Lists a kind. One that was not empty and now is, is listed again; the second answer counts.
    async fn list(
        &self,
        door: &TenantGraph,
        kind: PolicyKind,
    ) -> Result<Result<Vec<Value>, GraphError>, StoreError> {
        if !self.licence.allows(kind).await {
            return Ok(Err(GraphError::NotLicensed));
        }
        let listed = door.list(kind).await;
        self.licence.note(kind, &listed);
        if !matches!(&listed, Ok(objects) if objects.is_empty()) {
            return Ok(listed);
        }
        let tenant = self.run.tenant;
        let before = self
            .deps
            .store
            .read(move |db| policies::count_present(db, tenant, kind))
            .await?;
        Ok(if before > 0 {
            door.list(kind).await
        } else {
            listed
        })
    }

    async fn read_objects(
        &self,
        door: &TenantGraph,
        kind: PolicyKind,
        objects: Vec<Value>,
        result: &mut KindResult,
        items: &mut Vec<BackupItem>,
        told: &mpsc::Sender<Read>,
    ) -> Result<(), AttemptError> {
        let mut named = Vec::with_capacity(objects.len());
        for object in objects {
            match catalog::entry(kind).listed(&object) {
                Ok(listed) => named.push((listed, object)),
                Err(error) => {
                    result.note_failed(nameless(&error));
                    tell(told, Read::Object).await;
                }
            }
        }
        let ids = self.sync(kind, &named).await?;
        let reader = Arc::new(ObjectReader {
            door: door.clone(),
            store: self.deps.store.clone(),
            run: self.run.clone(),
            entry: catalog::entry(kind),
            digest_key: self.digest_key.clone(),
            latest: self.latest(kind).await?,
            out_of_reach: AtomicU32::new(0),
        });
        let mut to_read = Vec::new();
        while !named.is_empty() {
            let rest = named.split_off(TAKE_BATCH.min(named.len()));
            let (taken, others) = reader
                .take_unmoved(std::mem::replace(&mut named, rest))
                .await?;
            let taken = taken
                .into_iter()
                .map(|it| Ok(Outcome::Captured(Box::new(it))));
            self.keep(taken.collect(), result, items, told).await?;
            to_read.extend(others);
        }
        let places = self.reads.of(reader.entry);
        let mut reads = stream::iter(to_read)
            .map(|(listed, object)| {
                let (reader, policy) = (Arc::clone(&reader), ids.get(&listed.graph_id).copied());
                async move {
                    let _place = places.acquire().await;
                    reader.read(listed, object, policy).await
                }
            })
            .buffer_unordered(SMALL_READS)
            .ready_chunks(WRITE_BATCH);
        while let Some(batch) = reads.next().await {
            self.keep(batch, result, items, told).await?;
        }
        Ok(())
    }

    /// Brings the inventory up to the list, which people see at once: unless the run was lost.
    async fn sync(
        &self,
        kind: PolicyKind,
        named: &[(Listed, Value)],
    ) -> Result<HashMap<String, PolicyId>, AttemptError> {
        let listed: Vec<Listed> = named.iter().map(|(listed, _)| listed.clone()).collect();
        let (tenant, held) = (self.run.tenant, Held::of(&self.run));
        self.deps
            .store
            .write(move |db, now| {
                tenants::lock(db, tenant)?;
                let ids = policies::sync(db, tenant, kind, &listed, now)?;
                // Last, because no renewal of the lease succeeds while this has the row.
                match leases::is_held(db, held)? {
                    true => Ok(ids),
                    false => Err(AttemptError::Lost),
                }
            })
            .await
    }

    /// The newest item of each object, as far as it may be taken over.
    async fn latest(&self, kind: PolicyKind) -> Result<HashMap<String, BackupItem>, StoreError> {
        if !self.may_reuse || catalog::entry(kind).follow_ups.is_empty() {
            return Ok(HashMap::new());
        }
        let tenant = self.run.tenant;
        self.deps
            .store
            .read(move |db| items::latest_of_kind(db, tenant, kind))
            .await
    }

    /// Stores the contents of some objects and counts them.
    async fn keep(
        &self,
        batch: Vec<Result<Outcome, AttemptError>>,
        result: &mut KindResult,
        items: &mut Vec<BackupItem>,
        told: &mpsc::Sender<Read>,
    ) -> Result<(), AttemptError> {
        let (mut packed, mut secrets) = (Vec::new(), Vec::new());
        for outcome in batch {
            match outcome? {
                Outcome::Captured(captured) => {
                    packed.extend(captured.contents);
                    for secret in captured.secrets {
                        secrets.push(self.seal(&secret)?);
                    }
                    self.deps.measures.captured(captured.is_reused);
                    result.reused += u32::from(captured.is_reused);
                    result.items += 1;
                    result.payload_bytes += captured.item.payload_bytes;
                    items.push(captured.item);
                }
                Outcome::Vanished => result.vanished += 1,
                Outcome::Failed(failed) => result.note_failed(failed),
            }
            tell(told, Read::Object).await;
        }
        if !packed.is_empty() || !secrets.is_empty() {
            let (tenant, written) = (self.run.tenant, measured(&packed));
            let write = move |db: &mut crate::store::Db, now| {
                if let Some((_, sealed)) = secrets.first() {
                    keys::confirm(db, sealed)?;
                }
                contents::put(db, tenant, &packed, now)?;
                contents::put_sealed(db, tenant, &secrets, now)
            };
            self.deps.store.write(write).await?;
            self.deps.measures.wrote(written);
        }
        Ok(())
    }

    fn seal(
        &self,
        value: &crate::domain::capture::SealedValue,
    ) -> Result<(crate::domain::canonical::Hash, Vec<u8>), AttemptError> {
        let field = crate::vault::Field::CapturedValue;
        let sealed = self
            .deps
            .vault
            .seal(self.run.tenant, field, value.secret.as_bytes())?;
        Ok((value.digest, sealed))
    }
}

/// The list was refused: not available, or failed.
fn refused(result: &mut KindResult, error: &GraphError) {
    let failure = error.failure();
    match error.not_available() {
        Some(reason) => {
            result.status = KindStatus::NotAvailable;
            result.failure = Some(Failure {
                code: failure.code,
                message: reason,
            });
        }
        None => {
            result.status = KindStatus::Failed;
            result.failure = Some(failure);
        }
    }
}

/// A listed object that cannot be told from others.
fn nameless(error: &Nameless) -> ObjectFailure {
    ObjectFailure {
        graph_id: None,
        name: "(without an identifier)".to_owned(),
        failure: Failure {
            code: FailureCode::Unknown,
            message: error.to_string(),
        },
    }
}

async fn tell(told: &mpsc::Sender<Read>, read: Read) {
    // The other end is gone only when the run is, and then nobody asks.
    let _ = told.send(read).await;
}

pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
