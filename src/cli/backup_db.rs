//! `backup-db`: a copy of the embedded database, also while a server works on it.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{error::CliError, output};
use crate::{
    app::AppError,
    config::Config,
    draft, key_file,
    store::{DatabaseUrl, copy},
};

/// Where to.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// File to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Findings that are told.
const MOST_TOLD: usize = 10;

/// How long nobody has written to a draft that nobody is at any more.
const QUIET: Duration = Duration::from_secs(60 * 60);

/// A copy that was written.
struct Copied {
    size: u64,
    /// What is wrong with it: the same as with the database.
    wrong: Vec<String>,
}

/// Writes the copy beside its place, checks it, and puts it there. Fails when something is wrong with
/// the database: the copy is kept all the same, since it may be the last one.
pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<(), CliError> {
    let file = &arguments.file;
    let DatabaseUrl::Sqlite(database) = &config.database else {
        return Err(CliError::Usage(
            "DATABASE_URL names PostgreSQL, which brings its own: `pg_dump --format=custom` makes a copy while servers work, `pg_restore` brings it back"
                .to_owned(),
        ));
    };
    if file.symlink_metadata().is_ok() {
        let file = file.display();
        return Err(CliError::Refused(format!("{file} is there already")));
    }
    if let Err(error) = draft::sweep(file, QUIET) {
        output::note(format!(
            "drafts of earlier copies cannot be looked for: {error}"
        ));
    }
    let (draft, _) = draft::begin(file).map_err(|cause| unusable(file, cause))?;
    let copied = fill(&draft, database).and_then(|copied| {
        put(&draft, file).map_err(|cause| unusable(file, cause))?;
        Ok(copied)
    });
    // Where the copy is in its place, the draft is another name of it, or gone.
    drop(fs::remove_file(&draft));
    let Copied { size, wrong } = copied?;
    let shown = file.display();
    draft::settle(file).map_err(|cause| {
        CliError::Refused(format!(
            "{shown} was written, but not for certain: it may be gone after a power failure ({cause})"
        ))
    })?;
    tell_key(config)?;
    if wrong.is_empty() {
        output::note(format!("checked {size} bytes, all is well"));
        return output::data(shown);
    }
    let told: Vec<&str> = wrong.iter().take(MOST_TOLD).map(String::as_str).collect();
    let (count, told) = (wrong.len(), told.join("; "));
    Err(CliError::Refused(format!(
        "the database is damaged ({count} findings), and so is its copy {shown}, which was kept: {told}"
    )))
}

/// Fills a file with the database, looks whether it is one, and makes sure that it is on the disk.
fn fill(draft: &Path, database: &Path) -> Result<Copied, CliError> {
    let name = draft.to_str().ok_or_else(|| {
        let draft = draft.display();
        CliError::Usage(format!("the name of the file is no text: {draft}"))
    })?;
    copy::write(database, name)?;
    let wrong = copy::check(name)?;
    let synced = OpenOptions::new().write(true).open(draft);
    let synced = synced.and_then(|file| {
        file.sync_all()?;
        Ok(file.metadata()?.len())
    });
    let size = synced.map_err(|cause| unusable(draft, cause))?;
    Ok(Copied { size, wrong })
}

/// Puts the copy in its place, unless something is there by now.
fn put(draft: &Path, file: &Path) -> io::Result<()> {
    match fs::hard_link(draft, file) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system has two names for a file.
        Err(_) => take_place(draft, file),
    }
}

/// Takes a place that nobody has, and renames the copy over what stands for it there.
fn take_place(draft: &Path, file: &Path) -> io::Result<()> {
    drop(draft::create(file)?);
    let renamed = fs::rename(draft, file);
    if renamed.is_err() {
        drop(fs::remove_file(file));
    }
    renamed
}

fn unusable(path: &Path, cause: io::Error) -> CliError {
    CliError::File {
        path: path.to_owned(),
        cause,
    }
}

fn tell_key(config: &Config) -> Result<(), CliError> {
    let configured = config.secret_key_file.as_deref();
    let key = key_file::path(&config.database, &config.data_dir, configured);
    let key = key.map_err(AppError::from)?;
    output::note(format!(
        "keep the key file {} as well, apart from the copy: without it the credentials and sealed values in there are lost",
        key.display()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_second_name_nothing_is_written_over_either() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("copy");
        let (draft, _) = draft::begin(&file).unwrap();
        fs::write(&draft, "copy").unwrap();
        fs::write(&file, "made meanwhile").unwrap();
        let refused = take_place(&draft, &file).map_err(|error| error.kind());
        assert_eq!(refused, Err(io::ErrorKind::AlreadyExists));
        assert_eq!(fs::read_to_string(&file).unwrap(), "made meanwhile");
        fs::remove_file(&file).unwrap();
        take_place(&draft, &file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "copy");
    }
}
