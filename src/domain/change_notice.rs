//! What people are told of policies that changed since the sets before.

use super::{
    attribution::Attribution,
    notification::{Audience, Notice, NotificationKind, Subject, clip},
    run::Run,
};

/// A policy that differs from what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedPolicy {
    /// Its name.
    pub name: String,
    /// How it differs.
    pub how: How,
    /// Who did it, when that is known.
    pub by: Option<Attribution>,
}

/// How a policy differs, as far as people are told at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is not there any more.
    Removed,
    /// It is assigned otherwise; its content may have changed as well.
    Assigned,
    /// Its content.
    Changed,
    /// It was not there.
    Added,
}

impl How {
    /// Every way, in the order in which it is told: what is gone first.
    const ALL: [Self; 4] = [Self::Removed, Self::Assigned, Self::Changed, Self::Added];

    fn verb(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Assigned => "assigned otherwise",
            Self::Changed => "changed",
            Self::Added => "added",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Removed => "Removed",
            Self::Assigned => "Assigned otherwise",
            Self::Changed => "Changed",
            Self::Added => "Added",
        }
    }
}

/// Policies that are named of each sort.
const MOST_NAMES: usize = 10;

/// Longest name that is told whole, in characters. With this, a body takes all names of most notices.
const LONGEST_NAME: usize = 60;

/// What people are told; nothing when nothing changed.
pub fn notice_of_changes(run: &Run, schedule: &str, changed: &[ChangedPolicy]) -> Option<Notice> {
    if changed.is_empty() {
        return None;
    }
    let of = |how: How| -> Vec<&ChangedPolicy> {
        let mut those: Vec<_> = changed.iter().filter(|policy| policy.how == how).collect();
        those.sort_by(|one, other| one.name.cmp(&other.name));
        those
    };
    let told: Vec<(How, Vec<&ChangedPolicy>)> = How::ALL
        .into_iter()
        .map(|how| (how, of(how)))
        .filter(|(_, those)| !those.is_empty())
        .collect();
    let counts: Vec<String> = told
        .iter()
        .map(|(how, those)| format!("{} {}", those.len(), how.verb()))
        .collect();
    let lines: Vec<String> = told
        .iter()
        .map(|(how, those)| format!("{}: {}.", how.heading(), names(those)))
        .collect();
    Some(Notice {
        tenant: run.tenant,
        kind: NotificationKind::PolicyChanged,
        // The counts come first: a long name of the schedule does not push them out.
        title: clip(
            &format!(
                "Policies: {} in \u{201c}{schedule}\u{201d}",
                counts.join(", ")
            ),
            200,
        ),
        body: clip(&lines.join("\n"), 2_000),
        subject: Subject::Run(run.id),
        audience: Audience::Operators {
            starter: run.started_by.person(),
        },
    })
}

fn names(policies: &[&ChangedPolicy]) -> String {
    let named = |policy: &&ChangedPolicy| {
        let name = format!("\u{201c}{}\u{201d}", clip(&policy.name, LONGEST_NAME));
        match &policy.by {
            Some(by) => format!("{name} (by {})", clip(&by.actor_name, LONGEST_NAME)),
            None => name,
        }
    };
    let first: Vec<String> = policies.iter().take(MOST_NAMES).map(named).collect();
    let first = first.join(", ");
    match policies.len().saturating_sub(MOST_NAMES) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::{
        actor::{Actor, Component},
        ids::{RunId, ScheduleId, TenantId},
        run::{Progress, RunState, Scope, Trigger},
    };

    fn run() -> Run {
        let at = DateTime::UNIX_EPOCH;
        Run {
            id: RunId::mint(),
            tenant: TenantId::mint(),
            schedule: ScheduleId::mint(),
            trigger: Trigger::Manual,
            started_by: Actor::System(Component::Scheduler),
            scope: Scope {
                kinds: Vec::new(),
                assignments: true,
                scope_tags: true,
            },
            full_read: false,
            attempt: 1,
            claim: 1,
            state: RunState::Queued { not_before: None },
            progress: Progress::queued(at),
            summary: None,
            created_at: at,
            started_at: None,
            cancel_requested_at: None,
        }
    }

    fn policy(name: &str, how: How, by: Option<&str>) -> ChangedPolicy {
        ChangedPolicy {
            name: name.to_owned(),
            how,
            by: by.map(|name| Attribution {
                actor_name: name.to_owned(),
                operation: "Patch".to_owned(),
                occurred_at: DateTime::UNIX_EPOCH,
            }),
        }
    }

    #[test]
    fn counts_and_names_are_told_and_what_is_gone_first() {
        let changed = [
            policy("New", How::Added, None),
            policy("Wi-Fi", How::Changed, Some("ann@contoso.example")),
            policy("BitLocker", How::Changed, None),
            policy("Old", How::Removed, Some("bob@contoso.example")),
            policy("Firewall", How::Assigned, None),
        ];
        let notice = notice_of_changes(&run(), "Nightly", &changed).unwrap();
        assert_eq!(
            notice.title,
            "Policies: 1 removed, 1 assigned otherwise, 2 changed, 1 added in “Nightly”"
        );
        assert_eq!(
            notice.body,
            "Removed: “Old” (by bob@contoso.example).\nAssigned otherwise: “Firewall”.\n\
             Changed: “BitLocker”, “Wi-Fi” (by ann@contoso.example).\nAdded: “New”."
        );
    }

    #[test]
    fn however_much_changed_a_notice_is_short() {
        let name = |number: u32| format!("{number:03} {}", "x".repeat(300));
        let policies = |how| move |number| policy(&name(number), how, Some(&name(number)));
        let changed: Vec<ChangedPolicy> = How::ALL
            .into_iter()
            .flat_map(|how| (0..500).map(policies(how)))
            .collect();
        let notice = notice_of_changes(&run(), &"s".repeat(300), &changed).unwrap();
        assert_eq!(notice.title.chars().count(), 200);
        assert!(
            notice
                .title
                .starts_with("Policies: 500 removed, 500 assigned otherwise")
        );
        assert_eq!(notice.body.chars().count(), 2_000);
        assert!(notice.body.contains(" and 490 more.\nAssigned otherwise: "));
    }

    #[test]
    fn nothing_is_told_of_nothing() {
        assert_eq!(notice_of_changes(&run(), "Nightly", &[]), None);
    }
}
