//! One attempt of a run: sign in, then read each kind and store its contents.
//!
//! What is read goes to the database at once, in short transactions, as contents that nothing
//! refers to yet. Only their hashes stay in memory, until `land` makes a set of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};

use super::{
    attempt_error::AttemptError,
    attribution, credentials,
    deps::Deps,
    licence::Licence,
    read_kind::{KindReader, Read, Reads},
    references,
    reporter::Reporter,
    tenants::digest_key,
};
use crate::{
    domain::{
        attribution::Attribution,
        backup::BackupItem,
        capture::DigestKey,
        completeness::{KindResult, KindStatus},
        credential::Experience,
        failure::{Failure, FailureCode},
        global_id::GlobalId,
        ids::PolicyId,
        kind::PolicyKind,
        reference::Lesson,
        reuse::is_full_read_day,
        run::{Phase, Progress, Run},
        tenant::Tenant,
    },
    graph::{Granted, GraphError, TenantAccess},
    store::{StoreError, credentials as stored, policies, tenants},
};

/// Kinds that are listed and read at once: a batch's worth of lists. More would hold more lists in
/// memory.
const KINDS_AT_ONCE: usize = 20;

/// What an attempt brought in.
#[derive(Debug)]
pub(super) struct Harvest {
    /// What became of each kind.
    pub(super) results: Vec<KindResult>,
    /// What is stored, in no order.
    pub(super) items: Vec<BackupItem>,
    /// What was learnt about the names of what the items point to.
    pub(super) lessons: Vec<Lesson>,
    /// Who removed what is not there any more, as far as that is known.
    pub(super) removals: HashMap<PolicyId, Attribution>,
    /// How far the attempt came.
    pub(super) progress: Progress,
    /// What the attempt has shown of the tenant's credential, before any kind was read.
    pub(super) entry: Entry,
}

/// With which credential a tenant was entered, and what came of it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// When the credential had been stored; none if there was none.
    pub(super) stored_at: Option<DateTime<Utc>>,
    /// What was shown.
    pub(super) experience: Experience,
}

/// Makes one attempt. A backup that fails is a harvest with failures, not an error.
pub(super) async fn run_backup(
    deps: &Deps,
    run: &Run,
    reads: usize,
) -> Result<Harvest, AttemptError> {
    let mut reporter = Reporter::new(deps.clone(), run);
    reporter.note(Phase::Connecting, 0, None).await;
    let opened = open_tenant(deps, run).await?;
    let Some(Opened {
        tenant,
        access,
        digest_key,
        stored_at,
    }) = opened
    else {
        let entry = Entry {
            stored_at: None,
            experience: Experience::Absent,
        };
        return Ok(failed(run, reporter.progress(), &no_credential(), entry));
    };
    let own = access.client_id;
    let door = deps.graph.tenant(access);
    let granted = match door.connect().await {
        Ok(granted) => granted,
        Err(error) => {
            log_refusal(run, &error);
            let failure = error.failure();
            let entry = Entry {
                stored_at: Some(stored_at),
                experience: credentials::refusal(failure.code),
            };
            return Ok(failed(run, reporter.progress(), &failure, entry));
        }
    };
    let (refused, kinds) = sort_out(&run.scope.kinds, &granted);
    let entry = Entry {
        stored_at: Some(stored_at),
        experience: credentials::lacking(refused.iter().map(|result| &result.kind)),
    };
    let full_read = run.full_read || is_full_read_day(run.tenant, deps.clock.now());
    reporter.count_calls_of(&door);
    let reader = KindReader {
        deps: deps.clone(),
        run: run.clone(),
        licence: Licence::new(&kinds),
        door: door.clone(),
        digest_key,
        may_reuse: !full_read,
        reads: Reads::new(reads),
    };
    let kinds = (refused, kinds);
    let mut harvest = read_kinds(&reader, &tenant, kinds, entry, &mut reporter).await?;
    let read = (harvest.results.as_slice(), harvest.items.as_slice());
    harvest.lessons = references::resolve(deps, run, &door, read, full_read).await?;
    attribution::attribute(deps, run, &door, own, &mut harvest).await?;
    reporter
        .note(
            Phase::Storing,
            reporter.progress().processed,
            reporter.progress().total,
        )
        .await;
    harvest.progress = reporter.progress();
    Ok(harvest)
}

struct Opened {
    tenant: Tenant,
    access: TenantAccess,
    digest_key: DigestKey,
    stored_at: DateTime<Utc>,
}

/// The tenant with its secrets opened; none when it has no credential.
async fn open_tenant(deps: &Deps, run: &Run) -> Result<Option<Opened>, AttemptError> {
    let id = run.tenant;
    let stored = deps
        .store
        .read(move |db| Ok::<_, StoreError>((tenants::find(db, id)?, stored::find(db, id)?)));
    let (Some(tenant), Some(credential)) = stored.await? else {
        return Ok(None);
    };
    Ok(Some(Opened {
        access: credentials::open(&deps.vault, &tenant, &credential)?,
        digest_key: digest_key(&tenant, &deps.vault)?,
        stored_at: credential.updated_at,
        tenant,
    }))
}

/// The kinds that the app may not read, with the reason, and those that it may.
fn sort_out(kinds: &[PolicyKind], granted: &Granted) -> (Vec<KindResult>, Vec<PolicyKind>) {
    let (mut refused, mut allowed) = (Vec::new(), Vec::new());
    for kind in kinds {
        match granted.refusal(*kind) {
            Some(error) => refused.push(without(*kind, &error.failure())),
            None => allowed.push(*kind),
        }
    }
    (refused, allowed)
}

/// The record of a kind that was not asked for.
fn without(kind: PolicyKind, failure: &Failure) -> KindResult {
    KindResult {
        status: KindStatus::Failed,
        failure: Some(failure.clone()),
        ..KindResult::queued(kind)
    }
}

fn no_credential() -> Failure {
    Failure {
        code: FailureCode::TokenExpired,
        message: "The tenant has no Graph credential. Store one, then run the backup again."
            .to_owned(),
    }
}

/// An attempt that failed before the first kind: each kind failed for this reason.
fn failed(run: &Run, progress: Progress, failure: &Failure, entry: Entry) -> Harvest {
    let kinds = run.scope.kinds.iter();
    Harvest {
        results: kinds.map(|kind| without(*kind, failure)).collect(),
        entry,
        items: Vec::new(),
        lessons: Vec::new(),
        removals: HashMap::new(),
        progress,
    }
}

fn log_refusal(run: &Run, error: &GraphError) {
    let failure = error.failure();
    tracing::warn!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), code = %failure.code, reason = failure.message, "the app could not sign in to the tenant");
}

async fn read_kinds(
    reader: &KindReader,
    tenant: &Tenant,
    (refused, kinds): (Vec<KindResult>, Vec<PolicyKind>),
    entry: Entry,
    reporter: &mut Reporter,
) -> Result<Harvest, AttemptError> {
    let kinds = reader.licence.in_order(&kinds);
    let mut tally = Tally::new(reader, tenant).await?;
    for result in refused {
        tally.finish(result, Vec::new());
    }
    reporter.record(tally.results()).await;
    let (sender, mut reads) = tokio::sync::mpsc::channel(64);
    let mut work = stream::iter(kinds)
        .map(|kind| reader.read(kind, sender.clone()))
        .buffer_unordered(KINDS_AT_ONCE);
    loop {
        tokio::select! {
            biased;
            Some(read) = reads.recv() => {
                tally.add(read);
                reporter.note(tally.phase(), tally.processed, tally.total()).await;
            }
            done = work.next() => match done {
                Some(result) => {
                    // What the kind told before it ended may still lie here, and must not count after.
                    while let Ok(read) = reads.try_recv() {
                        tally.add(read);
                    }
                    let (result, items) = result?;
                    tally.finish(result, items);
                    reporter.record(tally.results()).await;
                }
                None => break,
            },
        }
    }
    drop(work);
    Ok(tally.harvest(reporter.progress(), entry))
}

/// What is known so far of all kinds.
struct Tally {
    /// Per kind: its record, and how many objects it has or is expected to have.
    kinds: Vec<(KindResult, Option<u32>)>,
    unlisted: usize,
    processed: u32,
    items: Vec<BackupItem>,
}

impl Tally {
    /// Expects of each kind what the last sync saw.
    async fn new(reader: &KindReader, tenant: &Tenant) -> Result<Self, StoreError> {
        let (id, kinds, was_synced) = (
            tenant.id,
            reader.run.scope.kinds.clone(),
            tenant.synced_at.is_some(),
        );
        let expect = move |db: &mut crate::store::Db| {
            kinds
                .iter()
                .map(|&kind| {
                    let count = policies::count_present(db, id, kind)?;
                    let expected = was_synced.then(|| u32::try_from(count).unwrap_or(u32::MAX));
                    Ok((KindResult::queued(kind), expected))
                })
                .collect::<Result<Vec<_>, StoreError>>()
        };
        let kinds = reader.deps.store.read(expect).await?;
        Ok(Self {
            unlisted: kinds.len(),
            kinds,
            processed: 0,
            items: Vec::new(),
        })
    }

    fn add(&mut self, read: Read) {
        match read {
            Read::Begun(kind) => {
                if let Some((result, _)) = self.of(kind) {
                    result.status = KindStatus::Running;
                }
            }
            Read::Listed(kind, number) => {
                self.unlisted = self.unlisted.saturating_sub(1);
                if let Some((result, expected)) = self.of(kind) {
                    result.listed = Some(number);
                    *expected = Some(number);
                }
            }
            Read::Object => self.processed = self.processed.saturating_add(1),
        }
    }

    fn finish(&mut self, read: KindResult, items: Vec<BackupItem>) {
        let has_list = read.listed.is_some();
        self.items.extend(items);
        let mut was_listed = true;
        if let Some((result, expected)) = self.of(read.kind) {
            was_listed = result.listed.is_some();
            if !has_list {
                *expected = Some(0);
            }
            *result = read;
        }
        if !was_listed {
            self.unlisted = self.unlisted.saturating_sub(1);
        }
    }

    fn of(&mut self, kind: PolicyKind) -> Option<&mut (KindResult, Option<u32>)> {
        self.kinds
            .iter_mut()
            .find(|(result, _)| result.kind == kind)
    }

    fn phase(&self) -> Phase {
        if self.unlisted > 0 {
            Phase::Enumerating
        } else {
            Phase::Fetching
        }
    }

    /// Objects to deal with; unknown while a kind is neither listed nor known from an earlier sync.
    fn total(&self) -> Option<u32> {
        self.kinds
            .iter()
            .map(|(_, expected)| *expected)
            .try_fold(0_u32, |sum, number| Some(sum.saturating_add(number?)))
    }

    fn results(&self) -> Vec<KindResult> {
        self.kinds
            .iter()
            .map(|(result, _)| result.clone())
            .collect()
    }

    fn harvest(self, progress: Progress, entry: Entry) -> Harvest {
        Harvest {
            results: self.results(),
            items: self.items,
            lessons: Vec::new(),
            removals: HashMap::new(),
            progress,
            entry,
        }
    }
}
