//! `migrate`: brings the database to this program's migrations. Servers do the same when they start.

use super::{error::CliError, output};
use crate::{
    app,
    config::Config,
    data_dir,
    store::{DatabaseUrl, Store},
};

/// Runs what is pending; needs no key.
pub(super) fn run(config: &Config) -> Result<(), CliError> {
    if let DatabaseUrl::Sqlite(_) = config.database {
        data_dir::make(&config.data_dir).map_err(app::AppError::from)?;
    }
    Store::open(&config.database, config.pool, super::system_clock())?;
    output::note("the database has every migration of this program");
    Ok(())
}
