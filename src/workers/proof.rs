//! The proof of sets: every hash is computed anew, whoever asks for it, and what is damaged is written down.
//!
//! What an item is made of is read once for each version of it, not once for each set that holds it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::{
    damage::{self, Damage, LostValue},
    sets::SetOf,
    tenants::digest_key,
};
use crate::{
    domain::{
        audit::{AuditAction, AuditOutcome, Author},
        backup::{BackupItem, BackupSet},
        canonical::Hash,
        capture::DigestKey,
        ids::{BackupItemId, BackupSetId, TenantId},
        notification::notice_of_broken_set,
        proof::{self, Flaw, Found, SetFlaw, Stock, Tally, parts_of},
        tenant::Tenant,
    },
    graph::catalog,
    store::{Db, Notices, Store, StoreError, audit, backups, contents, items, keys},
    vault::{Field, KeyId, Vault, VaultError},
};

/// Items that are looked at on one connection at a time.
const PAGE: i64 = 50;

/// Damaged items that a message names.
const NAMED: usize = 5;

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
    /// How many items it had that are not in it any more.
    lost: u32,
    damage: Damage,
}

impl SetProof {
    /// Whether the set is what it was when it was stored.
    pub fn is_sound(&self) -> bool {
        self.damaged.is_empty() && self.flaws.is_empty()
    }

    /// How many items are damaged or lost; at least one when the set is not what it was.
    pub fn damaged_items(&self) -> u32 {
        let damaged = u32::try_from(self.damaged.len()).unwrap_or(u32::MAX);
        let broken = u32::from(!self.is_sound());
        damaged.saturating_add(self.lost).max(broken)
    }
}

/// What was found out about a version of an item.
#[derive(Debug, Default)]
struct Verdict {
    flaws: Vec<Flaw>,
    damage: Damage,
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
pub(super) struct Eye {
    tenant: TenantId,
    vault: Vault,
    key: DigestKey,
}

impl Prover {
    /// A prover for the sets of a tenant.
    pub fn new(store: Store, vault: Vault, tenant: &Tenant) -> Result<Self, VaultError> {
        Ok(Self {
            store,
            eye: Eye::new(vault, tenant)?,
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
                proof.damage.add(&verdict.damage);
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
        let items = u32::try_from(proof.items).unwrap_or(u32::MAX);
        proof.lost = set.item_count.saturating_sub(items);
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

/// How a secret was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Secret {
    /// It opens, and is the one that was sealed.
    Sound,
    /// Nothing is stored under its digest.
    Missing,
    /// These bytes are, and they are not it.
    Damaged(Vec<u8>),
    /// What is stored was sealed with a key that is not at hand, or says so: another server may open it.
    Locked,
}

impl Eye {
    /// An eye for what is stored of a tenant.
    pub(super) fn new(vault: Vault, tenant: &Tenant) -> Result<Self, VaultError> {
        Ok(Self {
            tenant: tenant.id,
            key: digest_key(tenant, &vault)?,
            vault,
        })
    }

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
            damage: Damage {
                contents: parts_of(item)
                    .map(|(_, hash)| hash)
                    .filter(|hash| !matches!(beside.get(hash), Some(Found::Whole(_))))
                    .collect(),
                values: BTreeSet::new(),
            },
        };
        for (place, digest) in proof::sealed_values(item, beside).unwrap_or_default() {
            let secret = self.secret(db, digest)?;
            verdict.flaws.extend(match &secret {
                Secret::Sound => None,
                Secret::Missing => Some(Flaw::ValueMissing(place)),
                Secret::Damaged(_) | Secret::Locked => Some(Flaw::ValueDamaged(place)),
            });
            if let Some(index) = item.parts.sealed {
                verdict.damage.values.extend(secret.lost(index, digest));
            }
        }
        if !was_there {
            beside.remove(&payload);
        }
        Ok(verdict)
    }

    /// Looks at a secret.
    pub(super) fn secret(&self, db: &mut Db, digest: Hash) -> Result<Secret, StoreError> {
        let Some(sealed) = contents::sealed(db, self.tenant, digest)? else {
            return Ok(Secret::Missing);
        };
        let opened = self.vault.open(self.tenant, Field::CapturedValue, &sealed);
        if let Err(VaultError::UnknownKey(key)) = opened {
            keys::refuse_in_use(db, &key.to_string())?;
        }
        let is_sound = opened.is_ok_and(|secret| {
            let text = std::str::from_utf8(secret.expose_secret());
            text.is_ok_and(|text| self.key.digest(text) == digest)
        });
        let has_key = |id: KeyId| self.vault.keys().any(|key| key == id);
        Ok(match is_sound {
            true => Secret::Sound,
            false if KeyId::of_sealed(&sealed).is_some_and(has_key) => Secret::Damaged(sealed),
            false => Secret::Locked,
        })
    }
}

impl Secret {
    /// What is lost of it, when a content names it.
    pub(super) fn lost(self, index: Hash, digest: Hash) -> Option<LostValue> {
        let sealed = match self {
            Self::Sound | Self::Locked => return None,
            Self::Missing => None,
            Self::Damaged(sealed) => Some(sealed),
        };
        Some(LostValue {
            index,
            digest,
            sealed,
        })
    }
}

/// Writes down what the check of a set has shown; false when the set was purged meanwhile, and nothing
/// is written. The caller holds the tenant.
pub fn record(
    db: &mut Db,
    of: &SetOf,
    proof: &SetProof,
    author: &Author,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let damaged = proof.damaged_items();
    let before = backups::find(db, of.tenant, of.set)?.map(|set| set.damaged_items);
    if !backups::note_check(db, of.set, damaged, now)? {
        return Ok(false);
    }
    let entry = of
        .entry(AuditAction::BackupSetVerified, author)
        .changed("damagedItemCount", before, damaged)
        .ended(match proof.is_sound() {
            true => AuditOutcome::Succeeded,
            false => AuditOutcome::Failed,
        });
    audit::append(db, &entry, now)?;
    let is_told = damage::note(db, of.tenant, &proof.damage, notices, now)?;
    // What is wrong with the set is not told by what is wrong with contents.
    if before.is_some_and(|before| damaged > before) && !(is_told && proof.flaws.is_empty()) {
        let names = proof.damaged.iter().take(NAMED);
        let names: Vec<String> = names.map(|damaged| damaged.item.name.clone()).collect();
        notices.push(notice_of_broken_set(of.tenant, of.set, &names, damaged));
    }
    Ok(true)
}
