//! The proof of sets: every hash is computed anew, whoever asks for it, and what is damaged is written down.
//!
//! What an item is made of is read once for each version of it, not once for each set that holds it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::{sets::SetOf, tenants::digest_key};
use crate::{
    domain::{
        audit::{AuditAction, AuditOutcome, Author},
        backup::{BackupItem, BackupSet},
        canonical::Hash,
        capture::DigestKey,
        ids::{BackupItemId, BackupSetId, TenantId},
        notification::{Notice, notice_of_damage},
        proof::{self, Flaw, Found, SetFlaw, Stock, Tally, parts_of},
        tenant::Tenant,
    },
    graph::catalog,
    store::{Db, Store, StoreError, audit, backups, contents, damage, items, keys},
    vault::{Field, Vault, VaultError},
};

/// Items that are looked at on one connection at a time.
const PAGE: i64 = 50;

/// An item that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedItem {
    /// The item.
    pub item: BackupItem,
    /// What is wrong with it.
    pub flaws: Vec<Flaw>,
}

/// What the check of a set has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetProof {
    /// How many items were looked at.
    pub items: usize,
    /// Those that are damaged.
    pub damaged: Vec<DamagedItem>,
    /// What is wrong with the set as a whole.
    pub flaws: Vec<SetFlaw>,
    /// Contents that do not fit their hash.
    contents: BTreeSet<Hash>,
}

impl SetProof {
    /// Whether the set is what it was when it was stored.
    pub fn is_sound(&self) -> bool {
        self.damaged.is_empty() && self.flaws.is_empty()
    }
}

/// What was found out about a version of an item.
#[derive(Debug, Default)]
struct Verdict {
    flaws: Vec<Flaw>,
    contents: Vec<Hash>,
}

type Verdicts = HashMap<Hash, Arc<Verdict>>;

/// Checks sets of one tenant, and remembers what it has seen.
#[derive(Debug)]
pub struct Prover {
    store: Store,
    eye: Eye,
    verdicts: Verdicts,
}

/// What is needed to look at an item.
#[derive(Clone, Debug)]
struct Eye {
    tenant: TenantId,
    vault: Vault,
    key: DigestKey,
}

impl Prover {
    /// A prover for the sets of a tenant.
    pub fn new(store: Store, vault: Vault, tenant: &Tenant) -> Result<Self, VaultError> {
        let eye = Eye {
            tenant: tenant.id,
            key: digest_key(tenant, &vault)?,
            vault,
        };
        Ok(Self {
            store,
            eye,
            verdicts: Verdicts::new(),
        })
    }

    /// Computes every hash of a set anew. Tells now and then how many items it has looked at.
    pub async fn check(
        &mut self,
        set: &BackupSet,
        mut tell: impl FnMut(usize),
    ) -> Result<SetProof, StoreError> {
        let (mut proof, mut tally) = (SetProof::default(), Tally::default());
        let mut behind = None;
        loop {
            let page = self.page(set.id, behind).await?;
            let Some((last, _)) = page.last() else {
                break;
            };
            behind = Some(last.id);
            for (item, verdict) in page {
                tally.add(&item);
                proof.contents.extend(&verdict.contents);
                if !verdict.flaws.is_empty() {
                    proof.damaged.push(DamagedItem {
                        item,
                        flaws: verdict.flaws.clone(),
                    });
                }
            }
            tell(tally.items());
        }
        proof.items = tally.items();
        proof.flaws = tally.flaws(set);
        Ok(proof)
    }

    async fn page(
        &mut self,
        set: BackupSetId,
        behind: Option<BackupItemId>,
    ) -> Result<Vec<(BackupItem, Arc<Verdict>)>, StoreError> {
        let (eye, mut verdicts) = (self.eye.clone(), std::mem::take(&mut self.verdicts));
        let look = move |db: &mut Db| {
            let items = items::following(db, set, behind, PAGE)?;
            let mut page = Vec::with_capacity(items.len());
            let mut beside = eye.beside(db, &items, &verdicts)?;
            for item in items {
                let version = proof::version(&item);
                let verdict = match verdicts.get(&version) {
                    Some(verdict) => Arc::clone(verdict),
                    None => {
                        let verdict = Arc::new(eye.look(db, &item, &mut beside)?);
                        verdicts.insert(version, Arc::clone(&verdict));
                        verdict
                    }
                };
                page.push((item, verdict));
            }
            Ok::<_, StoreError>((page, verdicts))
        };
        let (page, verdicts) = self.store.read(look).await?;
        self.verdicts = verdicts;
        Ok(page)
    }
}

impl Eye {
    /// The parts of new versions that are small and shared by many, each once.
    fn beside(
        &self,
        db: &mut Db,
        items: &[BackupItem],
        known: &Verdicts,
    ) -> Result<Stock, StoreError> {
        let new = items
            .iter()
            .filter(|item| !known.contains_key(&proof::version(item)));
        let small: BTreeSet<Hash> = new
            .flat_map(|item| item.parts.all().filter(|hash| *hash != item.parts.payload))
            .collect();
        let small: Vec<Hash> = small.into_iter().collect();
        contents::stock(db, self.tenant, &small)
    }

    /// Looks at one item. Its payload is held no longer than that: it may be large.
    fn look(
        &self,
        db: &mut Db,
        item: &BackupItem,
        beside: &mut Stock,
    ) -> Result<Verdict, StoreError> {
        let payload = item.parts.payload;
        let was_there = beside.contains_key(&payload);
        if !was_there {
            beside.extend(contents::stock(db, self.tenant, &[payload])?);
        }
        let entry = &catalog::entry(item.kind).capture;
        let rules = (entry.revision == item.catalog_revision).then_some(entry);
        let mut verdict = Verdict {
            flaws: proof::flaws(item, beside, rules),
            contents: parts_of(item)
                .filter(|(_, hash)| beside.get(hash) == Some(&Found::Damaged))
                .map(|(_, hash)| hash)
                .collect(),
        };
        for (place, digest) in proof::sealed_values(item, beside).unwrap_or_default() {
            verdict.flaws.extend(self.secret(db, place, digest)?);
        }
        if !was_there {
            beside.remove(&payload);
        }
        Ok(verdict)
    }

    /// What is wrong with a sealed value, if anything is.
    fn secret(&self, db: &mut Db, place: String, digest: Hash) -> Result<Option<Flaw>, StoreError> {
        let Some(sealed) = contents::sealed(db, self.tenant, digest)? else {
            return Ok(Some(Flaw::ValueMissing(place)));
        };
        let opened = self.vault.open(self.tenant, Field::CapturedValue, &sealed);
        if let Err(VaultError::UnknownKey(key)) = opened {
            keys::refuse_in_use(db, &key.to_string())?;
        }
        let is_sound = opened.is_ok_and(|secret| {
            let text = std::str::from_utf8(secret.expose_secret());
            text.is_ok_and(|text| self.key.digest(text) == digest)
        });
        Ok((!is_sound).then_some(Flaw::ValueDamaged(place)))
    }
}

/// Writes down what the check of a set has shown; false when the set was purged meanwhile, and nothing
/// is written. The caller holds the tenant.
pub fn record(
    db: &mut Db,
    of: &SetOf,
    proof: &SetProof,
    author: &Author,
    notices: &mut Vec<Notice>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let damaged = u32::try_from(proof.damaged.len()).unwrap_or(u32::MAX);
    let before = backups::find(db, of.tenant, of.set)?;
    if !backups::note_check(db, of.set, damaged, now)? {
        return Ok(false);
    }
    let entry = of
        .entry(AuditAction::BackupSetVerified, author)
        .changed(
            "damagedItemCount",
            before.map(|set| set.damaged_items),
            damaged,
        )
        .ended(match proof.is_sound() {
            true => AuditOutcome::Succeeded,
            false => AuditOutcome::Failed,
        });
    audit::append(db, &entry, now)?;
    let contents: Vec<Hash> = proof.contents.iter().copied().collect();
    note_damage(db, of.tenant, &contents, notices, now)?;
    Ok(true)
}

/// Writes down that contents were found damaged, and has people told of those that nobody knew of. The
/// caller holds the tenant.
pub(super) fn note_damage(
    db: &mut Db,
    tenant: TenantId,
    hashes: &[Hash],
    notices: &mut Vec<Notice>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut new = Vec::new();
    for hash in hashes {
        // Looked at again: a run may have mended it since.
        let found = contents::stock(db, tenant, &[*hash])?;
        if found.get(hash) == Some(&Found::Damaged) && damage::mark(db, tenant, *hash, now)? {
            tracing::error!(tenant.id = %tenant, content = %hash, "a stored content does not fit its hash");
            new.push(*hash);
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    damage::note_in_sets(db, tenant)?;
    let harm = damage::harm(db, tenant, &new)?;
    notices.push(notice_of_damage(tenant, &harm));
    Ok(())
}
