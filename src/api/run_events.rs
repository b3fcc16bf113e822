//! The subscription to runs.

use async_graphql::{Context, Enum, ID, SimpleObject, Subscription};
use futures_util::{Stream, stream};

use super::{
    access::TenantScope,
    call::Call,
    cursors::EventCursor,
    error::{Refusal, Result},
    feed::{Feed, Item, News, Topic, Wish},
    ids,
    loaders::{TheRun, TheSchedule},
    runs::BackupScheduleRun,
    scalars::DateTime,
    words::BackupRunStatus,
};
use crate::domain::ids::{RunId, ScheduleId};

/// What a run event tells.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BackupRunEventKind {
    /// Progress of a running run. At most one per run and second; not replayed.
    Progress,
    /// Events were lost: the cursor is older than the retention, or the client was too slow. Fetch the state anew, then go on with this event's cursor.
    ResyncRequired,
    /// State of an active run at the time of subscribing without a cursor.
    Snapshot,
    /// The run changed its status. Never lost within the retention.
    StatusChanged,
}

/// One event in the life of a run.
#[derive(SimpleObject)]
pub(super) struct BackupRunEvent {
    /// Position in the tenant's event stream. Opaque; pass the last one seen as `after` when subscribing again.
    cursor: String,
    /// What the event tells.
    kind: BackupRunEventKind,
    /// When it happened.
    occurred_at: DateTime,
    /// Status before the change; null unless `kind` is STATUS_CHANGED, and for a run's first event.
    previous_status: Option<BackupRunStatus>,
    /// The run as it was then; null when `kind` is RESYNC_REQUIRED.
    run: Option<BackupScheduleRun>,
}

impl BackupRunEvent {
    fn of(scope: TenantScope, item: Item) -> Self {
        let (kind, previous, run) = match item.news {
            News::Snapshot(run) => (BackupRunEventKind::Snapshot, None, Some(run)),
            News::Progress(run) => (BackupRunEventKind::Progress, None, Some(run)),
            News::Lost => (BackupRunEventKind::ResyncRequired, None, None),
            News::Changed(event) => {
                let previous = event.previous.map(Into::into);
                (BackupRunEventKind::StatusChanged, previous, Some(event.run))
            }
        };
        Self {
            cursor: EventCursor::seal(scope.tenant, item.place),
            kind,
            occurred_at: DateTime(item.at),
            previous_status: previous,
            run: run.map(|run| BackupScheduleRun { scope, run }),
        }
    }
}

pub(super) struct RunEvents;

#[Subscription]
impl RunEvents {
    /// Runs of a tenant. Without `after`: a SNAPSHOT for each active run, then events. With `after`: the status changes since, then events. Requires: READONLY. Errors: NOT_FOUND, INVALID_ID, INVALID_CURSOR.
    async fn backup_run_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant.")] tenant_id: ID,
        #[graphql(desc = "Only runs of this schedule.")] schedule_id: Option<ID>,
        #[graphql(desc = "Only this run; the stream then completes when the run has ended.")]
        run_id: Option<ID>,
        #[graphql(desc = "Leave PROGRESS events out when false.", default = true)]
        include_progress: bool,
        #[graphql(desc = "Cursor of the last event seen.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<BackupRunEvent>> + use<>> {
        let call = Call::shared(ctx);
        let schedule: Option<ScheduleId> = schedule_id.map(|id| ids::read(&id)).transpose()?;
        let run: Option<RunId> = run_id.map(|id| ids::read(&id)).transpose()?;
        let scope = call.scope(&tenant_id).await?;
        let topic = topic(&call, scope, schedule, run).await?;
        let open = |cursor: String| EventCursor::open(&cursor, scope.tenant);
        let wish = Wish {
            topic,
            with_progress: include_progress,
            after: after.map(open).transpose()?,
        };
        let feed = Feed::begin(call, scope, wish).await?;
        Ok(stream::unfold(feed, move |mut feed| async move {
            let event = feed.next().await?;
            let scope = feed.scope();
            Some((event.map(|item| BackupRunEvent::of(scope, item)), feed))
        }))
    }
}

/// The schedule and the run that a client named, both of the tenant.
async fn topic(
    call: &Call,
    scope: TenantScope,
    schedule: Option<ScheduleId>,
    run: Option<RunId>,
) -> Result<Topic> {
    if let Some(id) = schedule {
        call.must_load(TheSchedule(scope.tenant, id)).await?;
    }
    if let Some(id) = run {
        let found = call.must_load(TheRun(scope.tenant, id)).await?;
        // A run of another schedule than the one named is no run of that schedule.
        if schedule.is_some_and(|schedule| schedule != found.schedule) {
            return Err(Refusal::not_found());
        }
    }
    Ok(Topic { schedule, run })
}
