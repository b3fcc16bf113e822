//! The data directory, and the lock by which one server has the embedded database to itself.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// It is not there and cannot be made.
    #[error("the data directory {} cannot be made", path.display())]
    Make {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// It is there and cannot be written.
    #[error("the data directory {} cannot be written", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Its lock file cannot be used.
    #[error("the lock file {} cannot be used", path.display())]
    Lock {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Another server has it.
    #[error(
        "the data directory {} is in use by {holder}; stop that first",
        path.display()
    )]
    InUse {
        /// Which.
        path: PathBuf,
        /// `process 4711`, as far as known.
        holder: String,
    },
}

impl DataDirError {
    /// Whether the disk is full or read-only, which may be over without another setting.
    pub fn is_of_the_disk(&self) -> bool {
        match self {
            Self::Make { cause, .. } | Self::Write { cause, .. } | Self::Lock { cause, .. } => {
                is_of_the_disk(cause)
            }
            Self::InUse { .. } => false,
        }
    }
}

/// Whether something cannot be written because a disk is full or read-only.
pub fn is_of_the_disk(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::ReadOnlyFilesystem
    )
}

/// The directory itself where it is there, else the nearest above it that is: in that one it would be made.
///
/// # Errors
///
/// Something that is no directory stands in the way, or may not be entered.
pub fn nearest(path: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    for place in absolute.ancestors() {
        match fs::metadata(place) {
            Ok(found) if found.is_dir() => return Ok(place.to_owned()),
            Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Whether files can be made in a directory. One is, and removed again: rights say nothing of a disk that
/// the system has stopped writing to after a fault.
pub fn may_write(directory: &Path) -> io::Result<()> {
    let tried = directory.join(format!(".tenantatlas-{}", std::process::id()));
    match OpenOptions::new().write(true).create_new(true).open(&tried) {
        Ok(_) => fs::remove_file(&tried),
        // Another thread tries the same.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the directory can be used, or made where it is not there. What is made to find that out is
/// removed again: a kernel's own file systems allow root everything, and do nothing of it.
///
/// # Errors
///
/// [`DataDirError::Make`] or [`DataDirError::Write`].
pub fn try_out(path: &Path) -> Result<(), DataDirError> {
    let unmade = |cause| DataDirError::Make {
        path: path.to_owned(),
        cause,
    };
    let place = nearest(path).map_err(unmade)?;
    let absolute = std::path::absolute(path).map_err(unmade)?;
    let below = absolute.strip_prefix(&place).ok();
    let Some(first) = below.and_then(|below| below.components().next()) else {
        return may_write(&place).map_err(|cause| DataDirError::Write { path: place, cause });
    };
    let tried = place.join(first);
    match fs::create_dir(&tried) {
        // Somebody may have been faster, and use it.
        Ok(()) => drop(fs::remove_dir(&tried)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(cause) => return Err(unmade(cause)),
    }
    Ok(())
}

/// Makes the directory, readable by its owner only, unless it is there.
///
/// # Errors
///
/// [`DataDirError::Make`].
pub fn make(path: &Path) -> Result<(), DataDirError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.recursive(true).create(path);
    made.map_err(|cause| DataDirError::Make {
        path: path.to_owned(),
        cause,
    })
}

/// The lock of a data directory, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    /// The operating system's lock lives as long as the open file.
    _file: File,
}

/// Takes the lock of a data directory that exists.
///
/// # Errors
///
/// [`DataDirError::InUse`] names the process that has it.
pub fn lock(data_dir: &Path) -> Result<Lock, DataDirError> {
    let path = data_dir.join("tenantatlas.lock");
    let failed = |cause| DataDirError::Lock {
        path: path.clone(),
        cause,
    };
    let mut options = OpenOptions::new();
    let mut file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {
            sign(&mut file).map_err(failed)?;
            Ok(Lock { _file: file })
        }
        Err(TryLockError::WouldBlock) => Err(DataDirError::InUse {
            path: data_dir.to_owned(),
            holder: holder(&mut file),
        }),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

/// Leaves the number of this process in the file, for whoever finds it locked.
fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file
        .read_to_string(&mut text)
        .map(|_| text.trim().parse::<u32>())
    {
        Ok(Ok(process)) => format!("process {process}"),
        Ok(Err(_)) | Err(_) => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_a_directory_can_be_made_is_found_out_without_a_trace() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("new").join("and below");
        try_out(&path).expect("it can be made");
        try_out(dir.path()).expect("it can be written");
        assert_eq!(nearest(&path).expect("a place"), dir.path());
        assert_eq!(fs::read_dir(dir.path()).expect("a list").count(), 0);
        let file = dir.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(try_out(&file).is_err() && try_out(&file.join("below")).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_kernel_makes_up_is_no_place_even_for_root() {
        assert!(try_out(Path::new("/proc/tenantatlas")).is_err());
    }

    #[test]
    fn a_locked_directory_is_refused_by_naming_its_holder_until_it_is_free() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("new");
        make(&path).expect("made");
        let held = lock(&path).expect("free");
        let refused = lock(&path).expect_err("in use").to_string();
        let holder = format!("process {};", std::process::id());
        assert!(refused.contains(&holder), "{refused}");
        drop(held);
        lock(&path).expect("free again");
    }
}
