//! One reading of a tenant's runs for all who follow them on this server.
//!
//! What a reading saw is shared; nothing is queued for anybody. A follower who is slow, or has come
//! back, finds in the tables what the shared readings do not hold any more.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use actix_rt::task::JoinHandle;
use tokio::sync::watch;

use super::{
    access::Insiders,
    error::{Code, Refusal, Result},
    lookout::{BATCH, Lookout},
    settings::SocketLimits,
    watch::Watch,
};
use crate::{
    domain::{global_id::GlobalId, ids::TenantId, run::Run},
    store::{
        Store, StoreError, active_runs, api_tokens,
        events::{self, RunEvent},
        members, streams,
    },
    task,
    telemetry::chain,
};

/// Events that readings hold for followers who were busy meanwhile.
const HELD: usize = 128;

/// The readings of a server, one for each tenant that somebody follows.
pub(super) struct Relays {
    store: Store,
    watch: Arc<Watch>,
    times: Times,
    of: Mutex<HashMap<TenantId, Weak<Relay>>>,
}

/// How long a reading may wait for the next one while no event happens.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// While a run is active, because progress is no event.
    busy: Duration,
    /// Otherwise: whoever loses the right to know is told no later.
    idle: Duration,
}

/// The readings of a tenant's runs. They end when nobody holds this any more.
pub(super) struct Relay {
    sights: watch::Receiver<Option<Arc<Sight>>>,
    task: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the tables said at the last reading that saw something new.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sight {
    /// The events after this place are all here.
    since: i64,
    events: VecDeque<Arc<RunEvent>>,
    /// Runs that are queued or running.
    pub(super) active: Vec<Run>,
    /// Who may know of all this.
    pub(super) insiders: Insiders,
}

impl Sight {
    /// The events after a place; none when some of them are not here.
    pub(super) fn after(&self, place: i64) -> Option<impl Iterator<Item = &Arc<RunEvent>>> {
        let newer = move |event: &&Arc<RunEvent>| event.sequence > place;
        (self.since <= place).then(|| self.events.iter().filter(newer))
    }

    /// The place up to which everything is known.
    fn place(&self) -> i64 {
        self.events
            .back()
            .map_or(self.since, |event| event.sequence)
    }

    fn take(&mut self, event: RunEvent) {
        self.events.push_back(Arc::new(event));
        if self.events.len() > HELD
            && let Some(oldest) = self.events.pop_front()
        {
            self.since = oldest.sequence;
        }
    }
}

impl Relays {
    pub(super) fn new(store: Store, watch: Arc<Watch>, limits: &SocketLimits) -> Arc<Self> {
        Arc::new(Self {
            store,
            watch,
            times: Times {
                busy: limits.poll,
                idle: limits.recheck,
            },
            of: Mutex::default(),
        })
    }

    /// The readings of a tenant's runs, which begin now if nobody follows them yet.
    pub(super) fn join(&self, tenant: TenantId) -> Arc<Relay> {
        let mut relays = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let present = relays.get(&tenant).and_then(Weak::upgrade);
        // A thread that was restarted has taken its readings with it.
        if let Some(relay) = present.filter(|relay| !relay.task.is_finished()) {
            return relay;
        }
        relays.retain(|_, relay| relay.strong_count() > 0);
        let (shown, sights) = watch::channel(None);
        let lookout = Lookout::over(&self.watch, tenant);
        let reading = read(self.store.clone(), tenant, lookout, self.times, shown);
        let task = task::spawn_local(reading);
        let relay = Arc::new(Relay { sights, task });
        relays.insert(tenant, Arc::downgrade(&relay));
        relay
    }
}

impl Relay {
    /// A follower's view, from the newest reading on.
    pub(super) fn view(self: &Arc<Self>) -> View {
        View {
            sights: self.sights.clone(),
            _relay: self.clone(),
        }
    }
}

/// A follower's view of the readings.
pub(super) struct View {
    sights: watch::Receiver<Option<Arc<Sight>>>,
    _relay: Arc<Relay>,
}

impl View {
    /// The newest sight, once there is one. It counts as seen.
    pub(super) async fn newest(&mut self) -> Result<Arc<Sight>> {
        newest(&mut self.sights).await
    }

    /// The same, without having seen it: what it tells of events is still to be taken.
    pub(super) async fn glance(&self) -> Result<Arc<Sight>> {
        newest(&mut self.sights.clone()).await
    }

    /// The first sight after those that were seen.
    pub(super) async fn next(&mut self) -> Result<Arc<Sight>> {
        self.sights.changed().await.map_err(|_| ended())?;
        self.newest().await
    }
}

async fn newest(sights: &mut watch::Receiver<Option<Arc<Sight>>>) -> Result<Arc<Sight>> {
    let seen = sights.wait_for(Option::is_some).await;
    let seen = seen.ok().and_then(|sight| sight.clone());
    seen.ok_or_else(ended)
}

/// The thread that read has ended: the server is about to.
fn ended() -> Refusal {
    Refusal::new(Code::Unavailable, "the server is stopping")
}

/// Reads on and on. A database that does not answer is asked again; nobody is told anything
/// meanwhile, and nothing is lost.
async fn read(
    store: Store,
    tenant: TenantId,
    mut lookout: Lookout,
    times: Times,
    shown: watch::Sender<Option<Arc<Sight>>>,
) {
    let mut sight: Option<Sight> = None;
    let mut is_troubled = false;
    loop {
        lookout.wait().await;
        match look(&store, tenant, sight.as_ref()).await {
            Ok((next, is_all)) => {
                let is_busy = !next.active.is_empty();
                if sight.as_ref() != Some(&next) {
                    shown.send_replace(Some(Arc::new(next.clone())));
                    sight = Some(next);
                }
                if is_all {
                    lookout.rest(if is_busy { times.busy } else { times.idle });
                }
                is_troubled = false;
            }
            Err(error) => {
                if !is_troubled && !error.is_told() {
                    tracing::warn!(tenant.id = %tenant.to_global(), error = %chain(&error), "the events of a tenant could not be read; trying again");
                    is_troubled = true;
                }
                lookout.rest(times.busy);
            }
        }
    }
}

/// What the tables say now, and whether that is all.
async fn look(
    store: &Store,
    tenant: TenantId,
    before: Option<&Sight>,
) -> std::result::Result<(Sight, bool), StoreError> {
    let now = store.now();
    let place = before.map(Sight::place);
    let read = store.read(move |db| {
        let place = match place {
            Some(place) => place,
            None => streams::position(db, tenant)?,
        };
        let found = events::after(db, tenant, place, BATCH)?;
        let active = active_runs::of_tenant(db, tenant)?;
        // Asked last: who has left by now hears nothing of what was read before.
        let insiders = Insiders {
            people: members::roles_in(db, tenant)?.into_iter().collect(),
            tokens: api_tokens::in_force(db, tenant, now)?.into_iter().collect(),
        };
        Ok::<_, StoreError>((place, found, active, insiders))
    });
    let (place, found, active, insiders) = read.await?;
    let is_all = i64::try_from(found.len()).unwrap_or(BATCH) < BATCH;
    let mut sight = Sight {
        since: before.map_or(place, |before| before.since),
        events: before.map_or_else(VecDeque::new, |before| before.events.clone()),
        active,
        insiders,
    };
    found.into_iter().for_each(|event| sight.take(event));
    Ok((sight, is_all))
}
