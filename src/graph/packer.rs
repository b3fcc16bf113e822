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
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
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
    retry,
    throttle::Pass,
    token::Token,
};

/// How long a batch that is not full waits for more. So short that no clock needs to rule it.
const MOMENT: Duration = Duration::from_millis(3);

/// What may travel in one batch: one API version, one bucket.
pub(super) type Way = (ApiVersion, Bucket);

/// A reading that waits.
#[derive(Debug)]
pub(super) struct Parcel {
    /// Path and query below the API version.
    pub(super) address: String,
    pub(super) id: Uuid,
    /// What it counts as in the limit of its bucket.
    cells: u32,
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
    /// Whether Graph refused a batch as such; then everything goes alone.
    is_closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    parcels: VecDeque<Parcel>,
    is_served: bool,
    /// Told when a batch's worth is waiting.
    is_full: Arc<Notify>,
}

impl Waiting {
    /// Forgets readings that nobody waits for any more; how many cells the next batch takes.
    fn cells(&mut self, most: usize) -> u32 {
        self.parcels.retain(|parcel| !parcel.receiver.is_closed());
        self.parcels.iter().take(most).map(|it| it.cells).sum()
    }
}

impl Packer {
    /// Whether readings may travel in batches.
    pub(super) fn is_open(&self) -> bool {
        !self.is_closed.load(Ordering::Relaxed)
    }

    fn of<T>(&self, way: Way, look: impl FnOnce(&mut Waiting) -> T) -> T {
        look(lock(&self.ways).entry(way).or_default())
    }

    /// Puts a reading among those that wait. True if nobody serves them yet.
    fn put(&self, way: Way, parcel: Parcel) -> bool {
        self.of(way, |waiting| {
            waiting.parcels.push_back(parcel);
            if waiting.parcels.len() >= way.1.most_in_batch() {
                waiting.is_full.notify_one();
            }
            !std::mem::replace(&mut waiting.is_served, true)
        })
    }

    /// Cells that the next batch takes; none when nothing waits.
    fn cells(&self, way: Way) -> u32 {
        self.of(way, |waiting| waiting.cells(way.1.most_in_batch()))
    }

    /// Ends the service of a way if nothing waits there.
    fn is_done(&self, way: Way) -> bool {
        self.of(way, |waiting| {
            waiting.is_served = waiting.cells(1) > 0;
            !waiting.is_served
        })
    }

    /// The next batch, as much of it as so many cells pay for.
    fn take(&self, way: Way, mut cells: u32) -> Vec<Parcel> {
        self.of(way, |waiting| {
            let paid = waiting.parcels.iter().take(way.1.most_in_batch());
            let paid = paid.take_while(|parcel| match cells.checked_sub(parcel.cells) {
                Some(rest) => {
                    cells = rest;
                    true
                }
                None => false,
            });
            let number = paid.count();
            waiting.parcels.drain(..number).collect()
        })
    }

    /// Waits a moment for a batch to fill.
    async fn fill(&self, way: Way) {
        let (number, is_full) = self.of(way, |waiting| {
            (waiting.parcels.len(), Arc::clone(&waiting.is_full))
        });
        if number < way.1.most_in_batch() {
            // Full or not, what waits then leaves.
            let _ = timeout(MOMENT, is_full.notified()).await;
        }
    }
}

/// Hands a reading over that counts as `cells`; tells what came of it.
pub(super) async fn send(link: &Arc<Link>, way: Way, address: String, cells: u32) -> Delivery {
    let (receiver, delivery) = oneshot::channel();
    let parcel = Parcel {
        address,
        id: Uuid::new_v4(),
        cells,
        receiver,
    };
    if link.packer.put(way, parcel) {
        link.spawn(serve(Arc::clone(link), way));
    }
    delivery.await.unwrap_or(Delivery::Alone)
}

/// Sends what waits, until nothing does. There is one server for each way.
async fn serve(link: Arc<Link>, way: Way) {
    loop {
        if link.packer.is_done(way) {
            return;
        }
        link.packer.fill(way).await;
        match load(&link, way).await {
            Ok(Some((parcels, token, pass))) => {
                link.spawn(deliver(Arc::clone(&link), way, parcels, token, pass));
            }
            Ok(None) => {}
            Err(instead) => tell(link.packer.take(way, u32::MAX), |_| instead()),
        }
    }
}

type Load = (Vec<Parcel>, Arc<Token>, Pass);

/// The next batch with its leave to go; none when nobody waits for it any more, and what to tell
/// those who do when it cannot go.
async fn load(link: &Link, way: Way) -> Result<Option<Load>, fn() -> Delivery> {
    let (bucket, packer) = (way.1, &link.packer);
    let alone: fn() -> Delivery = || Delivery::Alone;
    // Signing in takes a place itself, so it comes before anything is held.
    let token = link.token().await.map_err(|_| alone)?;
    let since = link.room.pacing.now();
    let turn = link.lanes.turn(bucket).await.map_err(|_| alone)?;
    let mut cells = 0;
    while cells < packer.cells(way) {
        link.lanes.cell(bucket).await.map_err(|_| alone)?;
        cells += 1;
    }
    if cells == 0 {
        return Ok(None);
    }
    let pass = link.lanes.leave(bucket, turn).await.map_err(|_| alone)?;
    let Some(pass) = pass else {
        return Err(|| Delivery::Closed);
    };
    let waited = link.room.pacing.now() - since;
    link.room.measures.waited(bucket, waited);
    // Whatever came while the batch waited for its place comes along, if the pace allows it.
    while cells < packer.cells(way) && link.lanes.try_cell(bucket) {
        cells += 1;
    }
    let parcels = packer.take(way, cells);
    Ok((!parcels.is_empty()).then_some((parcels, token, pass)))
}

async fn deliver(
    link: Arc<Link>,
    way: Way,
    mut parcels: Vec<Parcel>,
    token: Arc<Token>,
    pass: Pass,
) {
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
    if matches!(sent, Err(Unanswered::Refused)) {
        link.packer.is_closed.store(true, Ordering::Relaxed);
    }
    // Whoever is told may look whether anybody still needs the link.
    drop(link);
    match sent {
        Ok(answers) => {
            note(&pass, &answers);
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
        Err(Unanswered::TooLarge | Unanswered::Refused) => tell(parcels, |_| Delivery::Alone),
    }
}

/// Tells the window how it went.
fn note(pass: &Pass, answers: &[Option<Answer>]) {
    let mut answered = answers.iter().flatten();
    if answered
        .clone()
        .any(|answer| retry::throttles(answer.status))
    {
        pass.place.was_throttled();
    } else if answered.all(|answer| !retry::may_pass(answer.status)) {
        pass.place.went_well();
    }
}

/// Why a batch has no answers.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// The connection or the body was no good.
    Lost(String),
    /// Larger than the limit; each alone may be within it.
    TooLarge,
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
            401 => Ok(vec![Some(self); number]),
            status if retry::may_pass(status) => Ok(vec![Some(self); number]),
            _ => Err(Unanswered::Refused),
        }
    }
}
