//! The ticks of a server, one after the other: what is due is dispatched, people are warned, and readiness is
//! shown what came of it.

use super::{
    deps::Deps,
    dispatch::{self, Decision, length, tell},
    pointers::{self, Refreshed},
    pulse::Wrist,
    recovery::{Memory, Terms},
    warnings,
};
use crate::{
    domain::reading::{Reading, is_off},
    store::StoreError,
};

/// Ticks between two looks at the pointers of all schedules.
const BETWEEN_REFRESHES: u32 = 60;

/// What one tick leaves to the next.
#[derive(Debug, Default)]
pub(super) struct Ticks {
    /// How many there were.
    number: u32,
    /// Whether schedules are left whose pointers may need a look.
    has_unrefreshed: bool,
    memory: Memory,
}

impl Ticks {
    /// Makes one, unless the database is newer than this program can work with.
    pub(super) async fn make(
        &mut self,
        deps: &Deps,
        terms: &Terms,
        pulse: &Wrist,
    ) -> Result<Vec<Decision>, StoreError> {
        let began = deps.clock.elapsed();
        let ticked = match is_overtaken(deps, pulse).await {
            Ok(true) => return Ok(Vec::new()),
            Ok(false) => {
                self.refresh(deps).await;
                dispatch::tick(&deps.store, terms, &mut self.memory, &deps.measures).await
            }
            Err(error) => {
                self.memory.seen = self.memory.seen.away();
                Err(error)
            }
        };
        let is_done = ticked.as_ref().is_ok_and(|ticked| ticked.is_clear);
        let took = deps.clock.elapsed().saturating_sub(began);
        deps.measures.ticked(took, is_done);
        // Before the warnings: what is due is dispatched, and that is what readiness asks for.
        if let Ok(ticked) = &ticked {
            show(pulse, deps, self.memory.seen.last(), ticked.is_clear);
        }
        if let Err(error) = warnings::warn(&deps.store).await {
            tell(&error, "people could not be warned; it will be tried again");
        }
        let ticked = ticked?;
        dispatch::tell_decisions(&ticked.decisions);
        tracing::debug!(decisions = ticked.decisions.len(), "a tick was made");
        Ok(ticked.decisions)
    }

    /// Looks at the pointers of schedules if it is time to. Before the first dispatch: a slot that newer zone data
    /// moved must not fire twice.
    async fn refresh(&mut self, deps: &Deps) {
        let is_turn = self.number.is_multiple_of(BETWEEN_REFRESHES);
        if is_turn || self.has_unrefreshed {
            match pointers::refresh(&deps.store).await {
                Ok(refreshed) => self.has_unrefreshed = refreshed == Refreshed::Some,
                Err(error) => tell(&error, "the pointers of schedules could not be looked at"),
            }
        }
        if is_turn {
            deps.graph.shrink();
        }
        self.number = self.number.wrapping_add(1);
    }
}

/// Whether the database is newer than this program can work with. Told when it becomes so, and shown: nothing more
/// is begun then.
async fn is_overtaken(deps: &Deps, pulse: &Wrist) -> Result<bool, StoreError> {
    let is_overtaken = deps.store.is_overtaken().await?;
    pulse.send_if_modified(|pulse| {
        let was_overtaken = std::mem::replace(&mut pulse.is_overtaken, is_overtaken);
        match (was_overtaken, is_overtaken) {
            (false, true) => tracing::error!(
                "the database is newer than this program can work with; this server begins nothing more"
            ),
            (true, false) => tracing::info!("the database fits this program again"),
            (true, true) | (false, false) => {}
        }
        was_overtaken != is_overtaken
    });
    Ok(is_overtaken)
}

/// Shows that a tick was made, and how far this server's clock is off from the database's.
fn show(pulse: &Wrist, deps: &Deps, reading: Option<Reading>, is_clear: bool) {
    let now = deps.clock.elapsed();
    let ahead = reading.map(|reading| {
        let since = now.saturating_sub(reading.elapsed);
        deps.clock.now() - reading.at - length(since)
    });
    pulse.send_modify(|pulse| {
        let was_off = is_off(pulse.ahead);
        pulse.ahead = ahead.unwrap_or_default();
        if is_off(pulse.ahead) && !was_off {
            let ahead_seconds = pulse.ahead.num_seconds();
            tracing::warn!(
                ahead_seconds,
                "this server's clock is not that of the database, which counts; set it"
            );
        }
        if is_clear {
            // By the clock that counts, as all that is told of times.
            deps.measures.note_tick(deps.clock.now() - pulse.ahead);
            pulse.ticked_at = Some(now);
        }
    });
}
