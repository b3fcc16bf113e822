//! One type per kind of identifier, so that no two can be swapped.
//!
//! An identifier is a UUID of version 7: its order is the order of creation. Identifiers are
//! minted by the caller that creates the thing, never by the database.

use std::{fmt, str::FromStr};

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier, later in order than those minted before in this process.
            pub fn mint() -> Self {
                Self(Uuid::now_v7())
            }

            /// The identifier as a UUID, for its public form.
            pub fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A customer tenant. Not the directory ID in Microsoft Entra.
    TenantId
    /// A person.
    UserId
    /// A person's membership in a tenant.
    MemberId
    /// A credential of an automation.
    ApiTokenId
    /// A plan for backing up chosen kinds of a tenant.
    ScheduleId
    /// One execution of a schedule.
    RunId
    /// What one run stored.
    BackupSetId
    /// One object in a backup set.
    BackupItemId
    /// One object in the inventory of a tenant.
    PolicyId
    /// A line of the audit log.
    AuditEntryId
    /// A message to a person.
    NotificationId
}
