//! Notifications, as their addressees see them.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, Object, Union, dataloader::Loader};

use super::{
    access::TenantScope,
    call::Call,
    error::{Refusal, Result},
    ids,
    loaders::{Loaders, TheRun, TheSchedule, TheTenant},
    runs::BackupScheduleRun,
    scalars::DateTime,
    schedules::BackupSchedule,
    tenants::Tenant,
};
use crate::{
    domain::{
        ids::{NotificationId, TenantId, UserId},
        notification::{self, Subject},
    },
    store::{Db, StoreError, notifications, pages::standings},
};

/// What a notification is about. More kinds may be added.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "notification::NotificationKind")]
pub(super) enum NotificationKind {
    /// A schedule has had no complete backup set for twice its interval.
    BackupStale,
    /// Something stored is missing or no longer what it was: a content, a sealed value, an item of a set.
    ContentDamaged,
    /// The Graph credential expires within 30 days, or has expired.
    CredentialExpiring,
    /// Policies were added, changed or removed since the schedule's previous set.
    PolicyChanged,
    /// A run was cancelled.
    RunCancelled,
    /// A run failed.
    RunFailed,
    /// A slot passed with no server to dispatch it.
    RunMissed,
    /// A run ended with some kinds of policies missing.
    RunPartial,
    /// A run succeeded after the schedule's previous run had not.
    RunRecovered,
    /// A slot was skipped.
    RunSkipped,
    /// A run started by the addressee succeeded.
    RunSucceeded,
    /// A schedule was disabled or deleted.
    ScheduleStopped,
}

/// How urgent a notification is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "notification::Severity")]
pub(super) enum NotificationSeverity {
    /// Someone has to act: backups are not being made.
    Error,
    /// For information.
    Info,
    /// Someone should look.
    Warning,
}

/// What a notification leads to.
#[derive(Union)]
pub(super) enum NotificationSubject {
    BackupSchedule(BackupSchedule),
    BackupScheduleRun(BackupScheduleRun),
    Tenant(Tenant),
}

#[derive(Clone)]
pub(super) struct Notification {
    pub(super) scope: TenantScope,
    pub(super) notification: notification::Notification,
}

impl Notification {
    /// One of the caller's own.
    pub(super) async fn find(call: &Call, id: NotificationId) -> Result<Self> {
        let person = call.caller.person().ok_or_else(Refusal::not_found)?;
        let found = call.load(Own(person.id, id)).await?;
        found.ok_or_else(Refusal::not_found)
    }
}

/// A message to one person about one tenant. Kept for 90 days.
#[Object]
impl Notification {
    /// Opaque global ID.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.notification.id)
    }

    /// The tenant.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        Tenant::within(Call::of(ctx), self.scope).await
    }

    /// What it is about.
    async fn kind(&self) -> NotificationKind {
        self.notification.kind.into()
    }

    /// How urgent it is.
    async fn severity(&self) -> NotificationSeverity {
        self.notification.severity.into()
    }

    /// One line, in English, at most 200 characters.
    async fn title(&self) -> &str {
        &self.notification.title
    }

    /// More, in English, at most 2,000 characters, plain text; empty when the title says it all.
    async fn body(&self) -> &str {
        &self.notification.body
    }

    /// What it leads to; null when that is gone.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<NotificationSubject>> {
        let (call, scope) = (Call::of(ctx), self.scope);
        Ok(match self.notification.subject {
            None => None,
            Some(Subject::Schedule(id)) => {
                let schedule = call.load(TheSchedule(scope.tenant, id)).await?;
                schedule.map(|schedule| {
                    NotificationSubject::BackupSchedule(BackupSchedule { scope, schedule })
                })
            }
            Some(Subject::Run(id)) => {
                let run = call.load(TheRun(scope.tenant, id)).await?;
                run.map(|run| {
                    NotificationSubject::BackupScheduleRun(BackupScheduleRun { scope, run })
                })
            }
            Some(Subject::Tenant(_)) => {
                let tenant = call.load(TheTenant(scope.tenant, ())).await?;
                tenant.map(|tenant| NotificationSubject::Tenant(Tenant { scope, tenant }))
            }
        })
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.notification.created_at)
    }

    /// When the addressee marked it read; null while unread.
    async fn read_at(&self) -> Option<DateTime> {
        self.notification.read_at.map(DateTime)
    }
}

/// A person's notification. Nobody else has it, in whichever tenant it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Own(UserId, NotificationId);

impl Loader<Own> for Loaders {
    type Value = Notification;
    type Error = Refusal;

    async fn load(&self, keys: &[Own]) -> Result<HashMap<Own, Notification>> {
        // The keys of a request are all of one person, who makes it.
        let Some(Own(person, _)) = keys.first().copied() else {
            return Ok(HashMap::new());
        };
        let ids: Vec<NotificationId> = keys.iter().map(|key| key.1).collect();
        let found = self.store.read(move |db| {
            let found = notifications::among(db, person, &ids)?;
            with_scopes(db, person, found)
        });
        let found = found.await?.into_iter();
        Ok(found
            .map(|view| (Own(person, view.notification.id), view))
            .collect())
    }
}

/// Notifications of a person as they are shown, with the person's standing in the tenant of each. One
/// of a tenant that the person has just left is left out.
pub(super) fn with_scopes(
    db: &mut Db,
    person: UserId,
    notifications: Vec<notification::Notification>,
) -> std::result::Result<Vec<Notification>, StoreError> {
    let scopes = scopes_of(db, person, notifications.iter().map(|it| it.tenant))?;
    let shown = notifications.into_iter().filter_map(|notification| {
        let scope = *scopes.get(&notification.tenant)?;
        Some(Notification {
            scope,
            notification,
        })
    });
    Ok(shown.collect())
}

/// A person's standing in each of these tenants.
pub(super) fn scopes_of(
    db: &mut Db,
    person: UserId,
    tenants: impl Iterator<Item = TenantId>,
) -> std::result::Result<HashMap<TenantId, TenantScope>, StoreError> {
    let mut tenants: Vec<TenantId> = tenants.collect();
    tenants.sort_unstable();
    tenants.dedup();
    let standings = standings::in_tenants(db, person, &tenants)?.into_iter();
    Ok(standings
        .map(|(_, tenant, role)| (tenant, TenantScope { tenant, role }))
        .collect())
}

/// A count as it is shown.
pub(super) fn shown_count(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
