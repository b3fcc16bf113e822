//! Mutations of backup sets.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};

use super::{
    access::{Attempt, TenantScope},
    backups::BackupSet,
    call::Call,
    error::Result,
    faults::{Faults, Stop, Undone, found, settle},
    ids,
    leave::Leave,
    loaders::{TheSchedule, TheSet},
    payloads::payload,
};
use crate::{
    domain::{
        audit::{AuditAction, Author, Target},
        backup::DeletionReason,
        ids::BackupSetId,
        role::Permission,
    },
    store::{Db, StoreError, backups},
    workers::sets::{self, SetOf},
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

    /// Bring a deleted backup set back; the retention leaves it alone for 24 hours. Does nothing when it is not deleted. Requires: MANAGER. User errors: NOT_FOUND.
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
        settle(wanted.carry_out(Call::of(ctx)).await)
    }
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
