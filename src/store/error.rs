//! What can go wrong between the rooms and the database.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::health::Trouble;

/// Why a question to the database was not answered, or a change not made.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection could be made in time.
    #[error("the database cannot be reached")]
    Unreachable(#[source] diesel::ConnectionError),
    /// Others have every connection.
    #[error("the database is busy: no connection came free in time")]
    Busy,
    /// A statement got no answer.
    #[error("the database does not answer")]
    Silent,
    /// The server or the database is not of a kind that the product can work with.
    #[error("{0}")]
    Unfit(String),
    /// The database refused a statement.
    #[error("a database query failed")]
    Query(#[source] DieselError),
    /// A stored row contradicts what the product writes.
    #[error("stored {what} {id} cannot be read: {why}")]
    Corrupt {
        /// Which noun.
        what: &'static str,
        /// Its identifier.
        id: String,
        /// What is wrong.
        why: String,
    },
    /// The task on the blocking pool was stopped or panicked.
    #[error("a database task did not finish")]
    Task(#[source] tokio::task::JoinError),
    /// A store was opened where nothing could do what is asked of it.
    #[error("the database is opened outside a runtime")]
    NoRuntime(#[source] tokio::runtime::TryCurrentError),
    /// The system has no thread for the exchange of hints.
    #[error("no thread could be started for hints from other servers")]
    Thread(#[source] std::io::Error),
    /// `DATABASE_URL` names no database that this program knows.
    #[error("{0}")]
    Url(String),
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Open(#[source] diesel::ConnectionError),
    /// The key of a value was replaced before the value was stored.
    #[error(
        "the key that seals secrets was replaced; put the new one first in the key file of this \
         server, and start it again"
    )]
    KeyReplaced,
    /// A value is sealed with a key of the database's that was not in the key file when this program
    /// read it. It is not damaged.
    #[error(
        "a secret is sealed with the key {0}, which was not in the key file when it was read: the \
         key that seals secrets is being replaced, or was; start this server again, or give the \
         command again"
    )]
    KeyUnknown(String),
    /// The database was migrated by a newer program, which this one cannot work beside.
    #[error(
        "the database was migrated to {newest} by a newer version of this program, and works with \
         versions that know {floor} or later; start that version, or bring back a copy of the \
         database that was made before"
    )]
    Newer {
        /// The database's newest migration.
        newest: String,
        /// What a program must know at least.
        floor: String,
    },
    /// Another server does not come to the end of its migrations.
    #[error(
        "another server has been migrating this database for more than {0} minutes; look at its log, \
         and start this one again when it is done"
    )]
    Migrating(u64),
    /// A migration could not be run.
    #[error("the migration {migration} failed")]
    Migrate {
        /// Its number.
        migration: String,
        /// What the database said.
        #[source]
        cause: DieselError,
    },
}

impl StoreError {
    /// Whether the same may well succeed in a while without anybody's doing: the database was away,
    /// restarted, busy, or had no room.
    ///
    /// Databases have more such faults than there are kinds of errors, so one that has no kind counts
    /// as passing. Whoever tries again does it a limited number of times.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Busy | Self::Silent | Self::Migrating(_) => true,
            Self::Query(error) | Self::Migrate { cause: error, .. } => passes(error),
            Self::Corrupt { .. }
            | Self::Task(_)
            | Self::NoRuntime(_)
            | Self::Thread(_)
            | Self::Url(_)
            | Self::Unfit(_)
            | Self::Open(_)
            | Self::KeyReplaced
            | Self::KeyUnknown(_)
            | Self::Newer { .. } => false,
        }
    }

    /// Whether the database itself was away, whatever it was asked about: the fault says nothing of
    /// that.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Busy | Self::Silent => true,
            Self::Query(DieselError::DatabaseError(kind, _)) => matches!(
                kind,
                DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::UnableToSendCommand
                    | DatabaseErrorKind::SerializationFailure
            ),
            Self::Query(error) => matches!(error, DieselError::BrokenTransactionManager),
            Self::Corrupt { .. }
            | Self::Task(_)
            | Self::NoRuntime(_)
            | Self::Thread(_)
            | Self::Url(_)
            | Self::Unfit(_)
            | Self::Open(_)
            | Self::KeyReplaced
            | Self::KeyUnknown(_)
            | Self::Newer { .. }
            | Self::Migrating(_)
            | Self::Migrate { .. } => false,
        }
    }

    /// Whether the database was at fault and not the question, as far as its words tell: the same question
    /// may be asked again at any time. A fault that has no kind and is not known by its words is not one.
    pub fn is_of_the_database(&self) -> bool {
        let is_named = if let Self::Query(DieselError::DatabaseError(_, told)) = self {
            is_passing_fault(told.message())
        } else {
            false
        };
        is_named || self.is_away() || self.trouble().is_some()
    }

    /// Whether somebody has to allow something first: the role lacks a right, or is not there. PostgreSQL's
    /// codes are not handed on, so this goes by its words.
    pub fn is_denied(&self) -> bool {
        let told = match self {
            Self::Query(error) | Self::Migrate { cause: error, .. } => error.to_string(),
            Self::Unreachable(error) | Self::Open(error) => error.to_string(),
            Self::Busy
            | Self::Silent
            | Self::Corrupt { .. }
            | Self::Task(_)
            | Self::NoRuntime(_)
            | Self::Thread(_)
            | Self::Url(_)
            | Self::Unfit(_)
            | Self::KeyReplaced
            | Self::KeyUnknown(_)
            | Self::Newer { .. }
            | Self::Migrating(_) => return false,
        };
        is_denial(&told)
    }

    /// Whether the store has told of it: it tells once of what keeps everybody from the database. Work that
    /// went on where a connection had broken has a fault of its own, which says no more than the first.
    pub fn is_told(&self) -> bool {
        matches!(
            self,
            Self::Busy | Self::Query(DieselError::BrokenTransactionManager)
        ) || self.trouble().is_some()
    }

    /// What it says of the database as a whole, if it says something: that nobody can use it at
    /// present, or nobody write it.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Unreachable(error) | Self::Open(error) => Some(Trouble::of_opening(error)),
            Self::Silent => Some(Trouble::Silent),
            Self::Query(error) | Self::Migrate { cause: error, .. } => Trouble::of(error),
            Self::Busy
            | Self::Corrupt { .. }
            | Self::Task(_)
            | Self::NoRuntime(_)
            | Self::Thread(_)
            | Self::Url(_)
            | Self::Unfit(_)
            | Self::KeyReplaced
            | Self::KeyUnknown(_)
            | Self::Newer { .. }
            | Self::Migrating(_) => None,
        }
    }
}

/// diesel hands on no code of such faults, only what the database says.
fn is_passing_fault(message: &str) -> bool {
    let named = [
        "canceling statement due to",
        "terminating connection",
        "the database system is",
        "deadlock detected",
        "current transaction is aborted",
        "connection slots",
        "too many clients",
        "too many connections",
        "out of memory",
        "out of shared memory",
        "database is locked",
        "database table is locked",
    ];
    named.iter().any(|text| message.contains(text))
}

fn is_denial(message: &str) -> bool {
    let named = [
        "permission denied for ",
        "permission denied to ",
        "must be owner of ",
        // Also of a role that is not there, where a password is asked for.
        "password authentication failed for ",
    ];
    let is_unknown = message.contains("role \"") && message.contains("does not exist");
    is_unknown || named.iter().any(|text| message.contains(text))
}

/// Whether a refused statement may be accepted later: not if it contradicts what is stored, or cannot
/// be understood.
fn passes(error: &DieselError) -> bool {
    if let DieselError::RollbackErrorOnCommit { commit_error, .. } = error {
        return passes(commit_error);
    }
    if let DieselError::DatabaseError(kind, _) = error {
        return !matches!(
            kind,
            DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::RestrictViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::ExclusionViolation
        );
    }
    matches!(error, DieselError::BrokenTransactionManager)
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        Self::Query(error)
    }
}

/// What became of an insert under a unique key. A violation is an answer, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The row is ours.
    Ours,
    /// Somebody else's row holds the key.
    Taken,
}

impl Claim {
    /// Reads the result of an insert.
    pub(super) fn of(result: Result<usize, DieselError>) -> Result<Self, StoreError> {
        match result {
            Ok(_) => Ok(Self::Ours),
            Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                Ok(Self::Taken)
            }
            Err(error) => Err(StoreError::Query(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: DatabaseErrorKind) -> StoreError {
        StoreError::Query(DieselError::DatabaseError(kind, Box::new("why".to_owned())))
    }

    #[test]
    fn what_a_database_is_up_to_passes_and_what_it_holds_does_not() {
        for (kind, passes, is_away) in [
            (DatabaseErrorKind::ClosedConnection, true, true),
            (DatabaseErrorKind::SerializationFailure, true, true),
            // Being shut down, a statement that took too long, a deadlock, a full disk.
            (DatabaseErrorKind::Unknown, true, false),
            (DatabaseErrorKind::ReadOnlyTransaction, true, false),
            (DatabaseErrorKind::UniqueViolation, false, false),
            (DatabaseErrorKind::CheckViolation, false, false),
            (DatabaseErrorKind::ForeignKeyViolation, false, false),
        ] {
            let error = refused(kind);
            assert_eq!(
                (error.is_passing(), error.is_away()),
                (passes, is_away),
                "{error:?}"
            );
        }
    }

    #[test]
    fn what_happens_to_everybody_at_once_is_told_by_the_store() {
        for error in [
            refused(DatabaseErrorKind::ClosedConnection),
            refused(DatabaseErrorKind::UnableToSendCommand),
            StoreError::Query(DieselError::BrokenTransactionManager),
            StoreError::Busy,
            StoreError::Silent,
        ] {
            assert!(error.is_away() && error.is_told(), "{error:?}");
        }
        assert!(!refused(DatabaseErrorKind::Unknown).is_told());
    }

    #[test]
    fn a_migration_that_failed_is_judged_by_why_it_failed() {
        let failed = |kind| StoreError::Migrate {
            migration: "0014".to_owned(),
            cause: DieselError::DatabaseError(kind, Box::new("disk I/O error".to_owned())),
        };
        let cut = failed(DatabaseErrorKind::ClosedConnection);
        assert!(cut.is_passing());
        assert_eq!(cut.trouble(), Some(Trouble::Failing));
        assert!(!failed(DatabaseErrorKind::CheckViolation).is_passing());
        assert!(StoreError::Migrating(5).is_passing());
    }

    #[test]
    fn a_wrong_statement_is_not_the_databases_fault() {
        let said = |message: &str| {
            StoreError::Query(DieselError::DatabaseError(
                DatabaseErrorKind::Unknown,
                Box::new(message.to_owned()),
            ))
        };
        for (message, is_of_the_database) in [
            ("canceling statement due to statement timeout", true),
            ("terminating connection due to administrator command", true),
            ("deadlock detected", true),
            ("could not extend file: No space left on device", true),
            ("database is locked", true),
            ("column \"colour\" does not exist", false),
            ("no such column: colour", false),
        ] {
            let error = said(message);
            assert_eq!(error.is_of_the_database(), is_of_the_database, "{message}");
        }
        assert!(StoreError::Busy.is_of_the_database());
    }

    #[test]
    fn what_somebody_has_to_allow_is_told_from_what_passes() {
        for (message, is_denied) in [
            ("permission denied for schema public", true),
            ("permission denied for table tenants", true),
            ("must be owner of table tenants", true),
            ("FATAL:  role \"atlas\" does not exist", true),
            (
                "FATAL:  password authentication failed for user \"atlas\"",
                true,
            ),
            ("FATAL:  database \"atlas\" does not exist", false),
            ("could not open file \"base/1\": Permission denied", false),
            ("terminating connection due to administrator command", false),
        ] {
            let cause = diesel::ConnectionError::BadConnection(message.to_owned());
            let refused = DieselError::DatabaseError(
                DatabaseErrorKind::Unknown,
                Box::new(message.to_owned()),
            );
            for error in [StoreError::Unreachable(cause), StoreError::Query(refused)] {
                assert_eq!(error.is_denied(), is_denied, "{error:?}");
            }
        }
        assert!(!StoreError::Busy.is_denied());
    }

    #[test]
    fn a_row_that_cannot_be_read_does_not_mend_itself() {
        for error in [
            DieselError::NotFound,
            DieselError::DeserializationError("why".into()),
        ] {
            assert!(!StoreError::Query(error).is_passing());
        }
    }

    #[test]
    fn a_commit_that_failed_is_judged_by_why_it_failed() {
        let failed = |kind| {
            let cause = |kind| Box::new(DieselError::DatabaseError(kind, Box::new(String::new())));
            StoreError::Query(DieselError::RollbackErrorOnCommit {
                rollback_error: cause(DatabaseErrorKind::ClosedConnection),
                commit_error: cause(kind),
            })
        };
        assert!(failed(DatabaseErrorKind::Unknown).is_passing());
        assert!(!failed(DatabaseErrorKind::CheckViolation).is_passing());
    }
}
