//! Small readings that wait to travel together in one batch.
//!
//! ```text
//! readings ─▶ waiting ─▶ cells, place ─▶ batch ─▶ each reading's own answer
//!                ▲ one server for each way, as long as anything waits there
//! ```
//!
//! Waiting for the pace is what fills a batch; where the pace makes nobody wait, a batch leaves
//! after a moment with what has come.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::{
    sync::{Notify, oneshot},
    time::timeout,
};
use uuid::Uuid;

use super::{
    batch,
    catalog::{ApiVersion, Bucket},
    http::Answer,
    lane::lock,
    link::Link,
    throttle::Pass,
    token::Token,
};

/// How long a batch that is not full waits for more. So short that no clock needs to rule it.
const MOMENT: Duration = Duration::from_millis(3);

const TOO_MANY_REQUESTS: u16 = 429;

/// What may travel in one batch: one API version, one bucket.
pub(super) type Way = (ApiVersion, Bucket);

/// A reading that waits.
#[derive(Debug)]
pub(super) struct Parcel {
    /// Path and query below the API version.
    pub(super) address: String,
    pub(super) id: Uuid,
    receiver: oneshot::Sender<Delivery>,
}

/// What came of a reading that was to travel with others.
#[derive(Debug)]
pub(super) enum Delivery {
    /// It was sent with this token, and answered.
    Answered {
        answer: Answer,
        token: Arc<Token>,
        id: Uuid,
        sent_at: DateTime<Utc>,
    },
    /// It was sent, but its batch has no good answer.
    Lost {
        reason: String,
        sent_at: DateTime<Utc>,
    },
    /// It was not sent, because the gate was closed meanwhile.
    Closed,
    /// It was not sent, and had better travel alone.
    Alone,
}

/// The readings of one run that wait.
#[derive(Debug, Default)]
pub(super) struct Packer {
    ways: Mutex<HashMap<Way, Waiting>>,
    /// Told when a batch's worth is waiting somewhere.
    full: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    parcels: VecDeque<Parcel>,
    is_served: bool,
}

impl Packer {
    /// Puts a reading among those that wait. True if nobody serves them yet.
    fn put(&self, way: Way, parcel: Parcel) -> bool {
        let mut ways = lock(&self.ways);
        let waiting = ways.entry(way).or_default();
        waiting.parcels.push_back(parcel);
        if waiting.parcels.len() >= way.1.most_in_batch() {
            self.full.notify_waiters();
        }
        !std::mem::replace(&mut waiting.is_served, true)
    }

    /// How many wait, without those that nobody waits for any more. With none the way is not
    /// served any longer.
    fn number(&self, way: Way) -> usize {
        let mut ways = lock(&self.ways);
        let waiting = ways.entry(way).or_default();
        waiting
            .parcels
            .retain(|parcel| !parcel.receiver.is_closed());
        waiting.is_served = !waiting.parcels.is_empty();
        waiting.parcels.len()
    }

    fn take(&self, way: Way, most: usize) -> Vec<Parcel> {
        let mut ways = lock(&self.ways);
        let parcels = &mut ways.entry(way).or_default().parcels;
        parcels.drain(..most.min(parcels.len())).collect()
    }

    /// Waits a moment for a batch to fill.
    async fn fill(&self, way: Way) {
        let full = self.full.notified();
        if self.number(way) < way.1.most_in_batch() {
            // Full or not, what waits then leaves.
            let _ = timeout(MOMENT, full).await;
        }
    }
}

/// Hands a reading over; tells what came of it.
pub(super) async fn send(link: &Arc<Link>, way: Way, address: String) -> Delivery {
    let (receiver, delivery) = oneshot::channel();
    let parcel = Parcel {
        address,
        id: Uuid::new_v4(),
        receiver,
    };
    if link.packer.put(way, parcel) {
        link.spawn(serve(Arc::clone(link), way));
    }
    delivery.await.unwrap_or(Delivery::Alone)
}

/// Sends what waits, until nothing does.
async fn serve(link: Arc<Link>, way: Way) {
    loop {
        link.packer.fill(way).await;
        let Some((parcels, pass)) = load(&link, way).await else {
            return;
        };
        match pass {
            Some(pass) => link.spawn(deliver(Arc::clone(&link), way, parcels, pass)),
            None => tell(parcels, |_| Delivery::Closed),
        }
    }
}

/// The next batch with its leave to go, or without one where the gate is closed; none when nothing
/// waits any more.
async fn load(link: &Link, way: Way) -> Option<(Vec<Parcel>, Option<Pass>)> {
    let (bucket, most) = (way.1, way.1.most_in_batch());
    let wanted = || link.packer.number(way).min(most);
    let Ok(turn) = link.lanes.turn(bucket).await else {
        return refused(link, way);
    };
    let mut cells = 0;
    while cells < wanted() {
        if link.lanes.cell(bucket).await.is_err() {
            return refused(link, way);
        }
        cells += 1;
    }
    if wanted() == 0 {
        return None;
    }
    let pass = link.lanes.leave(bucket, turn).await.ok().flatten();
    // Whatever came while the batch waited for its place comes along, if the pace allows it.
    while cells < wanted() && link.lanes.try_cell(bucket) {
        cells += 1;
    }
    Some((link.packer.take(way, cells), pass))
}

/// All that waits, without leave to go.
fn refused(link: &Link, way: Way) -> Option<(Vec<Parcel>, Option<Pass>)> {
    match link.packer.number(way) {
        0 => None,
        number => Some((link.packer.take(way, number), None)),
    }
}

async fn deliver(link: Arc<Link>, way: Way, mut parcels: Vec<Parcel>, pass: Pass) {
    let Ok(token) = link.token().await else {
        return tell(parcels, |_| Delivery::Alone);
    };
    let sent_at = link.room.pacing.now();
    let readings: Vec<_> = parcels
        .iter()
        .map(|parcel| (parcel.address.clone(), parcel.id))
        .collect();
    let abandoned = join_all(parcels.iter_mut().map(|parcel| parcel.receiver.closed()));
    let sent = tokio::select! {
        sent = link.read_all(way.0, &readings, &token) => sent,
        // When nobody waits for any of them, they need not hold a place.
        _ = abandoned => return,
    };
    let lost = |reason: &str| Delivery::Lost {
        reason: reason.to_owned(),
        sent_at,
    };
    match sent {
        Ok(answers) => {
            match answers.iter().flatten().any(is_throttled) {
                true => pass.place.was_throttled(),
                false => pass.place.went_well(),
            }
            let mut answers = answers.into_iter();
            tell(parcels, |parcel| match answers.next().flatten() {
                Some(answer) => Delivery::Answered {
                    answer,
                    token: Arc::clone(&token),
                    id: parcel.id,
                    sent_at,
                },
                None => lost("the batch holds no answer to it"),
            });
        }
        Err(Unanswered::Lost(reason)) => tell(parcels, |_| lost(&reason)),
        Err(Unanswered::Refused) => tell(parcels, |_| Delivery::Alone),
    }
}

fn is_throttled(answer: &Answer) -> bool {
    answer.status == TOO_MANY_REQUESTS
}

/// Why a batch has no answers.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// The connection or the body was no good.
    Lost(String),
    /// Graph does not take it as a batch.
    Refused,
}

fn tell(parcels: Vec<Parcel>, mut what: impl FnMut(&Parcel) -> Delivery) {
    for parcel in parcels {
        let delivery = what(&parcel);
        // Whoever asked may have gone; then nobody needs it.
        drop(parcel.receiver.send(delivery));
    }
}

impl Answer {
    /// The answers to the readings of a batch, from that to its envelope.
    pub(super) fn of_each(self, number: usize) -> Result<Vec<Option<Self>>, Unanswered> {
        if batch::is_answered(&self) {
            let answers = batch::answers(&self.body, number);
            return answers.map_err(|fault| Unanswered::Lost(fault.to_string()));
        }
        match self.status {
            // What befell the envelope befell all that was in it.
            401 | 408 | TOO_MANY_REQUESTS | 500..600 => Ok(vec![Some(self); number]),
            _ => Err(Unanswered::Refused),
        }
    }
}
