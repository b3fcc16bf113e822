//! Identifiers as clients send them: read to the type that is asked for, or to any.

use async_graphql::ID;
use uuid::Uuid;

use super::error::{Code, Refusal, Result};
use crate::domain::{
    global_id::GlobalId,
    ids::{
        ApiTokenId, AuditEntryId, BackupItemId, BackupSetId, MemberId, NotificationId, PolicyId,
        RunId, ScheduleId, TenantId, UserId,
    },
};

/// Reads an identifier of one type.
pub(super) fn read<I: GlobalId>(id: &ID) -> Result<I> {
    I::from_global(id).map_err(|invalid| Refusal::invalid_id(&invalid))
}

/// Shows an identifier.
pub(super) fn show(id: impl GlobalId) -> ID {
    ID(id.to_global())
}

/// An identifier of any type that can be fetched by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnyId {
    ApiToken(ApiTokenId),
    AuditEntry(AuditEntryId),
    BackupItem(BackupItemId),
    BackupSet(BackupSetId),
    Member(MemberId),
    Notification(NotificationId),
    Policy(PolicyId),
    Run(RunId),
    Schedule(ScheduleId),
    Tenant(TenantId),
    User(UserId),
}

impl AnyId {
    /// Reads what a client sent. The prefix decides, so that an error is that of its type.
    pub(super) fn read(id: &ID) -> Result<Self> {
        match id.split_once('_').map(|(prefix, _)| prefix) {
            Some(ApiTokenId::PREFIX) => read(id).map(Self::ApiToken),
            Some(AuditEntryId::PREFIX) => read(id).map(Self::AuditEntry),
            Some(NotificationId::PREFIX) => read(id).map(Self::Notification),
            Some(BackupItemId::PREFIX) => read(id).map(Self::BackupItem),
            Some(BackupSetId::PREFIX) => read(id).map(Self::BackupSet),
            Some(MemberId::PREFIX) => read(id).map(Self::Member),
            Some(PolicyId::PREFIX) => read(id).map(Self::Policy),
            Some(RunId::PREFIX) => read(id).map(Self::Run),
            Some(ScheduleId::PREFIX) => read(id).map(Self::Schedule),
            Some(UserId::PREFIX) => read(id).map(Self::User),
            Some(TenantId::PREFIX) => read(id).map(Self::Tenant),
            Some(_) | None => {
                let message = "not an ID of any object that can be fetched by it";
                Err(Refusal::new(Code::InvalidId, message))
            }
        }
    }
}

impl AnyId {
    /// The identifier as it is stored, whatever it identifies.
    pub(super) fn uuid(self) -> Uuid {
        match self {
            Self::ApiToken(id) => id.uuid(),
            Self::AuditEntry(id) => id.uuid(),
            Self::BackupItem(id) => id.uuid(),
            Self::BackupSet(id) => id.uuid(),
            Self::Member(id) => id.uuid(),
            Self::Notification(id) => id.uuid(),
            Self::Policy(id) => id.uuid(),
            Self::Run(id) => id.uuid(),
            Self::Schedule(id) => id.uuid(),
            Self::Tenant(id) => id.uuid(),
            Self::User(id) => id.uuid(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_can_be_told() {
        let zeros = "0".repeat(22);
        for (prefix, expected) in [
            ("tok", AnyId::ApiToken(Uuid::nil().into())),
            ("aud", AnyId::AuditEntry(Uuid::nil().into())),
            ("ntf", AnyId::Notification(Uuid::nil().into())),
            ("itm", AnyId::BackupItem(Uuid::nil().into())),
            ("set", AnyId::BackupSet(Uuid::nil().into())),
            ("mem", AnyId::Member(Uuid::nil().into())),
            ("pol", AnyId::Policy(Uuid::nil().into())),
            ("run", AnyId::Run(Uuid::nil().into())),
            ("sch", AnyId::Schedule(Uuid::nil().into())),
            ("ten", AnyId::Tenant(Uuid::nil().into())),
            ("usr", AnyId::User(Uuid::nil().into())),
        ] {
            let id = ID(format!("{prefix}_{zeros}"));
            assert_eq!(AnyId::read(&id).ok(), Some(expected));
        }
        for text in ["", "ten", "run_1", "new_0000000000000000000000"] {
            assert!(AnyId::read(&ID(text.to_owned())).is_err(), "{text}");
        }
    }
}
