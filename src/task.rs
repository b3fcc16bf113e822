//! Tasks of this process, counted: one that never ends is seen by whoever looks at the number, on whichever
//! of the many threads it waits. What sends requests to Graph has threads of its own, which count themselves.

use std::{
    future::Future,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    thread::available_parallelism,
};

use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinHandle},
};
use tracing::Span;

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

/// How many threads compute at once.
pub fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// As many as there are, because that is what work for a processor shares.
static PROCESSORS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(processors()));

/// Has work for a processor done by a thread that nobody waits for anything on. No more of it goes on at
/// once than there are processors: more threads would only take turns, each with memory of its own.
///
/// # Errors
///
/// When the work panics.
pub async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    // A task of its own, because a caller that is not polled for a while must not sit on a place that
    // others wait for.
    let within = Span::current();
    let computed = spawn(async move {
        let place = PROCESSORS.acquire().await;
        let work = move || {
            let _place = place;
            within.in_scope(work)
        };
        tokio::task::spawn_blocking(work).await
    });
    computed.await?
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

    use futures_util::future::join_all;
    use tokio::{
        runtime::Handle,
        sync::{mpsc, watch},
    };

    use super::*;

    #[actix_rt::test]
    async fn no_more_is_computed_at_once_than_there_are_processors() {
        let (began, mut begun) = mpsc::unbounded_channel();
        let (release, released) = watch::channel(false);
        let all: Vec<_> = (0..=processors())
            .map(|n| {
                let (began, mut released) = (began.clone(), released.clone());
                let waiting = Handle::current();
                tokio::spawn(compute(move || {
                    began.send(n).unwrap();
                    waiting
                        .block_on(released.wait_for(|is| *is))
                        .map(drop)
                        .unwrap();
                }))
            })
            .collect();
        for _ in 0..processors() {
            begun.recv().await.unwrap();
        }
        // Everybody else has come to where they would begin.
        assert_eq!(PROCESSORS.available_permits(), 0);
        assert!(begun.try_recv().is_err());
        release.send(true).unwrap();
        for computed in join_all(all).await {
            computed.unwrap().unwrap();
        }
        assert!(begun.recv().await.is_some());
    }

    #[actix_rt::test]
    async fn a_panic_in_what_is_computed_is_an_error_and_gives_its_place_back() {
        for _ in 0..100 {
            let broken = compute(|| panic!("as it may happen")).await;
            assert!(broken.unwrap_err().is_panic());
        }
        assert_eq!(compute(|| 7).await.unwrap(), 7);
    }

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
