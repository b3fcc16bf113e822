//! Mutations of backup sets.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    access::{Attempt, TenantScope},
    backups::BackupSet,
    call::Call,
    error::{Code, Refusal, Result},
    faults::{Faults, Stop, Undone, UserError, UserErrorCode, found, settle},
    ids,
    items::BackupItem,
    leave::Leave,
    loaders::{ThePurgedSet, TheSchedule, TheSet, TheTenant},
    payloads::payload,
};
use crate::{
    domain::{
        audit::{AuditAction, Author, Target},
        backup::DeletionReason,
        ids::BackupSetId,
        role::Permission,
    },
    store::{Db, StoreError, backups, pages::items::StoredItem},
    workers::{
        proof::{self, Prover},
        sets::{self, SetOf},
    },
};

/// Input of `deleteBackupSet`, to delete a backup set.
#[derive(InputObject, Clone, Debug)]
pub(super) struct DeleteBackupSetInput {
    /// ID of the backup set.
    backup_set_id: ID,
}

/// Input of `undeleteBackupSet`, to undelete a backup set.
#[derive(InputObject, Clone, Debug)]
pub(super) struct UndeleteBackupSetInput {
    /// ID of the backup set.
    backup_set_id: ID,
}

payload! {
    DeleteBackupSetPayload "DeleteBackupSetPayload":
    "Outcome of `deleteBackupSet`.", backup_set BackupSet: "The backup set, now deleted; null when there are user errors."
}

payload! {
    UndeleteBackupSetPayload "UndeleteBackupSetPayload":
    "Outcome of `undeleteBackupSet`.", backup_set BackupSet: "The backup set; null when there are user errors."
}

/// Input of `verifyBackupSet`, to check a backup set.
#[derive(InputObject, Clone, Debug)]
pub(super) struct VerifyBackupSetInput {
    /// ID of the backup set.
    backup_set_id: ID,
}

/// Outcome of `verifyBackupSet`.
#[derive(SimpleObject)]
pub(super) struct VerifyBackupSetPayload {
    /// The backup set with its new `verifiedAt`; null when there are user errors.
    backup_set: Option<BackupSet>,
    /// Whether the backup set is what it was when it was stored: none of its items is damaged, and none is missing. Null when there are user errors.
    is_sound: Option<bool>,
    /// The items found damaged, at most 100. Items that are missing are only counted, by `damagedItemCount`.
    damaged_items: Vec<BackupItem>,
    /// What went wrong; empty when nothing did.
    user_errors: Vec<UserError>,
}

impl From<std::result::Result<Checked, Faults>> for VerifyBackupSetPayload {
    fn from(result: std::result::Result<Checked, Faults>) -> Self {
        match result {
            Ok(Checked {
                set,
                is_sound,
                damaged,
            }) => Self {
                backup_set: Some(set),
                is_sound: Some(is_sound),
                damaged_items: damaged,
                user_errors: Vec::new(),
            },
            Err(faults) => Self {
                backup_set: None,
                is_sound: None,
                damaged_items: Vec::new(),
                user_errors: faults.into_errors(),
            },
        }
    }
}

pub(super) struct SetChanges;

#[Object]
impl SetChanges {
    /// Delete a backup set; it can be undeleted for 30 days. Does nothing when it already is deleted. Requires: MANAGER. User errors: NOT_FOUND.
    async fn delete_backup_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which backup set.")] input: DeleteBackupSetInput,
    ) -> Result<Option<DeleteBackupSetPayload>> {
        let wanted = Wanted {
            id: &input.backup_set_id,
            operation: "deleteBackupSet",
            action: AuditAction::BackupSetDeleted,
            change: |db, of, author, now| sets::delete(db, of, DeletionReason::User, author, now),
        };
        settle(wanted.carry_out(Call::of(ctx)).await)
    }

    /// Bring a deleted backup set back; the retention leaves it alone for 24 hours. Does nothing when it is not deleted. Requires: MANAGER. User errors: NOT_FOUND, PURGED.
    async fn undelete_backup_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which backup set.")] input: UndeleteBackupSetInput,
    ) -> Result<Option<UndeleteBackupSetPayload>> {
        let wanted = Wanted {
            id: &input.backup_set_id,
            operation: "undeleteBackupSet",
            action: AuditAction::BackupSetUndeleted,
            change: sets::undelete,
        };
        let call = Call::of(ctx);
        let undeleted = match wanted.carry_out(call).await {
            // It may be one that there was.
            Err(Stop::Faults(missing)) => Err(purged(call, &input.backup_set_id, missing).await?),
            settled => settled,
        };
        settle(undeleted)
    }

    /// Check all hashes of a backup set now. Requires: OPERATOR. User errors: NOT_FOUND.
    async fn verify_backup_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to check.")] input: VerifyBackupSetInput,
    ) -> Result<Option<VerifyBackupSetPayload>> {
        settle(verified(Call::of(ctx), &input).await)
    }
}

/// Why a set that is not there cannot be brought back: because it was purged, or because there never was
/// one. Of purged sets it is told to those who might have brought them back.
async fn purged(call: &Call, id: &ID, missing: Faults) -> Result<Stop> {
    let id: BackupSetId = ids::read(id)?;
    let (scope, set) = match call.reach(id, ThePurgedSet).await {
        Ok(found) => found,
        Err(refusal) if refusal.code == Code::NotFound => return Ok(missing.into()),
        Err(refusal) => return Err(refusal),
    };
    let schedule = call
        .must_load(TheSchedule(scope.tenant, set.schedule))
        .await?;
    let attempt = Attempt {
        operation: "undeleteBackupSet",
        action: AuditAction::BackupSetUndeleted,
        target: Target::BackupSet(id),
        name: schedule.name.to_string(),
    };
    Leave::ask(call, scope, Permission::ManageBackupSets, attempt).await?;
    let message = "the backup set was purged for good 30 days after it was deleted";
    Ok(Faults::one(UserErrorCode::Purged, message, PATH).into())
}

/// The most items that the answer names.
const MOST_NAMED: usize = 100;

/// A set after its check, and the items that were found damaged.
struct Checked {
    set: BackupSet,
    is_sound: bool,
    damaged: Vec<BackupItem>,
}

async fn verified(call: &Call, input: &VerifyBackupSetInput) -> std::result::Result<Checked, Stop> {
    let id = ids::read(&input.backup_set_id)?;
    let (scope, of) = reach(call, id).await?;
    let attempt = Attempt {
        operation: "verifyBackupSet",
        action: AuditAction::BackupSetVerified,
        target: Target::BackupSet(id),
        name: of.schedule.clone(),
    };
    let leave = Leave::ask(call, scope, Permission::VerifyBackupSets, attempt).await?;
    let tenant = call.must_load(TheTenant(scope.tenant, ())).await?;
    let set = call.must_load(TheSet(scope.tenant, id)).await?;
    let vault = call.workers.vault().clone();
    let mut prover = Prover::new(call.store.clone(), vault, &tenant)
        .map_err(|error| Refusal::internal(&error))?;
    let proof = prover.check(&set, |_| {}).await.map_err(Refusal::from)?;
    let named = proof.damaged.iter().take(MOST_NAMED);
    let named: Vec<_> = named.map(|damaged| damaged.item.clone()).collect();
    let is_sound = proof.is_sound();
    let recorded = call.store.write_telling(move |db, notices, now| {
        leave.confirmed(db)?;
        proof::record(db, &of, &proof, &leave.author, notices, now)?;
        Ok::<_, Undone>(backups::find(db, scope.tenant, id)?)
    });
    let set = recorded.await?.ok_or_else(|| Faults::not_found(PATH))?;
    let item = |item| BackupItem {
        scope,
        stored: StoredItem { set: id, item },
    };
    Ok(Checked {
        set: BackupSet { scope, set },
        is_sound,
        damaged: named.into_iter().map(item).collect(),
    })
}

/// Where a set is named in every input that has one.
const PATH: &[&str] = &["input", "backupSetId"];

/// What somebody wants to do to a set.
struct Wanted<'a> {
    /// The set, as the client named it.
    id: &'a ID,
    /// Name of the mutation.
    operation: &'static str,
    /// What it does.
    action: AuditAction,
    /// How.
    change: fn(&mut Db, &SetOf, &Author, DateTime<Utc>) -> std::result::Result<(), StoreError>,
}

impl Wanted<'_> {
    /// The set afterwards.
    async fn carry_out(self, call: &Call) -> std::result::Result<BackupSet, Stop> {
        let (id, change) = (ids::read(self.id)?, self.change);
        let (scope, of) = reach(call, id).await?;
        let attempt = Attempt {
            operation: self.operation,
            action: self.action,
            target: Target::BackupSet(id),
            name: of.schedule.clone(),
        };
        let leave = Leave::ask(call, scope, Permission::ManageBackupSets, attempt).await?;
        let changed = call.store.write(move |db, now| {
            leave.confirmed(db)?;
            change(db, &of, &leave.author, now)?;
            Ok::<_, Undone>(backups::find(db, scope.tenant, id)?)
        });
        let set = changed.await?.ok_or_else(|| Faults::not_found(PATH))?;
        Ok(BackupSet { scope, set })
    }
}

async fn reach(call: &Call, id: BackupSetId) -> std::result::Result<(TenantScope, SetOf), Stop> {
    let (scope, set) = found(call.reach(id, TheSet).await, PATH)?;
    let schedule = call
        .must_load(TheSchedule(scope.tenant, set.schedule))
        .await?;
    let of = SetOf {
        tenant: scope.tenant,
        set: id,
        schedule: schedule.name.to_string(),
    };
    Ok((scope, of))
}
