//! What has to be reached: Microsoft's hosts, the issuers of people's tokens, a collector; and what their
//! clocks say.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;

use super::super::system_clock;
use super::{finding::Finding, in_time, now, words};
use crate::{
    app,
    config::Config,
    domain::{reading::is_off, tenant::Cloud, zone},
    oidc::Issuers,
    store::look::Looked,
    telemetry::chain,
};

const CLOCK: &str = "clock";

/// By more than this, assertions and people's tokens are refused.
const HARMFUL: TimeDelta = TimeDelta::minutes(5);

/// Whether the sign-in and Graph hosts of some clouds answer, and whether their time is ours.
pub(super) async fn hosts(config: &Config, clouds: &[Cloud]) -> Vec<Finding> {
    const HOST: &str = "Microsoft";
    let graph = match app::graph(config, system_clock()) {
        Ok(graph) => graph,
        Err(error) => {
            let remedy = "see the settings of `graph`";
            return vec![Finding::fail(HOST, chain(&error).to_string(), remedy)];
        }
    };
    let reached = join_all(clouds.iter().map(|cloud| graph.reach(*cloud))).await;
    let mut findings = Vec::new();
    for reached in reached.into_iter().flatten() {
        let host = reached.host;
        match reached.answer {
            Ok(date) => {
                findings.push(Finding::ok(HOST, format!("{host} answers")));
                findings.extend(date.and_then(|date| skew(&host, date, now())));
            }
            Err(said) => findings.push(Finding::fail(
                HOST,
                format!("{host} cannot be reached ({said})"),
                words::about_host(&said),
            )),
        }
    }
    findings.dedup();
    findings
}

/// Whether the database's time is ours, and which release the time zone data are of.
pub(super) fn clock(looked: Option<&Looked>) -> Vec<Finding> {
    let theirs = looked.and_then(|looked| looked.now);
    let off = theirs.and_then(|theirs| skew("the database", theirs, now()));
    let usual = || match theirs {
        Some(_) => Finding::ok(CLOCK, "is that of the database"),
        None => Finding::ok(CLOCK, "is the machine's own"),
    };
    let release = format!("release {}, built in", zone::release());
    vec![
        off.unwrap_or_else(usual),
        Finding::ok("time zones", release),
    ]
}

/// What there is to say of a difference between two clocks.
fn skew(of: &str, theirs: DateTime<Utc>, ours: DateTime<Utc>) -> Option<Finding> {
    let ahead = ours - theirs;
    if !is_off(ahead) {
        return None;
    }
    let side = match ahead > TimeDelta::zero() {
        true => "ahead of",
        false => "behind",
    };
    let seconds = ahead.num_seconds().abs();
    let found = format!("this machine's clock is {seconds} s {side} that of {of}");
    let remedy = "set it, and keep it so by NTP";
    Some(match ahead.abs() > HARMFUL {
        true => Finding::fail(CLOCK, found, remedy),
        false => Finding::warn(CLOCK, found, remedy),
    })
}

/// Whether the keys of the issuers can be fetched.
pub(super) async fn issuers(config: &Config) -> Vec<Finding> {
    const ISSUER: &str = "issuer";
    if config.oidc.issuers.is_empty() {
        let found = "none is configured: nobody signs in but by API token";
        return vec![Finding::ok(ISSUER, found)];
    }
    let issuers = match Issuers::start(config.oidc.clone(), system_clock()) {
        Ok(issuers) => issuers,
        Err(error) => {
            let remedy = "see docs/sign-in.md";
            return vec![Finding::fail(ISSUER, chain(&error).to_string(), remedy)];
        }
    };
    let Some(tried) = in_time(issuers.try_out()).await else {
        let found = "an issuer does not answer within 5 seconds";
        return vec![Finding::fail(ISSUER, found, words::about_host(found))];
    };
    let told = tried.into_iter().map(|(name, fetched)| match fetched {
        Ok(()) => Finding::ok(ISSUER, format!("the keys of {name} can be fetched")),
        Err(error) => {
            let said = chain(&error).to_string();
            let remedy = match said.contains("did not answer") {
                true => words::about_host(&said),
                false => "write the issuer exactly as its tokens have it (see docs/sign-in.md)",
            };
            Finding::fail(
                ISSUER,
                format!("the keys of {name} cannot be fetched ({said})"),
                remedy,
            )
        }
    });
    told.collect()
}

/// Whether the collector of traces answers, if there is one.
pub(super) async fn collector(config: &Config) -> Option<Finding> {
    const TRACES: &str = "traces";
    let url = config.traces.endpoint.as_ref()?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let asked = in_time(reqwest::get(url.clone())).await;
    let said = match asked {
        Some(Ok(_)) => {
            return Some(Finding::ok(
                TRACES,
                format!("the collector at {host} answers"),
            ));
        }
        Some(Err(error)) => chain(&error.without_url()).to_string(),
        None => "timed out".to_owned(),
    };
    let found = format!("the collector at {host} cannot be reached ({said})");
    let remedy = "start it, or mend TENANTATLAS_OTLP_ENDPOINT; nothing else depends on it";
    Some(Finding::warn(TRACES, found, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Grade;

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        let ours: DateTime<Utc> = "2026-03-02T10:00:00Z".parse().unwrap();
        for (seconds, grade) in [
            (0, None),
            (30, None),
            (31, Some(Grade::Warn)),
            (-31, Some(Grade::Warn)),
            (301, Some(Grade::Fail)),
            (-4000, Some(Grade::Fail)),
        ] {
            let found = skew("the database", ours - TimeDelta::seconds(seconds), ours);
            assert_eq!(found.map(|it| it.grade), grade, "{seconds}");
        }
    }
}
