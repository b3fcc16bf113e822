//! What a server needs to be there, looked at before anything is done: what is missing is told with every
//! other mistake, instead of one thing at each start.

use std::path::Path;

use super::{Config, written::Written};
use crate::{
    data_dir, key_file,
    metrics::{Listen, meet},
    store::DatabaseUrl,
    telemetry::{self, chain},
};

/// Complains of whatever a server of this configuration could not begin with. What was not understood, or
/// hangs on that, was complained of.
pub(super) fn check(config: &Config, written: &mut Written) {
    if !written.is_refused("database.url") {
        key(config, written);
        if let DatabaseUrl::Sqlite(file) = &config.database {
            directories(config, file, written);
        }
    }
    addresses(config, written);
    if let Err(error) = telemetry::check(&config.traces) {
        written.complain("OTEL_EXPORTER_OTLP_…", chain(&error));
    }
}

fn key(config: &Config, written: &mut Written) {
    let configured = config.secret_key_file.as_deref();
    let path = key_file::path(&config.database, &config.data_dir, configured);
    let is_made = |path: &Path| configured.is_none() && !path.exists();
    let found = path.and_then(|path| match is_made(&path) {
        true => Ok(()),
        false => key_file::read(&path).map(drop),
    });
    if let Err(error) = found {
        let (name, told) = ("TENANTATLAS_SECRET_KEY_FILE", chain(&error).to_string());
        // Where none is named, the sentence begins with the name itself.
        let told = told.strip_prefix(name).unwrap_or(&told).trim_start();
        written.complain(name, told);
    }
}

fn directories(config: &Config, database: &Path, written: &mut Written) {
    let own = &config.data_dir;
    let of_database = database.parent().filter(|it| *it != own.as_path());
    let places = [
        ("TENANTATLAS_DATA_DIR", Some(own.as_path())),
        ("DATABASE_URL", of_database),
    ];
    for (name, place) in places {
        if let Some(place) = place.filter(|place| *place != Path::new(""))
            && let Err(error) = data_dir::try_out(place)
            && !error.is_of_the_disk()
        {
            written.complain(name, chain(&error));
        }
    }
}

fn addresses(config: &Config, written: &mut Written) {
    let api = config.api.listen;
    if let Listen::At(metrics) = config.metrics.listen.unwrap_or_default()
        && !written.is_refused("listen")
        && meet(api, metrics)
    {
        let told = format!("{metrics} is where the API listens ({api}); choose another, or `off`");
        written.complain("TENANTATLAS_METRICS_LISTEN", told);
    }
}
