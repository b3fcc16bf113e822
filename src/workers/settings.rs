//! The times and numbers that workers keep to. Settings, so that tests can shorten them.

use std::time::Duration;

/// Times and numbers of the workers.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// Names this server in leases; unique among those of one database.
    pub server: String,
    /// Between two ticks.
    pub tick: Duration,
    /// How late a slot may be dispatched, at least two ticks.
    pub grace: Duration,
    /// How long a claim holds without a beat.
    pub lease: Duration,
    /// Between two renewals of a lease.
    pub beat: Duration,
    /// How soon a wish to cancel that came in elsewhere is noticed.
    pub cancel_poll: Duration,
    /// How long a stopping server lets its runs go on before it hands them back.
    pub shutdown_grace: Duration,
    /// Longest time that an attempt may take.
    pub longest_run: Duration,
    /// How long a tenant's actor without work is kept.
    pub idle: Duration,
    /// Runs carried out at once.
    pub places: usize,
    /// Objects of one run that are read at once.
    pub reads: usize,
    /// How long what is of no more use is kept.
    pub keep: KeepSettings,
    /// Between two steps of the check of all contents.
    pub scrub_pause: Duration,
}

/// Ages at which things are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepSettings {
    /// Of events, for clients that come back.
    pub events: Duration,
    /// Of notifications.
    pub notifications: Duration,
    /// Of API tokens, since they ended.
    pub ended_tokens: Duration,
    /// Of entries of the audit log.
    pub audit: Duration,
    /// Of contents and secrets that nothing refers to, since something used them: longer than any run
    /// takes, because a run refers to what it has stored at its end.
    pub unreferenced: Duration,
}

impl Default for KeepSettings {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            events: DAY,
            notifications: DAY * 90,
            ended_tokens: DAY * 90,
            audit: DAY * 400,
            unreferenced: DAY,
        }
    }
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            server: uuid::Uuid::new_v4().to_string(),
            tick: Duration::from_secs(60),
            grace: Duration::from_secs(5 * 60),
            lease: Duration::from_secs(60),
            beat: Duration::from_secs(20),
            cancel_poll: Duration::from_secs(5),
            shutdown_grace: Duration::from_secs(30),
            longest_run: Duration::from_secs(6 * 60 * 60),
            idle: Duration::from_secs(5 * 60),
            places: 8,
            reads: 6,
            keep: KeepSettings::default(),
            scrub_pause: Duration::from_secs(5),
        }
    }
}
