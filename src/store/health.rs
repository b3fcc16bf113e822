//! How the database does, as the statements of this process tell: one line when it goes away, one when
//! it is back, however many callers fail in between.

use std::{
    error::Error,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{
    ConnectionError,
    result::{DatabaseErrorKind, Error as DieselError},
};

use crate::{
    clock::Clock,
    telemetry::{chain, tenths},
};

/// What keeps the database from working, for everybody and until somebody mends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection to it can be made.
    Away,
    /// It took a statement and says nothing.
    Silent,
    /// Nothing can be written, because its disk is full.
    Full,
    /// Nothing can be written, because it or its disk may only be read.
    ReadOnly,
    /// Its disk fails.
    Failing,
}

impl Trouble {
    /// What a statement's error says of the database, if it says something.
    pub(super) fn of(error: &DieselError) -> Option<Self> {
        let DieselError::DatabaseError(kind, information) = error else {
            return None;
        };
        if matches!(kind, DatabaseErrorKind::ReadOnlyTransaction) {
            return Some(Self::ReadOnly);
        }
        let is_closed = matches!(
            kind,
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand
        );
        Self::named_by(information.message()).or_else(|| is_closed.then_some(Self::Away))
    }

    /// The same of the error that a connection could not be opened with.
    pub(super) fn of_opening(error: &ConnectionError) -> Self {
        let told = if let ConnectionError::CouldntSetupConfiguration(error) = error {
            Self::of(error)
        } else {
            None
        };
        told.unwrap_or(Self::Away)
    }

    /// diesel hands on neither SQLite's code nor PostgreSQL's, only what they say.
    fn named_by(message: &str) -> Option<Self> {
        // What a query has for itself, in memory or in a place of its own: nothing of that is stored.
        if message.contains("shared memory segment") || message.contains("pgsql_tmp") {
            return None;
        }
        let named = [
            ("database or disk is full", Self::Full),
            ("No space left on device", Self::Full),
            ("Disk quota exceeded", Self::Full),
            ("File too large", Self::Full),
            ("attempt to write a readonly database", Self::ReadOnly),
            ("Read-only file system", Self::ReadOnly),
            ("disk I/O error", Self::Failing),
            ("Input/output error", Self::Failing),
            ("terminating connection", Self::Away),
            ("server closed the connection", Self::Away),
        ];
        let found = named.iter().find(|(text, _)| message.contains(text));
        found.map(|(_, trouble)| *trouble)
    }

    /// Whether some changes may succeed while others are refused.
    fn may_let_through(self) -> bool {
        match self {
            Self::Full | Self::Failing => true,
            Self::Away | Self::Silent | Self::ReadOnly => false,
        }
    }

    fn stops_reading(self) -> bool {
        match self {
            Self::Away | Self::Silent => true,
            Self::Full | Self::ReadOnly | Self::Failing => false,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Away => "the database cannot be reached",
            Self::Silent => "the database does not answer",
            Self::Full => "the database cannot be written: its disk is full",
            Self::ReadOnly => "the database cannot be written: it may only be read",
            Self::Failing => "the database cannot be written: its disk fails",
        })
    }
}

/// A trouble, and since when.
#[derive(Clone, Copy, Debug)]
struct Since {
    trouble: Trouble,
    at: Instant,
    /// When a change was refused last for which there may have been room before and after, in steady time.
    refused_at: Option<Duration>,
}

/// What is wrong at present: that nobody can use it, and that nobody can write it. Each has an end of its own.
#[derive(Debug, Default)]
struct Wrong {
    all: Option<Since>,
    writing: Option<Since>,
}

impl Wrong {
    fn of(&mut self, trouble: Trouble) -> &mut Option<Since> {
        match trouble.stops_reading() {
            true => &mut self.all,
            false => &mut self.writing,
        }
    }

    fn worst(&self) -> Option<Since> {
        self.all.or(self.writing)
    }
}

/// How long no change may have been refused for one that succeeds to end the trouble. What is small fits in
/// where a backup does not.
const QUIET: Duration = Duration::from_secs(60);

/// Connections that break within this time break together.
const TOGETHER: Duration = Duration::from_secs(1);

/// What is known of the database. All connections of a store tell it.
#[derive(Debug)]
pub(super) struct Health {
    clock: Arc<dyn Clock>,
    /// Whether there is something behind the lock; asked after every statement.
    is_troubled: AtomicBool,
    wrong: Mutex<Wrong>,
    /// When the database was back the last time, in steady time.
    back_at: Mutex<Option<Duration>>,
    /// When connections broke the last time that it was told, in steady time.
    cut_at: Mutex<Option<Duration>>,
    answered_at: Mutex<Option<Instant>>,
    /// When somebody last began to connect.
    tried_at: Mutex<Option<Instant>>,
    busy: Seldom,
    slow: Seldom,
}

/// A statement that takes longer is told of.
const SLOW: Duration = Duration::from_secs(1);

/// Lets something be told once in a while.
#[derive(Debug, Default)]
struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    const PAUSE: Duration = Duration::from_secs(60);

    fn may_tell(&self) -> bool {
        let mut told = locked(&self.0);
        let may = told.is_none_or(|told| told.elapsed() >= Self::PAUSE);
        if may {
            *told = Some(Instant::now());
        }
        may
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Health {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            is_troubled: AtomicBool::new(false),
            wrong: Mutex::default(),
            back_at: Mutex::default(),
            cut_at: Mutex::default(),
            answered_at: Mutex::default(),
            tried_at: Mutex::default(),
            busy: Seldom::default(),
            slow: Seldom::default(),
        }
    }

    /// What is wrong at present.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        if !self.is_troubled.load(Ordering::Relaxed) {
            return None;
        }
        locked(&self.wrong).worst().map(|since| since.trouble)
    }

    /// Since when no connection can be made, if none can.
    pub(super) fn away_since(&self) -> Option<Instant> {
        locked(&self.wrong).all.map(|since| since.at)
    }

    /// When, in steady time, it was back the last time; none when it was never away.
    pub(super) fn back_at(&self) -> Option<Duration> {
        *locked(&self.back_at)
    }

    /// Whether to connect now. Where the database has been away for as long as a caller's patience, one
    /// tries at a time, with a pause between two: callers come many times a second.
    pub(super) fn may_try(&self, patience: Duration, pause: Duration) -> bool {
        let is_known = self
            .away_since()
            .is_some_and(|since| since.elapsed() >= patience);
        let mut tried = locked(&self.tried_at);
        let is_early = tried.is_some_and(|tried| tried.elapsed() < pause);
        if is_known && is_early {
            return false;
        }
        *tried = Some(Instant::now());
        true
    }

    /// Whether a statement was answered since a moment, whoever asked.
    pub(super) fn has_answered_since(&self, moment: Instant) -> bool {
        locked(&self.answered_at).is_some_and(|answered| answered >= moment)
    }

    /// A connection could not be opened.
    pub(super) fn not_opened(&self, error: &ConnectionError) {
        self.begins(Trouble::of_opening(error), error);
    }

    /// A statement failed, or was not answered.
    pub(super) fn failed(&self, trouble: Trouble, error: &dyn Error) {
        self.begins(trouble, error);
    }

    /// The present moment, in steady time.
    pub(super) fn moment(&self) -> Duration {
        self.clock.elapsed()
    }

    /// A connection that was opened at a moment turned out to be closed. One that was there already when
    /// others broke, or came right then, is no news: it broke with them.
    pub(super) fn cut(&self, opened: Duration, error: &dyn Error) {
        let mut cut_at = locked(&self.cut_at);
        if cut_at.is_none_or(|cut| cut + TOGETHER < opened) {
            *cut_at = Some(self.moment());
            self.begins(Trouble::Away, error);
        }
    }

    fn begins(&self, trouble: Trouble, error: &dyn Error) {
        let mut wrong = locked(&self.wrong);
        let refused_at = trouble.may_let_through().then(|| self.moment());
        // One outage, whichever of its signs is seen first, and whichever comes next.
        if let Some(known) = wrong.of(trouble) {
            known.refused_at = refused_at.or(known.refused_at);
            return;
        }
        *wrong.of(trouble) = Some(Since {
            trouble,
            at: Instant::now(),
            refused_at,
        });
        self.is_troubled.store(true, Ordering::Relaxed);
        tracing::warn!(error = %in_one_line(error), "{trouble}");
    }

    /// A caller of a lane waited in vain for others to be done.
    pub(super) fn busy(&self, lane: &'static str, patience: Duration) {
        if self.busy.may_tell() {
            tracing::warn!(
                lane,
                seconds = tenths(patience),
                "the database is busy: callers wait in vain for a connection"
            );
        }
    }

    /// A statement took so long, whatever came of it.
    pub(super) fn took(&self, length: Duration) {
        if length > SLOW && self.slow.may_tell() {
            tracing::warn!(
                seconds = tenths(length),
                "the database is slow: a statement took longer than a second"
            );
        }
    }

    /// A statement was answered.
    pub(super) fn answered(&self) {
        *locked(&self.answered_at) = Some(Instant::now());
        if self.ends(|wrong| wrong.all.take(), "the database answers again") {
            *locked(&self.back_at) = Some(self.moment());
        }
    }

    /// A change was committed that left something on the disk.
    pub(super) fn wrote(&self) {
        let now = self.moment();
        let is_quiet = |since: &mut Since| {
            let refused_at = since.refused_at;
            refused_at.is_none_or(|at| now.saturating_sub(at) >= QUIET)
        };
        let quiet = |wrong: &mut Wrong| wrong.writing.take_if(is_quiet);
        self.ends(quiet, "the database can be written again");
    }

    /// Ends what `take` takes away; whether that is something.
    fn ends(&self, take: impl FnOnce(&mut Wrong) -> Option<Since>, news: &'static str) -> bool {
        if !self.is_troubled.load(Ordering::Relaxed) {
            return false;
        }
        let mut wrong = locked(&self.wrong);
        let ended = take(&mut wrong);
        self.is_troubled
            .store(wrong.worst().is_some(), Ordering::Relaxed);
        drop(wrong);
        if let Some(since) = ended {
            tracing::info!(after_seconds = tenths(since.at.elapsed()), "{news}");
        }
        ended.is_some()
    }
}

/// libpq says some things in several lines.
fn in_one_line(error: &dyn Error) -> String {
    let words = chain(error).to_string();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
impl Default for Health {
    fn default() -> Self {
        Self::new(Arc::new(crate::clock::SystemClock))
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::clock::ManualClock;

    fn unknown(message: &str) -> DieselError {
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
    }

    #[test]
    fn a_full_disk_is_told_from_a_wrong_statement() {
        for (message, trouble) in [
            ("database or disk is full", Some(Trouble::Full)),
            (
                "could not extend file \"base/5/16384\": No space left on device",
                Some(Trouble::Full),
            ),
            (
                "attempt to write a readonly database",
                Some(Trouble::ReadOnly),
            ),
            ("disk I/O error", Some(Trouble::Failing)),
            (
                "terminating connection due to administrator command",
                Some(Trouble::Away),
            ),
            (
                "could not resize shared memory segment \"/PostgreSQL.1\" to 8 bytes: No space left on device",
                None,
            ),
            ("syntax error at or near \"SELEC\"", None),
        ] {
            assert_eq!(Trouble::of(&unknown(message)), trouble, "{message}");
        }
        assert_eq!(Trouble::of(&DieselError::NotFound), None);
    }

    fn by_hand() -> (ManualClock, Health) {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        (clock.clone(), Health::new(Arc::new(clock)))
    }

    #[test]
    fn a_full_disk_is_over_when_something_was_written_and_nothing_refused_for_a_while() {
        let (clock, health) = by_hand();
        let full = || health.failed(Trouble::Full, &unknown("database or disk is full"));
        full();
        health.answered();
        assert_eq!(health.trouble(), Some(Trouble::Full));
        // What is small fits in, and what is large does not.
        for _ in 0..3 {
            clock.advance(TimeDelta::seconds(59));
            health.wrote();
            assert_eq!(health.trouble(), Some(Trouble::Full));
            full();
        }
        clock.advance(TimeDelta::seconds(60));
        assert_eq!(health.trouble(), Some(Trouble::Full), "nothing was written");
        health.wrote();
        assert_eq!(health.trouble(), None);
    }

    #[test]
    fn what_keeps_from_writing_is_one_outage_however_it_shows() {
        let (clock, health) = by_hand();
        let fails = |trouble| health.failed(trouble, &unknown("why"));
        fails(Trouble::ReadOnly);
        fails(Trouble::Full);
        fails(Trouble::Failing);
        assert_eq!(health.trouble(), Some(Trouble::ReadOnly));
        fails(Trouble::ReadOnly);
        health.wrote();
        assert_eq!(health.trouble(), Some(Trouble::ReadOnly), "a disk was full");
        clock.advance(TimeDelta::seconds(60));
        health.wrote();
        assert_eq!(health.trouble(), None);
    }

    #[test]
    fn a_full_disk_is_not_forgotten_when_the_database_is_away_meanwhile() {
        let health = Health::default();
        let fails = |trouble| health.failed(trouble, &unknown("why"));
        fails(Trouble::Full);
        assert_eq!(health.back_at(), None);
        fails(Trouble::Away);
        assert_eq!(health.trouble(), Some(Trouble::Away));
        health.answered();
        assert_eq!(health.trouble(), Some(Trouble::Full));
        assert!(health.back_at().is_some() && health.away_since().is_none());
    }

    #[test]
    fn a_database_that_could_only_be_read_can_be_written_with_the_first_change() {
        let health = Health::default();
        health.failed(Trouble::ReadOnly, &unknown("why"));
        health.wrote();
        assert_eq!(health.trouble(), None);
    }

    #[test]
    fn what_goes_on_for_long_is_told_once_in_a_while() {
        let seldom = Seldom::default();
        assert!(seldom.may_tell());
        assert!(!seldom.may_tell());
        *seldom.0.lock().unwrap() = Instant::now().checked_sub(Seldom::PAUSE);
        assert!(seldom.may_tell());
    }

    #[test]
    fn a_database_that_is_long_away_is_tried_once_in_a_while() {
        let health = Health::default();
        let long = Duration::from_secs(3600);
        let refused = ConnectionError::BadConnection("refused".to_owned());
        let tries =
            |health: &Health, patience| (0..3).filter(|_| health.may_try(patience, long)).count();
        assert_eq!(tries(&health, Duration::ZERO), 3, "nothing is wrong");
        health.not_opened(&refused);
        assert_eq!(tries(&health, long), 3, "not for long");
        assert_eq!(tries(&health, Duration::ZERO), 0, "tried just now");
        *locked(&health.tried_at) = None;
        assert_eq!(tries(&health, Duration::ZERO), 1);
        health.answered();
        assert_eq!(tries(&health, Duration::ZERO), 3, "it is back");
    }

    #[test]
    fn a_database_that_is_away_is_back_with_the_first_answer() {
        let health = Health::default();
        let refused = ConnectionError::BadConnection("refused".to_owned());
        health.not_opened(&refused);
        let since = health.away_since();
        health.failed(Trouble::Silent, &refused);
        assert_eq!(health.away_since(), since, "the same outage");
        health.answered();
        assert_eq!((health.trouble(), health.away_since()), (None, None));
    }
}
