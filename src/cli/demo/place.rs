//! Where the demonstration keeps its data.

use std::{
    fs,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::{
    app::AppError,
    cli::{error::CliError, output},
    data_dir,
};

/// A directory; a temporary one is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    is_temporary: bool,
}

impl Place {
    /// The directory that was chosen, or a temporary one.
    pub(super) fn new(chosen: Option<PathBuf>) -> Result<Self, CliError> {
        let is_temporary = chosen.is_none();
        let path = chosen.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("tenantatlas-demo-{}", Uuid::new_v4().simple()))
        });
        data_dir::make(&path).map_err(AppError::from)?;
        Ok(Self { path, is_temporary })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.is_temporary
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_temporary
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            output::note(format!(
                "{} could not be removed: {error}",
                self.path.display()
            ));
        }
    }
}
