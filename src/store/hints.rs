//! Hints between servers: what one of them has written, the others hear by LISTEN and NOTIFY.
//!
//! A hint says only that a stream has moved; the tables are the truth. One that is lost, because the
//! connection was cut or a pooler forwards none, costs the time until the tables are looked at anyway.
//! They are sent after the commit and apart from it: a NOTIFY within a transaction would make the
//! commits of all servers wait for each other.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use diesel::{
    PgConnection, RunQueryDsl,
    dsl::sql,
    select, sql_query,
    sql_types::{Array, Integer, Text},
};
use tokio::sync::broadcast::{self, error::TryRecvError};

use super::{
    Announcement, Store,
    conn::{Connector, Db},
    error::StoreError,
    health::Health,
    streams::Stream,
};
use crate::telemetry::chain;

/// One of a database; streams of several installations in it have different names.
const CHANNEL: &str = "tenantatlas";

/// Between two looks. There is nothing to wait on: the client library tells of no socket.
const LOOK: Duration = Duration::from_millis(20);

/// Hints of one statement.
const MOST: usize = 500;

/// Between two tries to connect, at first and at most.
const RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(5);

/// The exchange of hints with other servers. It ends when this is dropped.
#[derive(Debug)]
pub struct Hints {
    /// Nothing is ever sent: its end is the sign.
    _stop: mpsc::Sender<()>,
}

/// Exchanges hints with the other servers of the database from now on; none on the embedded
/// database, which has one server.
///
/// # Errors
///
/// [`StoreError::Thread`] when the system has no thread for it.
pub fn exchange(store: &Store) -> Result<Option<Hints>, StoreError> {
    if store.connector.is_embedded() {
        return Ok(None);
    }
    let (stop, stopped) = mpsc::channel();
    let exchange = Exchange {
        connector: store.connector.clone(),
        health: store.health.clone(),
        own: store.announcements.subscribe(),
        announcements: store.announcements.clone(),
        stopped,
    };
    let thread = std::thread::Builder::new().name("hints".to_owned());
    thread
        .spawn(move || exchange.run())
        .map_err(StoreError::Thread)?;
    Ok(Some(Hints { _stop: stop }))
}

/// What the thread works with.
struct Exchange {
    connector: Connector,
    health: Arc<Health>,
    own: broadcast::Receiver<Announcement>,
    announcements: broadcast::Sender<Announcement>,
    stopped: mpsc::Receiver<()>,
}

/// Why a connection is left.
enum Left {
    Stopped,
    Broken(StoreError),
}

impl From<diesel::result::Error> for Left {
    fn from(error: diesel::result::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl Exchange {
    /// Connects, again and again, until it is stopped.
    fn run(mut self) {
        let (mut retry, mut is_told) = (RETRY, false);
        loop {
            let began = Instant::now();
            let left = match self.listen() {
                Ok((mut conn, own_process)) => {
                    if std::mem::take(&mut is_told) {
                        tracing::info!("hints from other servers come again");
                    }
                    self.talk(&mut conn, own_process)
                }
                Err(error) => Left::Broken(error),
            };
            let Left::Broken(error) = left else { return };
            if began.elapsed() > LONGEST_RETRY {
                retry = RETRY;
            }
            // That the database is away, the store tells. One that refuses or closes this connection again and
            // again may serve all others.
            let is_again = retry > RETRY && self.health.trouble().is_none();
            let is_news = !error.is_told() || is_again;
            if !is_told && is_news {
                tracing::warn!(error = %chain(&error), "no hints from other servers; what they write is seen a little later");
                is_told = true;
            }
            if self.is_stopped_within(retry) {
                return;
            }
            retry = (retry * 2).min(LONGEST_RETRY);
        }
    }

    fn is_stopped_within(&self, time: Duration) -> bool {
        match self.stopped.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => false,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
        }
    }

    /// A connection that listens, and the number of its process on the database's side.
    fn listen(&self) -> Result<(PgConnection, i32), StoreError> {
        let Db::Postgres(mut conn) = self.connector.open().map_err(StoreError::Open)? else {
            return Err(StoreError::Url("hints need PostgreSQL".to_owned()));
        };
        sql_query(format!("LISTEN {CHANNEL}")).execute(&mut conn)?;
        let own = select(sql::<Integer>("pg_backend_pid()")).get_result(&mut conn)?;
        Ok((conn, own))
    }

    fn talk(&mut self, conn: &mut PgConnection, own_process: i32) -> Left {
        loop {
            if self.is_stopped_within(LOOK) {
                return Left::Stopped;
            }
            if let Err(left) = self.tell(conn).and_then(|()| self.hear(conn, own_process)) {
                return left;
            }
        }
    }

    /// Tells the others what moved here, each stream once.
    fn tell(&mut self, conn: &mut PgConnection) -> Result<(), Left> {
        let mut moved = HashSet::new();
        loop {
            match self.own.try_recv() {
                Ok(announcement) if announcement.is_own => {
                    moved.insert(announcement.stream);
                }
                // Their own, come back; or more than were kept, which the others will see anyway.
                Ok(_) | Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Closed) => return Err(Left::Stopped),
            }
        }
        let names: Vec<String> = moved.into_iter().map(Stream::name).collect();
        for some in names.chunks(MOST) {
            sql_query("SELECT pg_notify($1, name) FROM unnest($2) AS name")
                .bind::<Text, _>(CHANNEL)
                .bind::<Array<Text>, _>(some)
                .execute(conn)?;
        }
        Ok(())
    }

    /// Passes on here what moved elsewhere.
    fn hear(&self, conn: &mut PgConnection, own_process: i32) -> Result<(), Left> {
        for heard in conn.notifications_iter() {
            let heard = heard?;
            if heard.process_id == own_process {
                continue;
            }
            // A name that this version does not know is a newer server's business.
            if let Some(stream) = Stream::named(&heard.payload) {
                let announcement = Announcement {
                    stream,
                    is_own: false,
                };
                // Nobody listening is no fault.
                drop(self.announcements.send(announcement));
            }
        }
        Ok(())
    }
}
