//! What can go wrong between the rooms and the database.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Why a question to the database was not answered, or a change not made.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection could be had in time.
    #[error("the database cannot be reached")]
    Unreachable(#[source] diesel::r2d2::PoolError),
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
    /// The migrations could not be run.
    #[error("the database's migrations failed: {0}")]
    Migrate(String),
}

impl StoreError {
    /// Whether the same may well succeed in a moment: the database was away, or busy.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Query(DieselError::DatabaseError(kind, _)) => matches!(
                kind,
                DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::UnableToSendCommand
                    | DatabaseErrorKind::SerializationFailure
            ),
            Self::Query(error) => matches!(error, DieselError::BrokenTransactionManager),
            Self::Corrupt { .. }
            | Self::Task(_)
            | Self::Thread(_)
            | Self::Url(_)
            | Self::Open(_)
            | Self::KeyReplaced
            | Self::KeyUnknown(_)
            | Self::Migrate(_) => false,
        }
    }
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
