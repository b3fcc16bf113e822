//! What people are told, and whom.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::{
    actor::Actor,
    global_id::GlobalId,
    ids::{BackupSetId, NotificationId, RunId, ScheduleId, TenantId, UserId},
    role::Role,
    run::{Outcome, Run, RunStatus},
    schedule::Schedule,
    words::words,
};

words! {
    /// What a notification is about.
    NotificationKind {
        /// A schedule has had no complete set for twice its interval.
        BackupStale "BACKUP_STALE"
        /// Something stored is missing or no longer what it was: a content, a sealed value, an item of a set.
        ContentDamaged "CONTENT_DAMAGED"
        /// The Graph credential expires within 30 days, or has expired.
        CredentialExpiring "CREDENTIAL_EXPIRING"
        /// Policies were added, changed or removed since the schedule's previous set.
        PolicyChanged "POLICY_CHANGED"
        /// A run was cancelled.
        RunCancelled "RUN_CANCELLED"
        /// A run failed.
        RunFailed "RUN_FAILED"
        /// A slot passed with no server to dispatch it.
        RunMissed "RUN_MISSED"
        /// A run ended with some kinds missing.
        RunPartial "RUN_PARTIAL"
        /// A run succeeded after the schedule's previous run had not.
        RunRecovered "RUN_RECOVERED"
        /// A slot was skipped.
        RunSkipped "RUN_SKIPPED"
        /// A run started by the addressee succeeded.
        RunSucceeded "RUN_SUCCEEDED"
        /// A schedule was disabled or deleted.
        ScheduleStopped "SCHEDULE_STOPPED"
    }

    /// How urgent a notification is.
    Severity {
        /// Someone has to act: backups are not being made.
        Error "ERROR"
        /// For information.
        Info "INFO"
        /// Someone should look.
        Warning "WARNING"
    }

    /// What happened to notifications of a person.
    NotificationEventKind {
        /// One was made.
        Created "CREATED"
        /// Some were marked read or unread.
        ReadStateChanged "READ_STATE_CHANGED"
    }
}

impl NotificationKind {
    /// How urgent it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::BackupStale | Self::ContentDamaged | Self::RunFailed => Severity::Error,
            Self::CredentialExpiring
            | Self::RunMissed
            | Self::RunPartial
            | Self::RunSkipped
            | Self::ScheduleStopped => Severity::Warning,
            Self::PolicyChanged | Self::RunCancelled | Self::RunRecovered | Self::RunSucceeded => {
                Severity::Info
            }
        }
    }
}

/// What a notification leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A schedule.
    Schedule(ScheduleId),
    /// A run.
    Run(RunId),
    /// The tenant as a whole.
    Tenant(TenantId),
}

impl Subject {
    /// Kind and identifier, as they are stored.
    pub fn columns(self) -> (&'static str, String) {
        match self {
            Self::Schedule(id) => ("SCHEDULE", id.to_string()),
            Self::Run(id) => ("RUN", id.to_string()),
            Self::Tenant(id) => ("TENANT", id.to_string()),
        }
    }
}

/// A message to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its identifier.
    pub id: NotificationId,
    /// The tenant.
    pub tenant: TenantId,
    /// What it is about.
    pub kind: NotificationKind,
    /// How urgent it is.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// More; empty when the title says it all.
    pub body: String,
    /// What it leads to; none when a newer server knows and this one does not.
    pub subject: Option<Subject>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the addressee marked it read; none while unread.
    pub read_at: Option<DateTime<Utc>>,
}

/// A message, before it is known to whom it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The tenant.
    pub tenant: TenantId,
    /// What it is about.
    pub kind: NotificationKind,
    /// One line, at most 200 characters.
    pub title: String,
    /// More, at most 2,000 characters; empty when the title says it all.
    pub body: String,
    /// What it leads to.
    pub subject: Subject,
    /// Whom it goes to.
    pub audience: Audience,
}

/// Whom a message goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody who can act in the tenant, and whoever started the run if they are a member.
    Operators {
        /// Whoever started the run.
        starter: Option<UserId>,
    },
    /// Everybody who can act in the tenant but whoever did it, who knows.
    OperatorsBut(Actor),
    /// Whoever started the run, alone, if they are a member.
    Starter(UserId),
}

/// The least rank of those who can act.
pub const OPERATORS: Role = Role::Operator;

/// How somebody stopped a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It can be enabled again.
    Disabled,
    /// It is gone.
    Deleted,
}

/// What people are told when a run has ended; nothing when a scheduled run succeeded as the one before it did.
///
/// `previous` is how the schedule's run before this one ended.
pub fn notice_of_end(
    run: &Run,
    outcome: &Outcome,
    schedule_name: &str,
    previous: Option<RunStatus>,
) -> Option<Notice> {
    let starter = run.started_by.person();
    let operators = Audience::Operators { starter };
    let (kind, verb, audience) = match outcome {
        Outcome::Failed(_) => (NotificationKind::RunFailed, "failed", operators),
        Outcome::Partial(_) => (NotificationKind::RunPartial, "is incomplete", operators),
        Outcome::Cancelled => (NotificationKind::RunCancelled, "was cancelled", operators),
        Outcome::Skipped => (
            NotificationKind::RunSkipped,
            "was skipped: the run before it is still active",
            operators,
        ),
        Outcome::Missed { .. } => (
            NotificationKind::RunMissed,
            "was missed: no server could start it in time",
            operators,
        ),
        Outcome::Succeeded if previous.is_some_and(stands_for_trouble) => {
            (NotificationKind::RunRecovered, "succeeded again", operators)
        }
        Outcome::Succeeded => (
            NotificationKind::RunSucceeded,
            "succeeded",
            Audience::Starter(starter?),
        ),
    };
    Some(Notice {
        tenant: run.tenant,
        kind,
        title: clip(
            &format!("Backup \u{201c}{schedule_name}\u{201d} {verb}"),
            200,
        ),
        body: outcome
            .failure()
            .map(|failure| clip(&failure.message, 2_000))
            .unwrap_or_default(),
        subject: Subject::Run(run.id),
        audience,
    })
}

/// What people are told of slots that nobody could start in time: one message per tenant and tick,
/// however many schedules were missed. It names one of them with its slot.
pub fn notice_of_misses(tenant: TenantId, schedule_name: &str, slot: DateTime<Utc>) -> Notice {
    let slot = slot.format("%Y-%m-%d %H:%M UTC");
    Notice {
        tenant,
        kind: NotificationKind::RunMissed,
        title: "Scheduled backups were missed".to_owned(),
        body: format!(
            "No server could start \u{201c}{schedule_name}\u{201d} in time for its slot of {slot}. Other schedules \
             of this tenant may have been missed in the same outage; the list of runs shows each of them. \
             Missed slots are not caught up: run a schedule now if you need a backup before its next slot."
        ),
        subject: Subject::Tenant(tenant),
        audience: Audience::Operators { starter: None },
    }
}

/// What damaged contents take with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Harm {
    /// Names of objects whose items it is a part of, the first ones.
    pub names: Vec<String>,
    /// How many objects there are.
    pub objects: u64,
    /// Sets that these items are in, the newest ones first.
    pub sets: Vec<BackupSetId>,
    /// How many sets there are.
    pub set_count: u64,
}

/// What people are told of contents that were found damaged: once for those found together, however many
/// sets they are in.
pub fn notice_of_damage(tenant: TenantId, harm: &Harm) -> Notice {
    let names: Vec<String> = harm
        .names
        .iter()
        .map(|name| format!("\u{201c}{}\u{201d}", clip(name, 200)))
        .collect();
    let sets: Vec<String> = harm.sets.iter().map(|set| set.to_global()).collect();
    Notice {
        tenant,
        kind: NotificationKind::ContentDamaged,
        title: "Stored backup content is damaged".to_owned(),
        body: clip(
            &format!(
                "It belongs to {} in the backup sets {}. The next backup reads what it can anew and mends the stored \
                 content if the object is still as it was. Check the disk of the database.",
                listed(&names, harm.objects),
                listed(&sets, harm.set_count),
            ),
            2_000,
        ),
        subject: Subject::Tenant(tenant),
        audience: Audience::Operators { starter: None },
    }
}

/// What people are told of a set that is not what it was when it was stored, for reasons that nobody was
/// told of yet: so many of its items are damaged or lost, of which some still have a name.
pub fn notice_of_broken_set(
    tenant: TenantId,
    set: BackupSetId,
    names: &[String],
    items: u32,
) -> Notice {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("\u{201c}{}\u{201d}", clip(name, 200)))
        .collect();
    let named = match names.is_empty() {
        true => String::new(),
        false => format!(" (among them {})", names.join(", ")),
    };
    Notice {
        tenant,
        kind: NotificationKind::ContentDamaged,
        title: "A backup set is damaged".to_owned(),
        body: clip(
            &format!(
                "The backup set {} is not what it was when it was stored: {items} of its items at least are damaged \
                 or missing{named}. What is lost of it stays lost; the next backup makes a whole set. Check the disk of \
                 the database.",
                set.to_global(),
            ),
            2_000,
        ),
        subject: Subject::Tenant(tenant),
        audience: Audience::Operators { starter: None },
    }
}

/// The first of some names, and how many there are besides.
fn listed(names: &[String], count: u64) -> String {
    let named = names.join(", ");
    match count.saturating_sub(u64::try_from(names.len()).unwrap_or(u64::MAX)) {
        0 => named,
        rest => format!("{named} and {rest} more"),
    }
}

/// What people are told of a schedule that the service disabled because it cannot be computed.
pub fn notice_of_disabling(
    tenant: TenantId,
    schedule: ScheduleId,
    schedule_name: &str,
    reason: &str,
) -> Notice {
    Notice {
        tenant,
        kind: NotificationKind::ScheduleStopped,
        title: clip(
            &format!("Schedule \u{201c}{schedule_name}\u{201d} was disabled"),
            200,
        ),
        body: clip(
            &format!(
                "It cannot be computed any more: {reason}. Change its recurrence, then enable it."
            ),
            2_000,
        ),
        subject: Subject::Schedule(schedule),
        audience: Audience::Operators { starter: None },
    }
}

/// What people are told of a schedule that somebody disabled or deleted. Backups of it are not made
/// from now on, which they may not want.
pub fn notice_of_stop(
    tenant: TenantId,
    schedule: ScheduleId,
    schedule_name: &str,
    stop: Stop,
    by: Actor,
) -> Notice {
    let (verb, rest) = match stop {
        Stop::Disabled => ("disabled", "It makes no backups until it is enabled again."),
        Stop::Deleted => (
            "deleted",
            "It makes no backups any more. Its runs and backup sets stay.",
        ),
    };
    Notice {
        tenant,
        kind: NotificationKind::ScheduleStopped,
        title: clip(
            &format!("Schedule \u{201c}{schedule_name}\u{201d} was {verb}"),
            200,
        ),
        body: clip(&format!("By {}. {rest}", by.name()), 2_000),
        subject: Subject::Schedule(schedule),
        audience: Audience::OperatorsBut(by),
    }
}

/// Schedules that one message names.
const NAMED: usize = 10;

/// What people are told of schedules of one tenant that have become stale, one message however many
/// there are; nothing when there are none.
pub fn notice_of_staleness(stale: &[Schedule]) -> Option<Notice> {
    let first = stale.first()?;
    let line = |schedule: &Schedule| {
        let name = &schedule.name;
        let since = schedule
            .freshness
            .map_or(schedule.created_at, |fresh| fresh.since);
        format!(
            "\u{201c}{name}\u{201d}: no complete backup since {}.",
            since.format("%Y-%m-%d %H:%M UTC")
        )
    };
    let mut lines: Vec<String> = stale.iter().take(NAMED).map(line).collect();
    if stale.len() > NAMED {
        lines.push(format!("And {} more.", stale.len() - NAMED));
    }
    lines.push("That is twice as long as the schedule's interval. Look at its last runs for what went wrong.".to_owned());
    let (title, subject) = match stale {
        [only] => (
            format!("Backups of \u{201c}{}\u{201d} are out of date", only.name),
            Subject::Schedule(only.id),
        ),
        several => (
            format!("Backups of {} schedules are out of date", several.len()),
            Subject::Tenant(first.tenant),
        ),
    };
    Some(Notice {
        tenant: first.tenant,
        kind: NotificationKind::BackupStale,
        title: clip(&title, 200),
        body: clip(&lines.join("\n"), 2_000),
        subject,
        audience: Audience::Operators { starter: None },
    })
}

/// What people are told of a tenant's credential that expires at `end`, or has.
pub fn notice_of_expiry(
    tenant: TenantId,
    tenant_name: &str,
    end: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Notice {
    let when = match (end - now).num_days() {
        _ if end <= now => "has expired".to_owned(),
        0 => "expires within a day".to_owned(),
        1 => "expires in 1 day".to_owned(),
        days => format!("expires in {days} days"),
    };
    Notice {
        tenant,
        kind: NotificationKind::CredentialExpiring,
        title: clip(
            &format!("The Graph credential of {tenant_name} {when}"),
            200,
        ),
        body: format!(
            "Its end is {}. Without a valid credential no backups are made: store a new one before.",
            end.format("%Y-%m-%d %H:%M UTC")
        ),
        subject: Subject::Tenant(tenant),
        audience: Audience::Operators { starter: None },
    }
}

/// Whether a success after a run that ended like this is news.
fn stands_for_trouble(previous: RunStatus) -> bool {
    match previous {
        RunStatus::Failed | RunStatus::Partial | RunStatus::Missed => true,
        RunStatus::Cancelled
        | RunStatus::Queued
        | RunStatus::Running
        | RunStatus::Skipped
        | RunStatus::Succeeded => false,
    }
}

/// At most `most` characters of a text, with an ellipsis where it was cut.
pub fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}\u{2026}")
}
