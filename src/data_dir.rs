//! The data directory, and the lock by which one server has the embedded database to itself.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
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
        "the data directory {} is in use by {holder}; stop that first, or choose another with \
         TENANTATLAS_DATA_DIR",
        path.display()
    )]
    InUse {
        /// Which.
        path: PathBuf,
        /// `process 4711`, as far as known.
        holder: String,
    },
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
