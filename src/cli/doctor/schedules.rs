//! Schedules: whether a server ticks, and whether what it should back up is backed up.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{finding::Finding, some_of};
use crate::{
    config::Config,
    domain::zone::{self, Zone},
    store::look::Stored,
};

const TICK: &str = "tick";
const SCHEDULE: &str = "schedule";

/// What is to be said of them.
pub(super) fn judge(stored: &Stored, config: &Config, now: DateTime<Utc>) -> Vec<Finding> {
    let grace = TimeDelta::from_std(config.workers.grace).unwrap_or(TimeDelta::MAX);
    let mut findings = vec![tick(stored, grace, now)];
    findings.extend(zones(stored));
    findings.push(stale(stored));
    findings
}

fn tick(stored: &Stored, grace: TimeDelta, now: DateTime<Utc>) -> Finding {
    let start = "start `tenantatlas serve`, or look at its log";
    let Some(last) = stored.last_tick else {
        let found = "no server has worked on this database yet";
        return match stored.schedules {
            0 => Finding::ok(TICK, found),
            _ => Finding::warn(TICK, found, start),
        };
    };
    let shown = last.to_rfc3339_opts(SecondsFormat::Secs, true);
    if now - last <= grace {
        return match stored.overdue {
            0 => Finding::ok(TICK, format!("a server ticked at {shown}")),
            number => Finding::fail(
                TICK,
                format!("a server ticked at {shown}, but {number} schedule(s) are overdue"),
                "look at its log",
            ),
        };
    }
    let found = format!("no server has ticked since {shown}, and none backs anything up");
    match stored.overdue {
        0 => Finding::warn(TICK, found, start),
        number => Finding::fail(
            TICK,
            format!("{found}; {number} schedule(s) are overdue"),
            start,
        ),
    }
}

fn zones(stored: &Stored) -> Option<Finding> {
    let is_unknown = |name: &&String| name.parse::<Zone>().is_err();
    let unknown: Vec<&String> = stored.zones.iter().filter(is_unknown).collect();
    if !unknown.is_empty() {
        return Some(Finding::fail(
            "time zones",
            format!(
                "schedules name {}, which this program does not know",
                some_of(&unknown)
            ),
            "upgrade this program, or choose another zone for them",
        ));
    }
    let own = zone::release();
    let newer = stored
        .releases
        .iter()
        .find(|it| zone::is_older_release(own, it))?;
    Some(Finding::warn(
        "time zones",
        format!("slots were computed with release {newer}, and this program has {own}"),
        "run the same version of the program on every server",
    ))
}

fn stale(stored: &Stored) -> Finding {
    if stored.stale.is_empty() {
        return Finding::ok(SCHEDULE, format!("none of {} is stale", stored.schedules));
    }
    let named = stored
        .stale
        .iter()
        .map(|(schedule, tenant)| format!("{schedule} of {tenant}"));
    let named: Vec<String> = named.collect();
    Finding::warn(
        SCHEDULE,
        format!(
            "{} have had no complete backup set for too long",
            some_of(&named)
        ),
        "their last runs say why",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Grade;

    #[test]
    fn a_server_that_does_not_tick_is_bad_where_something_is_due() {
        let now: DateTime<Utc> = "2026-03-02T10:00:00Z".parse().unwrap();
        let grace = TimeDelta::minutes(5);
        let grade = |since: Option<i64>, schedules, overdue| {
            let stored = Stored {
                last_tick: since.map(|minutes| now - TimeDelta::minutes(minutes)),
                schedules,
                overdue,
                ..Stored::default()
            };
            tick(&stored, grace, now).grade
        };
        assert_eq!(grade(None, 0, 0), Grade::Ok);
        assert_eq!(grade(None, 3, 0), Grade::Warn);
        assert_eq!(grade(Some(1), 3, 0), Grade::Ok);
        assert_eq!(grade(Some(1), 3, 1), Grade::Fail);
        assert_eq!(grade(Some(6), 3, 0), Grade::Warn);
        assert_eq!(grade(Some(6), 3, 1), Grade::Fail);
    }

    #[test]
    fn zones_have_to_be_known_and_releases_the_same() {
        let grade = |zones: &[&str], releases: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(|&it| it.to_owned()).collect();
            let stored = Stored {
                zones: owned(zones),
                releases: owned(releases),
                ..Stored::default()
            };
            super::zones(&stored).map(|it| it.grade)
        };
        assert_eq!(grade(&["Europe/Berlin"], &["2024a"]), None);
        assert_eq!(grade(&["Europe/Atlantis"], &[]), Some(Grade::Fail));
        assert_eq!(grade(&[], &["2999a"]), Some(Grade::Warn));
    }
}
