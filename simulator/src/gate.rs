//! Gates: requests that wait until a test lets them go.

use std::sync::{Arc, Mutex, Weak};

use tokio::sync::watch;
use uuid::Uuid;

use crate::{fault_book::path_matches, request::Incoming, sync::lock, uri};

/// Holds the requests it concerns until it is opened. Dropping it opens it.
#[derive(Debug)]
pub struct Gate(Arc<Barrier>);

#[derive(Debug)]
struct Barrier {
    path: String,
    tenant: Option<Uuid>,
    waiting: watch::Sender<usize>,
    open: watch::Sender<bool>,
}

impl Gate {
    /// Lets all waiting requests go; later ones do not wait.
    pub fn open(&self) {
        self.0.open.send_replace(true);
    }

    /// Resolves when a request waits here, at once if one does.
    pub async fn arrived(&self) {
        self.arrived_times(1).await;
    }

    /// Resolves when at least `count` requests wait here.
    pub async fn arrived_times(&self, count: usize) {
        let mut waiting = self.0.waiting.subscribe();
        // The sender lives as long as this gate, so the wait ends only with the count.
        let _ = waiting.wait_for(|present| *present >= count).await;
    }

    /// How many requests wait here.
    pub fn waiting(&self) -> usize {
        *self.0.waiting.borrow()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

/// The gates that stand.
#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<Vec<Weak<Barrier>>>);

impl Gates {
    pub(crate) fn add(&self, path: &str, tenant: Option<Uuid>) -> Gate {
        let barrier = Arc::new(Barrier {
            path: path.to_owned(),
            tenant,
            waiting: watch::Sender::new(0),
            open: watch::Sender::new(false),
        });
        lock(&self.0).push(Arc::downgrade(&barrier));
        Gate(barrier)
    }

    /// Waits at each gate that concerns the request.
    pub(crate) async fn pass(&self, request: &Incoming, tenant: Option<Uuid>) {
        for barrier in self.in_the_way(request, tenant) {
            let mut open = barrier.open.subscribe();
            barrier.waiting.send_modify(|count| *count += 1);
            let leave = Leaving(&barrier);
            let _ = open.wait_for(|open| *open).await;
            drop(leave);
        }
    }

    fn in_the_way(&self, request: &Incoming, tenant: Option<Uuid>) -> Vec<Arc<Barrier>> {
        let path = uri::decode(&request.path);
        let mut gates = lock(&self.0);
        gates.retain(|gate| gate.strong_count() > 0);
        let standing = gates.iter().filter_map(Weak::upgrade);
        standing
            .filter(|barrier| {
                !*barrier.open.borrow()
                    && (barrier.tenant.is_none() || barrier.tenant == tenant)
                    && path_matches(&barrier.path, &path)
            })
            .collect()
    }
}

/// Takes a request off the count, also when its client went away.
struct Leaving<'a>(&'a Barrier);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.waiting.send_modify(|count| *count -= 1);
    }
}
