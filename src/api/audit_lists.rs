//! Lists of audit log entries: which, in which order, and their pages.

use async_graphql::{Enum, ID, InputObject};
use uuid::Uuid;

use super::{
    access::TenantScope,
    audit_log::{AuditAction, AuditLogEntry, AuditOutcome},
    call::Call,
    cursors::Fingerprint,
    error::{Code, Refusal, Result},
    filters::{self, DateTimeRangeInput},
    ids::AnyId,
    pages::{List, OrderDirection, PageArguments, connection, edge},
};
use crate::{
    domain::global_id::GlobalId,
    store::pages::{
        Direction,
        audit::{self, AuditFilter},
    },
};

/// Which audit log entries to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct AuditLogFilter {
    /// Action is one of these.
    actions: Option<Vec<AuditAction>>,
    /// Done by one of these users or API tokens; at most 100.
    actor_ids: Option<Vec<ID>>,
    /// Done to one of these objects; at most 100.
    target_ids: Option<Vec<ID>>,
    /// Outcome is one of these.
    outcomes: Option<Vec<AuditOutcome>>,
    /// Happened in this range.
    occurred_at: Option<DateTimeRangeInput>,
}

impl AuditLogFilter {
    fn read(self) -> Result<AuditFilter> {
        Ok(AuditFilter {
            actions: filters::words(self.actions),
            actors: identified(self.actor_ids, "actorIds", actor)?,
            targets: identified(self.target_ids, "targetIds", |id| Ok(id.uuid()))?,
            outcomes: filters::words(self.outcomes),
            occurred: filters::stretch(self.occurred_at)?,
        })
    }
}

/// Identifiers of several types; those of no use match nothing.
fn identified(
    values: Option<Vec<ID>>,
    member: &str,
    read: impl Fn(AnyId) -> Result<Uuid>,
) -> Result<Option<Vec<Uuid>>> {
    let Some(values) = filters::few(values, member)? else {
        return Ok(None);
    };
    let ids = values.iter().map(|id| read(AnyId::read(id)?));
    ids.collect::<Result<_>>().map(Some)
}

fn actor(id: AnyId) -> Result<Uuid> {
    match id {
        AnyId::User(id) => Ok(id.uuid()),
        AnyId::ApiToken(id) => Ok(id.uuid()),
        AnyId::AuditEntry(_)
        | AnyId::BackupItem(_)
        | AnyId::BackupSet(_)
        | AnyId::Member(_)
        | AnyId::Notification(_)
        | AnyId::Policy(_)
        | AnyId::Run(_)
        | AnyId::Schedule(_)
        | AnyId::Tenant(_) => {
            let message = "not an ID of a user or of an API token";
            Err(Refusal::new(Code::InvalidId, message))
        }
    }
}

/// What audit log entries can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AuditLogOrderField {
    /// When it happened.
    OccurredAt,
}

/// Order of audit log entries. Ties are broken by ID.
#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct AuditLogOrder {
    /// What to order by.
    field: AuditLogOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl Default for AuditLogOrder {
    fn default() -> Self {
        Self {
            field: AuditLogOrderField::OccurredAt,
            direction: OrderDirection::Descending,
        }
    }
}

connection! {
    AuditLogEntryConnection "AuditLogEntryConnection" of AuditLogEntryEdge with AuditLogEntry:
    "A page of entries.", edges "The entries with their cursors.", nodes "The entries without their cursors."
}

edge! {
    AuditLogEntryEdge "AuditLogEntryEdge" with AuditLogEntry:
    "An entry in a page.", node "The entry."
}

/// A page of a tenant's audit log, for those who may read it.
pub(super) async fn entries_page(
    call: &Call,
    scope: TenantScope,
    filter: AuditLogFilter,
    order: AuditLogOrder,
    page: &PageArguments,
) -> Result<AuditLogEntryConnection> {
    let AuditLogOrderField::OccurredAt = order.field;
    let filter = filter.read()?;
    let (tenant, way) = (scope.tenant, Direction::from(order.direction));
    let counted = filter.clone();
    let list = List {
        fingerprint: Fingerprint::of(("audit", tenant, &filter, way)),
        load: move |db: &mut _, window: &_| audit::page(db, tenant, &filter, way, window),
        count: move |db: &mut _| audit::count(db, tenant, &counted),
    };
    let view = |entry| AuditLogEntry { scope, entry };
    Ok(AuditLogEntryConnection(list.page(call, page, view).await?))
}
