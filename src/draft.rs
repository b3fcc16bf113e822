//! Files that are written beside the place that they are to take, so that whoever looks there sees
//! nothing or a whole file; and what is left of them when somebody pulled the plug.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use uuid::Uuid;

const ENDING: &str = ".draft";

/// An empty file that nobody else has and nobody but its owner may read, beside the place that it
/// is to take.
pub fn begin(place: &Path) -> io::Result<(PathBuf, File)> {
    let mut name = place.as_os_str().to_owned();
    name.push(format!(".{}{ENDING}", Uuid::new_v4().simple()));
    let draft = PathBuf::from(name);
    let file = create(&draft)?;
    Ok((draft, file))
}

/// A file that was not there, and that nobody but its owner may read.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

/// Removes drafts of a place that nobody has written to for a while: whoever began them is gone.
pub fn sweep(place: &Path, quiet: Duration) -> io::Result<()> {
    for entry in fs::read_dir(folder(place))? {
        let entry = entry?;
        if !is_draft_of(&entry.file_name(), place.file_name()) {
            continue;
        }
        // A time that is to come tells nothing of who is at it.
        let since = entry.metadata()?.modified()?.elapsed();
        if since.is_ok_and(|since| since >= quiet) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn is_draft_of(name: &OsStr, place: Option<&OsStr>) -> bool {
    let (Some(name), Some(place)) = (name.to_str(), place.and_then(OsStr::to_str)) else {
        return false;
    };
    let rest = name.strip_prefix(place);
    let rest = rest.and_then(|rest| rest.strip_prefix('.')?.strip_suffix(ENDING));
    rest.is_some_and(|rest| Uuid::try_parse(rest).is_ok())
}

/// Makes sure that what took its place in a folder is there after a power failure.
pub fn settle(place: &Path) -> io::Result<()> {
    if cfg!(unix) {
        return File::open(folder(place))?.sync_all();
    }
    // Elsewhere a folder cannot be opened like a file, and need not be.
    Ok(())
}

fn folder(place: &Path) -> &Path {
    let folder = place.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_that_are_left_go_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("copy");
        let (left, _) = begin(&place).unwrap();
        let (of_another, _) = begin(&dir.path().join("copy.db")).unwrap();
        for name in ["copy", "copy.draft", "copy.old.draft"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        sweep(&place, Duration::from_secs(3_600)).unwrap();
        assert!(left.exists(), "somebody may be at it");
        sweep(&place, Duration::ZERO).unwrap();
        assert!(!left.exists());
        assert!(of_another.exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4);
    }
}
