//! What the service knows about each kind of configuration object.

use async_graphql::SimpleObject;

use super::{kinds::PolicyType, words::PolicyTypeTier};
use crate::{
    domain::kind::PolicyKind,
    graph::catalog::{self, ApiVersion, Assignments},
};

/// What the service knows about a kind of policy.
#[derive(SimpleObject)]
pub(super) struct PolicyTypeInfo {
    /// The kind.
    r#type: PolicyType,
    /// Name to show, in English.
    display_name: &'static str,
    /// Graph application permissions needed to back this kind up, in alphabetical order.
    required_permissions: Vec<&'static str>,
    /// Whether policies of this kind have assignments.
    has_assignments: bool,
    /// Whether policies of this kind have scope tags.
    has_scope_tags: bool,
    /// Whether Microsoft Graph offers this kind only in its beta version.
    is_beta: bool,
    /// How common the kind is.
    tier: PolicyTypeTier,
    /// Why an unattended service cannot read this kind at all (Microsoft allows it to signed-in people only); null when it can.
    unavailable_reason: Option<&'static str>,
}

impl PolicyTypeInfo {
    /// What the catalogue says of a kind. Of permissions that do alike it is the recommended one.
    pub(super) fn of(kind: PolicyKind) -> Self {
        let entry = catalog::entry(kind);
        Self {
            r#type: kind.into(),
            display_name: kind.title(),
            required_permissions: entry.permissions.iter().take(1).copied().collect(),
            has_assignments: entry.assignments != Assignments::None,
            has_scope_tags: entry.has_scope_tags,
            is_beta: entry.version == ApiVersion::Beta,
            tier: kind.tier().into(),
            unavailable_reason: entry.unavailable,
        }
    }
}
