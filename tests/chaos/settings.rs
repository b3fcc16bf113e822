//! The times and numbers of the trial: the servers', shortened, and its own.

use std::{net::SocketAddr, time::Duration};

use chrono::TimeDelta;

/// Servers on the one database.
pub(crate) const SERVERS: usize = 3;
/// Tenants that they share.
pub(crate) const TENANTS: usize = 200;
/// Schedules of each tenant.
pub(crate) const SCHEDULES: usize = 3;
/// Tenants whose runs somebody follows.
pub(crate) const FOLLOWED: usize = 20;
/// People who ask for runs.
pub(crate) const OPERATORS: u64 = 4;

/// Runs that a server carries out at once.
pub(crate) const AT_ONCE: usize = 3;

pub(crate) const TICK: Duration = Duration::from_secs(1);
pub(crate) const GRACE: Duration = Duration::from_secs(10);
pub(crate) const LEASE: Duration = Duration::from_secs(5);
pub(crate) const BEAT: Duration = Duration::from_secs(1);
pub(crate) const SHUTDOWN_GRACE: Duration = Duration::from_secs(3);

/// What a machine with little time to spare may add to a time that has to be kept.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How soon after a kill, nothing else being wrong, the runs of the killed server are told as lost.
pub(crate) const TOLD_WITHIN: Duration = LEASE.saturating_add(TICK).saturating_add(PATIENCE);

/// How soon after a kill, nothing else being wrong, others take what is queued and they have places for.
pub(crate) const TAKEN_WITHIN: Duration = TICK.saturating_add(PATIENCE);

/// A length of time that instants can be moved by.
pub(crate) fn span(length: Duration) -> TimeDelta {
    TimeDelta::from_std(length).expect("a short time")
}

/// The settings of a server, as a file.
pub(crate) fn file(listen: SocketAddr, issuer: &str) -> String {
    let seconds = |length: Duration| format!("\"{}s\"", length.as_secs());
    format!(
        "listen = \"{listen}\"\n\
         [database]\nconnections = 8\npatience = \"5s\"\n\
         [times]\ntick = {}\ngrace = {}\nlease = {}\nbeat = {}\ncancel_poll = \"1s\"\n\
         shutdown_grace = {}\nidle = \"20s\"\nscrub_pause = \"1s\"\n\
         [runs]\nat_once = {AT_ONCE}\nreads_at_once = 4\n\
         [graph]\ntries = 4\npatience = \"15s\"\nrequest_timeout = \"10s\"\nthreads = 1\n\
         [limits]\nrequests_per_minute = 1000000\npoints_per_minute = 1000000000\n\
         failed_sign_ins_per_minute = 1000000\n\
         [limits.sockets]\nper_caller = 1000\n\
         [log]\nfilter = \"info\"\nformat = \"json\"\n\
         [oidc.chaos]\nissuer = \"{issuer}\"\naudience = \"tenantatlas\"\n",
        seconds(TICK),
        seconds(GRACE),
        seconds(LEASE),
        seconds(BEAT),
        seconds(SHUTDOWN_GRACE),
    )
}
