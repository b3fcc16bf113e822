//! What items point to, and who changed them, as clients see them.

use async_graphql::{Enum, Object};

use super::scalars::DateTime;
use crate::domain::{attribution::Attribution, reference::Named};

/// What a reference points to.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::reference::ReferenceKind")]
pub(super) enum PolicyReferenceKind {
    /// An assignment filter.
    AssignmentFilter,
    /// A group in Microsoft Entra.
    Group,
    /// A scope tag.
    ScopeTag,
}

pub(super) struct PolicyReference(pub(super) Named);

/// Something that a policy points to by ID.
#[Object]
impl PolicyReference {
    /// What it is.
    async fn kind(&self) -> PolicyReferenceKind {
        self.0.reference.kind.into()
    }

    /// ID that Microsoft Graph gives it.
    async fn graph_id(&self) -> &str {
        &self.0.reference.id
    }

    /// Name at the time of the run; null when it could not be resolved or no longer existed.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }
}

pub(super) struct PolicyChangeAttribution(pub(super) Attribution);

/// Who changed a policy in Intune, as told by Intune's audit events.
#[Object]
impl PolicyChangeAttribution {
    /// Name of the person or application.
    async fn actor_name(&self) -> &str {
        &self.0.actor_name
    }

    /// Operation, such as `Patch` or `Create`.
    async fn operation(&self) -> &str {
        &self.0.operation
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.occurred_at)
    }
}
