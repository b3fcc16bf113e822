//! Tasks of this process, counted: one that never ends is seen by whoever looks at the number, on whichever
//! of the many threads it waits. What sends requests to Graph has threads of its own, which count themselves.

use std::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::task::JoinHandle;

/// For the process as a whole, because threads are.
static ALIVE: AtomicU64 = AtomicU64::new(0);

/// One task, from the order on until it ends, is cancelled or panics.
struct Alive(&'static AtomicU64);

impl Alive {
    fn among(all: &'static AtomicU64) -> Self {
        all.fetch_add(1, Ordering::Relaxed);
        Self(all)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many have not ended.
pub fn alive() -> u64 {
    ALIVE.load(Ordering::Relaxed)
}

/// Has the work done by this thread, beside what else it does.
pub fn spawn_local<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
{
    actix_rt::spawn(counted(&ALIVE, work))
}

/// Has the work done by any thread of this runtime.
pub fn spawn<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(counted(&ALIVE, work))
}

/// Counts from now on, and not only from when somebody begins with it.
fn counted<F: Future>(all: &'static AtomicU64, work: F) -> impl Future<Output = F::Output> {
    let alive = Alive::among(all);
    async move {
        let _alive = alive;
        work.await
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[actix_rt::test]
    async fn a_task_counts_until_it_ends_however_that_is() {
        // Other tests have tasks, too.
        static OWN: AtomicU64 = AtomicU64::new(0);
        let number = || OWN.load(Ordering::Relaxed);
        let done = tokio::spawn(counted(&OWN, ready(())));
        let broken = tokio::spawn(counted(&OWN, async { panic!("as it may happen") }));
        let cancelled = tokio::spawn(counted(&OWN, pending::<()>()));
        assert_eq!(number(), 3);
        done.await.unwrap();
        assert!(broken.await.is_err());
        assert_eq!(number(), 1);
        cancelled.abort();
        assert!(cancelled.await.is_err());
        assert_eq!(number(), 0);
    }
}
