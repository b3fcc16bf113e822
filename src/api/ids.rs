//! Global identifiers: a prefix that names the type, and the UUID in base62.
//!
//! Callers take them for opaque. The prefix tells a wrong one from a missing object without a query.

use async_graphql::ID;
use uuid::Uuid;

use super::error::{Refusal, Result};
use crate::domain::{
    base62,
    ids::{
        ApiTokenId, BackupItemId, BackupSetId, PolicyId, RunId, ScheduleId, TenantId, UserId,
    },
};

/// Digits of a UUID in base62.
const LENGTH: usize = 22;

/// An identifier that clients see.
pub(super) trait GlobalId: Copy + From<Uuid> {
    /// What its text begins with, before the underscore.
    const PREFIX: &'static str;

    fn uuid(self) -> Uuid;

    /// The identifier as clients see it.
    fn global(self) -> ID {
        let digits = base62::encode(self.uuid().as_bytes(), LENGTH);
        ID(format!("{}_{digits}", Self::PREFIX))
    }

    /// Reads what a client sent.
    fn read(id: &ID) -> Result<Self> {
        Self::parse(id).ok_or_else(Refusal::invalid_id)
    }

    /// The identifier, unless the text is none of this type.
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(Self::PREFIX)?.strip_prefix('_')?;
        let bytes = (digits.len() == LENGTH).then(|| base62::decode_16(digits))??;
        Some(Self::from(Uuid::from_bytes(bytes)))
    }
}

macro_rules! global_ids {
    ($($id:ident $prefix:literal)+) => {
        $(impl GlobalId for $id {
            const PREFIX: &'static str = $prefix;

            fn uuid(self) -> Uuid {
                self.as_uuid()
            }
        })+
    };
}

global_ids! {
    ApiTokenId "tok"
    BackupItemId "itm"
    BackupSetId "set"
    PolicyId "pol"
    RunId "run"
    ScheduleId "sch"
    TenantId "ten"
    UserId "usr"
}

/// An identifier of any type that can be fetched by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnyId {
    ApiToken(ApiTokenId),
    BackupItem(BackupItemId),
    BackupSet(BackupSetId),
    Policy(PolicyId),
    Run(RunId),
    Schedule(ScheduleId),
    Tenant(TenantId),
    User(UserId),
}

impl AnyId {
    /// Reads what a client sent.
    pub(super) fn read(id: &ID) -> Result<Self> {
        None.or_else(|| GlobalId::parse(id).map(Self::ApiToken))
            .or_else(|| GlobalId::parse(id).map(Self::BackupItem))
            .or_else(|| GlobalId::parse(id).map(Self::BackupSet))
            .or_else(|| GlobalId::parse(id).map(Self::Policy))
            .or_else(|| GlobalId::parse(id).map(Self::Run))
            .or_else(|| GlobalId::parse(id).map(Self::Schedule))
            .or_else(|| GlobalId::parse(id).map(Self::Tenant))
            .or_else(|| GlobalId::parse(id).map(Self::User))
            .ok_or_else(Refusal::invalid_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_read_back_by_its_own_type_only() {
        let run = RunId::mint();
        let id = run.global();
        assert!(id.starts_with("run_") && id.len() == 26, "{}", *id);
        assert_eq!(RunId::parse(&id), Some(run));
        assert_eq!(AnyId::read(&id).ok(), Some(AnyId::Run(run)));
        assert_eq!(ScheduleId::parse(&id), None);
    }

    #[test]
    fn every_type_can_be_told() {
        for (prefix, expected) in [
            ("tok", AnyId::ApiToken(Uuid::nil().into())),
            ("itm", AnyId::BackupItem(Uuid::nil().into())),
            ("set", AnyId::BackupSet(Uuid::nil().into())),
            ("pol", AnyId::Policy(Uuid::nil().into())),
            ("run", AnyId::Run(Uuid::nil().into())),
            ("sch", AnyId::Schedule(Uuid::nil().into())),
            ("ten", AnyId::Tenant(Uuid::nil().into())),
            ("usr", AnyId::User(Uuid::nil().into())),
        ] {
            let id = ID(format!("{prefix}_{}", "0".repeat(LENGTH)));
            assert_eq!(AnyId::read(&id).ok(), Some(expected));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let zeros = "0".repeat(LENGTH);
        for text in [
            String::new(),
            "run".to_owned(),
            "run_".to_owned(),
            format!("run{zeros}"),
            format!("run_{zeros}0"),
            format!("Run_{zeros}"),
            format!("run_{}", "z".repeat(LENGTH)),
            format!("run_{}-", "0".repeat(LENGTH - 1)),
            "018f9a6e-7e1c-7cc0-8000-000000000000".to_owned(),
        ] {
            assert_eq!(RunId::parse(&text), None, "{text}");
            assert!(AnyId::read(&ID(text)).is_err());
        }
    }
}
