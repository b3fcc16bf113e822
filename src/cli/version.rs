//! What this program is: its version, the commit it was built from, and its time zone data.

use std::sync::LazyLock;

use crate::{domain::zone, telemetry};

/// The version and, in brackets, what else says which program this is.
static LINE: LazyLock<String> = LazyLock::new(|| {
    let (version, commit) = (env!("CARGO_PKG_VERSION"), telemetry::COMMIT);
    format!("{version} (commit {commit}, tz {})", zone::release())
});

/// As `--version` prints it after the program's name.
pub(super) fn line() -> &'static str {
    &LINE
}
