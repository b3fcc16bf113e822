//! `export`: a backup set as a folder of files.

use std::path::PathBuf;

use super::{
    author,
    error::CliError,
    output::{self, ProgressLine},
    table::Table,
    values,
};
use crate::{
    app::{self, Base},
    config::Config,
    domain::{global_id::GlobalId, ids::BackupSetId},
    export::{Export, Folder, Format, Secrets, Set, Summary},
    store::{Db, Store, StoreError, backups, schedules, tenants},
    workers::{
        exports::{self as records, Manner},
        sets::SetOf,
    },
};

/// Which set, and where to.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// ID of the backup set, as the API shows it
    #[arg(value_name = "SET", value_parser = values::set_id)]
    set: BackupSetId,
    /// Folder to write into; it must be empty, or not be there yet
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// json, or intunecd for the layout that the Python package IntuneCD reads
    #[arg(long, default_value = "json", value_parser = values::format)]
    format: Format,
    /// Write secrets out, such as encrypted OMA-URI values; without it a mark stands for each
    #[arg(long)]
    with_secrets: bool,
}

/// Exports a set. Fails when anything of it is lost, after the rest was written.
pub(super) async fn run(arguments: Arguments, config: &Config) -> Result<(), CliError> {
    let Base { store, vault } = app::open(config, super::system_clock()).await?;
    let set = require(&store, arguments.set).await?;
    let mut folder = Folder::begin(&arguments.to)?;
    write_down(&store, &set, &arguments).await?;
    let secrets = if arguments.with_secrets {
        Secrets::Open(vault)
    } else {
        Secrets::Sealed
    };
    let mut export = Export::open(&store, set, arguments.format, secrets).await?;
    let line = ProgressLine::new();
    while let Some(file) = export.next().await? {
        folder.add(&file)?;
        let (items, of) = (export.summary().items(), export.item_count());
        line.show(format!("{items} of {of} objects"));
    }
    folder.finish()?;
    drop(line);
    tell(export.summary(), &arguments)
}

/// A set that has to exist, in a tenant that does.
async fn require(store: &Store, id: BackupSetId) -> Result<Set, CliError> {
    let found = store.read(move |db| find(db, id)).await?;
    found.ok_or_else(|| CliError::Refused(format!("there is no backup set {}", id.to_global())))
}

fn find(db: &mut Db, id: BackupSetId) -> Result<Option<Set>, StoreError> {
    let Some(set) = backups::anywhere(db, id)? else {
        return Ok(None);
    };
    let Some(tenant) = tenants::find(db, set.tenant)? else {
        return Ok(None);
    };
    let schedule = schedules::name(db, set.schedule)?;
    Ok(Some(Set {
        set,
        tenant,
        schedule,
    }))
}

async fn write_down(store: &Store, set: &Set, arguments: &Arguments) -> Result<(), CliError> {
    let of = SetOf {
        tenant: set.tenant.id,
        set: set.set.id,
        schedule: set.schedule.clone(),
    };
    let manner = Manner {
        format: arguments.format.as_str(),
        with_secrets: arguments.with_secrets,
    };
    let written = store.write(move |db, now| records::begin(db, &of, manner, &author(), now));
    Ok(written.await?)
}

/// Prints what was written, and fails if it is not all there is.
fn tell(summary: &Summary, arguments: &Arguments) -> Result<(), CliError> {
    let mut table = Table::new(&["KIND", "OBJECTS", "FILES", "NOT IN THIS LAYOUT"]);
    for (kind, of) in &summary.kinds {
        let numbers = [of.items, of.files, of.left_out];
        let numbers = numbers.map(|number| match number {
            0 => "-".to_owned(),
            number => number.to_string(),
        });
        table.row([kind.to_string()].into_iter().chain(numbers));
    }
    output::data(table)?;
    let Summary {
        files,
        bytes,
        damage,
        ..
    } = summary;
    let to = arguments.to.display();
    output::note(format!("wrote {files} files, {bytes} bytes, to {to}"));
    if arguments.with_secrets {
        output::note("the files hold secrets in plain text: keep them accordingly");
    }
    if damage.is_empty() {
        return Ok(());
    }
    for lost in damage {
        output::note(format!("lost: {lost}"));
    }
    let lost = damage.len();
    Err(CliError::Refused(format!(
        "{lost} stored parts are missing or damaged; everything else was exported, and the manifest names them"
    )))
}
