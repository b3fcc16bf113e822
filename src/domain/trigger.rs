//! What made a run.

use std::str::FromStr;

use super::words::words;

words! {
    /// What made a run.
    Trigger {
        /// A person or an API token, by hand.
        Manual "MANUAL"
        /// A person or an API token, after an earlier run.
        Retry "RETRY"
        /// The recurrence of its schedule.
        Scheduled "SCHEDULED"
    }
}
