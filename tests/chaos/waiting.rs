//! Waits that have an end.

use std::time::{Duration, Instant};

/// Between two looks at what is waited for.
const PAUSE: Duration = Duration::from_millis(200);

/// Waits until a look finds something; none when it has not in this time.
pub(crate) async fn until<T>(
    longest: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> Option<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return Some(found);
        }
        if begun.elapsed() >= longest {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
