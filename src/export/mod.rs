//! A stored set as a sequence of files, for whoever takes backups elsewhere.
//!
//! ```text
//!   Export::open ── next() ──▶ file, file, …, manifest.json      one object is in memory at a time
//!        │
//!        ├── cli: Folder, a directory of its own
//!        └── api: Archive, a zip that is sent while it comes to be
//! ```
//!
//! What is lost or damaged is left out and named, in the manifest and in the [`Summary`]; the rest
//! is exported all the same. A layout decides what an object's files are; names of files are made
//! in `names` and nowhere else.

use std::{collections::VecDeque, str::FromStr, time::Duration};

use chrono::{DateTime, Utc};

mod archive;
mod folder;
mod intunecd;
mod manifest;
mod names;
mod object;
mod plain;

pub use archive::{Pace, send};
pub use folder::{Folder, FolderError};
pub use manifest::{Damage, KindSummary, Set, Summary};

use self::{
    intunecd::{Neighbours, Taken},
    manifest::Manifest,
    object::Object,
};
use crate::{
    domain::{
        backup::{BackupItem, BackupSet},
        words::words,
    },
    store::{Store, StoreError, exports, run_kinds},
    vault::Vault,
};

words! {
    /// How the files of an export are laid out.
    Format {
        /// A file for each object, in folders by kind.
        Json "json"
        /// As the Python package IntuneCD reads it.
        Intunecd "intunecd"
    }
}

/// What becomes of secrets.
#[derive(Clone, Debug)]
pub enum Secrets {
    /// A mark stands for each.
    Sealed,
    /// They stand in their places, opened with this key.
    Open(Vault),
}

impl Secrets {
    /// Whether files hold secrets.
    pub fn are_open(&self) -> bool {
        match self {
            Self::Sealed => false,
            Self::Open(_) => true,
        }
    }
}

/// A file of an export.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Where it belongs, below the folder of the export: names of files joined by `/`.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Why an export did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database did not answer.
    #[error("the backup set cannot be read")]
    Store(#[from] StoreError),
    /// The set was purged in the meantime.
    #[error("the backup set holds {expected} items, of which {found} were found; was it purged?")]
    Gone {
        /// Items that the set says it has.
        expected: u32,
        /// Items that were there.
        found: u32,
    },
    /// The archive could not be put together.
    #[error("the archive cannot be written")]
    Archive(#[from] zip::result::ZipError),
    /// A file could not be put into the archive.
    #[error("a file cannot be written into the archive")]
    Write(#[from] std::io::Error),
    /// The task that compresses did not finish.
    #[error("a task of the export did not finish")]
    Task(#[from] tokio::task::JoinError),
    /// Whoever asked for the archive does not take it.
    #[error("nothing of the archive was taken for {0:?}")]
    Stalled(Duration),
    /// Whoever asked for the archive takes it too slowly, on the whole.
    #[error("less than {0} bytes a second of the archive were taken")]
    Slow(u64),
    /// It took too long.
    #[error("the archive was not taken within {0:?}")]
    TooLong(Duration),
}

/// Items that are named at once; their contents are read one by one.
const PAGE: i64 = 100;

/// A set that is being exported.
#[derive(Debug)]
pub struct Export {
    store: Store,
    set: BackupSet,
    format: Format,
    secrets: Secrets,
    neighbours: Neighbours,
    taken: Taken,
    items: VecDeque<BackupItem>,
    last: Option<BackupItem>,
    found: u32,
    ready: VecDeque<File>,
    manifest: Option<Manifest>,
    summary: Summary,
}

impl Export {
    /// Begins to export a set. Nothing is written down of it here: see `workers::exports`.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn open(
        store: &Store,
        set: Set,
        format: Format,
        secrets: Secrets,
    ) -> Result<Self, ExportError> {
        let (tenant, run, of) = (set.set.tenant, set.set.run, set.set.id);
        let loaded = store.read(move |db| {
            let results = run_kinds::of(db, tenant, &[run])?;
            let neighbours = match format {
                Format::Json => Neighbours::default(),
                Format::Intunecd => {
                    Neighbours::of(exports::names(db, tenant, of, intunecd::NEIGHBOURS)?)
                }
            };
            Ok::<_, StoreError>((results, neighbours))
        });
        let (results, neighbours) = loaded.await?;
        let results = results.into_iter().flat_map(|(_, results)| results);
        let mut manifest = Manifest::of(&set, format, secrets.are_open(), store.now());
        manifest.note_kinds(results);
        Ok(Self {
            store: store.clone(),
            set: set.set,
            format,
            secrets,
            neighbours,
            taken: Taken::new(),
            items: VecDeque::new(),
            last: None,
            found: 0,
            ready: VecDeque::new(),
            manifest: Some(manifest),
            summary: Summary::default(),
        })
    }

    /// When the set was made, which is the time of all its files.
    pub fn made_at(&self) -> DateTime<Utc> {
        self.set.created_at
    }

    /// Items of the set.
    pub fn item_count(&self) -> u32 {
        self.set.item_count
    }

    /// What was exported so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The next file; the manifest is the last.
    ///
    /// # Errors
    ///
    /// [`ExportError::Store`], and [`ExportError::Gone`] in place of a manifest that would lie.
    pub async fn next(&mut self) -> Result<Option<File>, ExportError> {
        loop {
            if let Some(file) = self.ready.pop_front() {
                return Ok(Some(file));
            }
            match self.next_item().await? {
                Some(item) => self.lay_out(item).await?,
                None => match self.manifest.take() {
                    Some(manifest) => self.close(manifest)?,
                    None => return Ok(None),
                },
            }
        }
    }

    async fn next_item(&mut self) -> Result<Option<BackupItem>, StoreError> {
        if self.manifest.is_none() {
            return Ok(None);
        }
        if self.items.is_empty() {
            let (tenant, set, last) = (self.set.tenant, self.set.id, self.last.take());
            let page = self.store.read(move |db| {
                let after = last
                    .as_ref()
                    .map(|item| (item.kind, item.graph_id.as_str()));
                exports::items_after(db, tenant, set, after, PAGE)
            });
            self.items = page.await?.into();
            self.last = self.items.back().cloned();
        }
        Ok(self.items.pop_front())
    }

    async fn lay_out(&mut self, item: BackupItem) -> Result<(), ExportError> {
        let (tenant, set, secrets) = (self.set.tenant, self.set.id, self.secrets.clone());
        let object = self
            .store
            .read(move |db| Object::load(db, (tenant, set), item, &secrets))
            .await?;
        let (files, undecoded) = match self.format {
            Format::Json => {
                let (files, undecoded) = plain::files(&object);
                (Some(files), undecoded)
            }
            Format::Intunecd => {
                let files = intunecd::files(&object, &self.neighbours, &mut self.taken);
                (files, Vec::new())
            }
        };
        self.found += 1;
        self.summary.note(&object, files.as_deref());
        if let Some(manifest) = &mut self.manifest {
            manifest.note(&object, files.as_deref(), &undecoded);
        }
        self.ready.extend(files.unwrap_or_default());
        Ok(())
    }

    fn close(&mut self, manifest: Manifest) -> Result<(), ExportError> {
        let (expected, found) = (self.set.item_count, self.found);
        if expected != found {
            return Err(ExportError::Gone { expected, found });
        }
        let file = manifest.file(&self.summary);
        self.summary.files += 1;
        self.ready.push_back(file);
        Ok(())
    }
}
