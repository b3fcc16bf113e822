//! What a server's workers show of themselves, for whoever asks whether the server is well.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;

/// How a server's workers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// When the last tick was done with clearing up and dispatching, and could do all of it, in steady time; none
    /// before the first.
    pub ticked_at: Option<Duration>,
    /// How far this server's clock was ahead of the database's at the last tick; negative if behind.
    pub ahead: TimeDelta,
    /// Whether the database is newer than this program can work with, as the last tick saw it.
    pub is_overtaken: bool,
    /// Whether the server is about to stop.
    pub is_stopping: bool,
}

/// Where the workers write their pulse and others read it.
pub(super) type Wrist = watch::Sender<Pulse>;
