//! How much of one tenant may be in flight: more while it goes well, half when Graph throttles.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::lane::lock;

/// Places at the beginning; few, for nobody knows yet how the tenant's Graph feels today.
const AT_FIRST: usize = 4;

/// The places in flight of one tenant.
#[derive(Debug)]
pub(super) struct Window {
    places: Arc<Semaphore>,
    most: usize,
    /// Raised with each halving. What was sent before one says nothing about the window after it.
    epoch: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    size: usize,
    /// Good answers since the size last changed.
    good: usize,
    /// Places that are taken but will not come back.
    owed: usize,
}

/// A place in the window; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    window: Arc<Window>,
    permit: Option<OwnedSemaphorePermit>,
    epoch: u64,
}

impl Window {
    pub(super) fn new(most: usize) -> Self {
        let size = AT_FIRST.min(most);
        Self {
            places: Arc::new(Semaphore::new(size)),
            most,
            epoch: AtomicU64::new(0),
            state: Mutex::new(State {
                size,
                good: 0,
                owed: 0,
            }),
        }
    }

    /// Waits for a place; none if the window was closed.
    pub(super) async fn enter(self: &Arc<Self>) -> Option<Place> {
        let permit = Arc::clone(&self.places).acquire_owned().await.ok()?;
        Some(Place {
            window: Arc::clone(self),
            permit: Some(permit),
            epoch: self.epoch.load(Ordering::Relaxed),
        })
    }

    /// Widens by one after as many good answers as there are places.
    fn widen(&self) {
        let mut state = lock(&self.state);
        state.good += 1;
        if state.good < state.size || state.size >= self.most {
            return;
        }
        state.good = 0;
        state.size += 1;
        match state.owed {
            0 => self.places.add_permits(1),
            owed => state.owed = owed - 1,
        }
    }

    fn halve(&self, epoch: u64) {
        let mut state = lock(&self.state);
        if self.epoch.load(Ordering::Relaxed) != epoch {
            return;
        }
        self.epoch.store(epoch + 1, Ordering::Relaxed);
        let size = (state.size / 2).max(1);
        let fewer = state.size - size;
        state.owed += fewer - self.places.forget_permits(fewer);
        state.size = size;
        state.good = 0;
    }
}

impl Place {
    /// The answer was good.
    pub(super) fn went_well(&self) {
        self.window.widen();
    }

    /// The answer was a refusal for too many requests.
    pub(super) fn was_throttled(&self) {
        self.window.halve(self.epoch);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = lock(&self.window.state);
        if state.owed > 0
            && let Some(permit) = self.permit.take()
        {
            state.owed -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(window: &Window) -> usize {
        lock(&window.state).size
    }

    async fn enter(window: &Arc<Window>, number: usize) -> Vec<Place> {
        let mut places = Vec::new();
        for _ in 0..number {
            places.push(window.enter().await.unwrap());
        }
        places
    }

    #[tokio::test]
    async fn a_window_widens_by_one_each_time_all_of_it_went_well() {
        let window = Arc::new(Window::new(6));
        for (good, expected) in [(3, 4), (1, 5), (4, 5), (1, 6), (100, 6)] {
            for _ in 0..good {
                enter(&window, 1).await[0].went_well();
            }
            assert_eq!(size(&window), expected);
        }
        assert_eq!(window.places.available_permits(), 6);
    }

    #[tokio::test]
    async fn one_burst_of_refusals_halves_once() {
        let window = Arc::new(Window::new(8));
        let places = enter(&window, 4).await;
        places.iter().for_each(Place::was_throttled);
        assert_eq!(size(&window), 2);
        drop(places);
        assert_eq!(window.places.available_permits(), 2);

        enter(&window, 1).await[0].was_throttled();
        enter(&window, 1).await[0].was_throttled();
        assert_eq!(size(&window), 1);
        assert_eq!(window.places.available_permits(), 1);
    }

    #[tokio::test]
    async fn a_window_that_owes_places_widens_by_owing_fewer() {
        let window = Arc::new(Window::new(8));
        let places = enter(&window, 4).await;
        places[0].was_throttled();
        places[1].went_well();
        places[2].went_well();
        assert_eq!(size(&window), 3);
        drop(places);
        assert_eq!(window.places.available_permits(), 3);
    }

    #[test]
    fn a_window_is_never_wider_than_allowed() {
        assert_eq!(size(&Window::new(1)), 1);
    }
}
