//! `backup-db`: a copy of the embedded database, also while a server works on it.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::{error::CliError, output};
use crate::{
    app::AppError,
    config::Config,
    key_file,
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

/// Writes the copy beside its place, checks it, and puts it there when all is well.
pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<(), CliError> {
    let file = &arguments.file;
    let DatabaseUrl::Sqlite(database) = &config.database else {
        return Err(CliError::Usage(
            "DATABASE_URL names PostgreSQL, which brings its own: `pg_dump --format=custom` makes a copy while servers work, `pg_restore` brings it back"
                .to_owned(),
        ));
    };
    let there = |path: &Path| path.symlink_metadata().is_ok();
    if there(file) {
        let file = file.display();
        return Err(CliError::Refused(format!("{file} is there already")));
    }
    if !there(database) {
        let database = database.display();
        return Err(CliError::Refused(format!(
            "there is no database {database}"
        )));
    }
    let draft = draft(file)?;
    let copied = fill(&draft, database).and_then(|size| {
        put(&draft, file).map_err(|cause| unusable(file, cause))?;
        Ok(size)
    });
    // Where the copy is in its place, the draft is another name of it, or gone.
    drop(fs::remove_file(&draft));
    let size = copied?;
    tell(file, size, config)
}

/// An empty file that nobody else may read.
fn draft(file: &Path) -> Result<PathBuf, CliError> {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{}.draft", Uuid::new_v4().simple()));
    let draft = PathBuf::from(name);
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.write(true).create_new(true).open(&draft);
    made.map_err(|cause| unusable(file, cause))?;
    Ok(draft)
}

/// Fills a file with the database, and makes sure that it is one and on the disk. Its size.
fn fill(draft: &Path, database: &Path) -> Result<u64, CliError> {
    let name = draft.to_str().ok_or_else(|| {
        let draft = draft.display();
        CliError::Usage(format!("the name of the file is no text: {draft}"))
    })?;
    copy::write(database, name)?;
    let wrong = copy::check(name)?;
    if !wrong.is_empty() {
        let told: Vec<&str> = wrong.iter().take(MOST_TOLD).map(String::as_str).collect();
        let (count, told) = (wrong.len(), told.join("; "));
        return Err(CliError::Refused(format!(
            "the database is damaged ({count} findings), no copy was kept: {told}"
        )));
    }
    let synced = OpenOptions::new().write(true).open(draft);
    let synced = synced.and_then(|file| {
        file.sync_all()?;
        Ok(file.metadata()?.len())
    });
    synced.map_err(|cause| unusable(draft, cause))
}

/// Puts the copy in its place, unless something is there by now.
fn put(draft: &Path, file: &Path) -> io::Result<()> {
    match fs::hard_link(draft, file) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        // Not every file system has two names for a file.
        Err(_) => fs::rename(draft, file)?,
    }
    #[cfg(unix)]
    {
        let folder = file.parent().filter(|folder| *folder != Path::new(""));
        fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

fn unusable(path: &Path, cause: io::Error) -> CliError {
    CliError::File {
        path: path.to_owned(),
        cause,
    }
}

fn tell(file: &Path, size: u64, config: &Config) -> Result<(), CliError> {
    let configured = config.secret_key_file.as_deref();
    let key = key_file::path(&config.database, &config.data_dir, configured);
    let key = key.map_err(AppError::from)?;
    output::note(format!("checked {size} bytes, all is well"));
    output::note(format!(
        "keep the key file {} as well, apart from the copy: without it the credentials and sealed values in there are lost",
        key.display()
    ));
    output::data(file.display())
}
