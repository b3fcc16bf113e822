//! The one place of the simulator that asks the system for the time.

use chrono::{DateTime, Utc};

/// The present instant.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator's only look at the clock"
)]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}
