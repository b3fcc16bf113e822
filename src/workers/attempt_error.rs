//! Why an attempt could not be made at all, as opposed to a backup that failed.

use crate::{store::StoreError, vault::VaultError};

/// Why an attempt could not be made at all.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttemptError {
    /// The database did not answer.
    #[error("the run could not use the database")]
    Store(#[from] StoreError),
    /// The credential or the digest key does not open.
    #[error("the tenant's secrets cannot be opened")]
    Vault(#[from] VaultError),
    /// A secret is not what was stored as one.
    #[error("a stored secret of the tenant is damaged")]
    Secret,
    /// The run is in other hands.
    #[error("the run is in other hands")]
    Lost,
}
