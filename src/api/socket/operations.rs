//! The operations of a connection: a task for each, ended with the connection at the latest.

use std::collections::HashMap;

use actix_rt::task::JoinHandle;
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;
use tracing::Instrument;

use super::protocol::{Event, Serial};
use crate::{
    api::{access::Caller, ask::Ask, auth::in_force, engine::Engine, error::Refusal},
    task,
};

/// Waits until the reader takes what there is: nothing more is carried out for it before. False when
/// the connection is gone. The room is not kept, because a subscription may wait for long.
async fn has_room(answers: &mpsc::Sender<Event>) -> bool {
    answers.reserve().await.is_ok()
}

/// The caller as it is now; none when the credential that was let in a while ago does not hold any more.
async fn still(engine: &Engine, caller: Caller) -> Result<Option<Caller>, Refusal> {
    let rooms = &engine.rooms;
    let held = in_force(&rooms.store, &caller.principal, rooms.clock.now()).await?;
    Ok(held.map(|principal| Caller {
        principal,
        ..caller
    }))
}

pub(super) struct Operations {
    engine: Engine,
    answers: mpsc::Sender<Event>,
    tasks: HashMap<Serial, JoinHandle<()>>,
}

impl Operations {
    pub(super) fn new(engine: Engine, answers: mpsc::Sender<Event>) -> Self {
        Self {
            engine,
            answers,
            tasks: HashMap::new(),
        }
    }

    /// Carries an operation out. Its answers are events, the last one that it has ended.
    pub(super) fn start(&mut self, id: String, serial: Serial, ask: Ask, caller: Caller) {
        self.tasks.retain(|_, task| !task.is_finished());
        let (engine, answers) = (self.engine.clone(), self.answers.clone());
        let measures = engine.rooms.measures.clone();
        let work = async move {
            if !has_room(&answers).await {
                return;
            }
            let mut outcomes = match engine.in_good_time(still(&engine, caller)).await {
                Ok(Some(caller)) => engine.stream(ask, caller).await,
                // The connection ends, with the code that says why.
                Ok(None) => return drop(answers.send(Event::Refused).await),
                Err(refusal) => stream::once(async { refusal.into() }).boxed(),
            };
            while has_room(&answers).await
                && let Some(outcome) = outcomes.next().await
            {
                let outcome = outcome.counted(&measures);
                let answer = Event::Answered(id.clone(), serial, outcome);
                if answers.send(answer).await.is_err() {
                    return;
                }
            }
            // A connection that is gone wants to hear nothing.
            drop(answers.send(Event::Ended(id, serial)).await);
        };
        let span = tracing::info_span!("operation");
        let task = task::spawn_local(work.instrument(span));
        self.tasks.insert(serial, task);
    }

    pub(super) fn stop(&mut self, serial: Serial) {
        if let Some(task) = self.tasks.remove(&serial) {
            task.abort();
        }
    }
}

impl Drop for Operations {
    fn drop(&mut self) {
        self.tasks.values().for_each(JoinHandle::abort);
    }
}
