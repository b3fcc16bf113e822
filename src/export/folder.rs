//! An export as a folder. Whoever looks sees that it is not finished until it is.

use std::{
    fs::{self, DirBuilder, File as OpenFile, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::File;

/// Lies in the folder until everything else does.
const MARK: &str = "INCOMPLETE.txt";

const MARK_TEXT: &str = "This export was not finished, or is being written. Do not use it: remove the folder, and export\n\
                         the backup set once more.\n";

/// Why an export could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something is in the folder; nothing was written.
    #[error("{} is not empty; name a folder that is empty, or not there yet", .0.display())]
    NotEmpty(PathBuf),
    /// The folder or a file in it cannot be used.
    #[error("{} cannot be written; what was exported so far is marked with {MARK}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

/// The folder of an export that is being written.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    folders: Vec<PathBuf>,
}

impl Folder {
    /// Makes the folder, or takes one that is empty. Nobody but its owner may look into a folder
    /// that was made.
    ///
    /// # Errors
    ///
    /// [`FolderError::NotEmpty`].
    pub fn begin(root: &Path) -> Result<Self, FolderError> {
        let failed = |cause| FolderError::Write {
            path: root.to_owned(),
            cause,
        };
        match make(root, true) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        if fs::read_dir(root).map_err(failed)?.next().is_some() {
            return Err(FolderError::NotEmpty(root.to_owned()));
        }
        let mut folder = Self {
            root: root.to_owned(),
            folders: vec![root.to_owned()],
        };
        folder.add(&File {
            path: MARK.to_owned(),
            bytes: MARK_TEXT.into(),
        })?;
        sync(root)?;
        Ok(folder)
    }

    /// Writes a file, which must not be there yet.
    ///
    /// # Errors
    ///
    /// When it cannot be written, because the disk is full, say.
    pub fn add(&mut self, file: &File) -> Result<(), FolderError> {
        let path = self.root.join(&file.path);
        let failed = |cause| FolderError::Write {
            path: path.clone(),
            cause,
        };
        if let Some(parent) = path.parent() {
            self.make_folders(parent)?;
        }
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.write(true).create_new(true).open(&path);
        let mut opened = opened.map_err(failed)?;
        opened.write_all(&file.bytes).map_err(failed)?;
        opened.sync_all().map_err(failed)
    }

    /// Takes the mark away, when everything has reached the disk.
    ///
    /// # Errors
    ///
    /// When it has not.
    pub fn finish(self) -> Result<(), FolderError> {
        self.folders.iter().try_for_each(|folder| sync(folder))?;
        let mark = self.root.join(MARK);
        fs::remove_file(&mark).map_err(|cause| FolderError::Write { path: mark, cause })?;
        sync(&self.root)
    }

    /// Makes what is not there of the folders between the root and a file.
    fn make_folders(&mut self, parent: &Path) -> Result<(), FolderError> {
        let below = parent.ancestors().take_while(|it| *it != self.root);
        let missing: Vec<PathBuf> = below
            .filter(|it| !self.folders.iter().any(|known| known == it))
            .map(Path::to_path_buf)
            .collect();
        for path in missing.into_iter().rev() {
            make(&path, false).map_err(|cause| FolderError::Write {
                path: path.clone(),
                cause,
            })?;
            self.folders.push(path);
        }
        Ok(())
    }
}

fn make(path: &Path, with_parents: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if with_parents && let Some(parent) = path.parent() {
        builder.recursive(true).create(parent)?;
    }
    builder.recursive(false).create(path)
}

/// Makes sure that what was made in a folder is there after a power failure.
fn sync(folder: &Path) -> Result<(), FolderError> {
    let synced = if cfg!(unix) {
        OpenFile::open(folder).and_then(|folder| folder.sync_all())
    } else {
        // Elsewhere a folder cannot be opened like a file, and need not be.
        Ok(())
    };
    synced.map_err(|cause| FolderError::Write {
        path: folder.to_owned(),
        cause,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> File {
        File {
            path: path.to_owned(),
            bytes: b"{}".to_vec(),
        }
    }

    #[test]
    fn a_folder_is_marked_until_it_is_whole() {
        let above = tempfile::tempdir().unwrap();
        let root = above.path().join("new/export");
        let mut folder = Folder::begin(&root).unwrap();
        folder.add(&file("a/b/c.json")).unwrap();
        folder.add(&file("a/d.json")).unwrap();
        assert!(root.join(MARK).exists());
        assert!(matches!(
            Folder::begin(&root),
            Err(FolderError::NotEmpty(_))
        ));
        folder.finish().unwrap();
        assert!(!root.join(MARK).exists());
        assert_eq!(fs::read(root.join("a/b/c.json")).unwrap(), b"{}");
    }

    #[test]
    fn nothing_is_written_over_nor_through_a_link() {
        let above = tempfile::tempdir().unwrap();
        let mut folder = Folder::begin(above.path()).unwrap();
        folder.add(&file("a.json")).unwrap();
        assert!(folder.add(&file("a.json")).is_err());
        #[cfg(unix)]
        {
            let elsewhere = above.path().join("elsewhere");
            std::os::unix::fs::symlink(&elsewhere, above.path().join("b.json")).unwrap();
            assert!(folder.add(&file("b.json")).is_err());
            assert!(!elsewhere.exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_the_owner_may_read_what_was_written() {
        use std::os::unix::fs::PermissionsExt;
        let above = tempfile::tempdir().unwrap();
        let root = above.path().join("export");
        let mut folder = Folder::begin(&root).unwrap();
        folder.add(&file("a/b.json")).unwrap();
        folder.finish().unwrap();
        let mode = |path: &str| {
            let metadata = fs::metadata(root.join(path)).unwrap();
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(
            (mode(""), mode("a"), mode("a/b.json")),
            (0o700, 0o700, 0o600)
        );
    }
}
