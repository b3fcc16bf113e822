//! An export as a zip archive that is sent while it comes to be.
//!
//! What the archive has become by a file is taken out of it and handed on before the next file is
//! read, so that no more than one object is held, however slow the receiver is. An archive that was
//! not finished lacks its directory, and nobody takes it for a whole one.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::{sync::mpsc, time::Instant};
use zip::{
    CompressionMethod, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use super::{Export, ExportError, File};
use crate::task;

/// Bytes that are handed on at once.
const PIECE: usize = 64 * 1024;

/// How long the receiver of an archive may take.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// For a piece of it.
    pub patience: Duration,
    /// Bytes that it takes in a second at least, on the whole; what is waited for others, the database
    /// say, does not count.
    pub least: u64,
    /// For the whole.
    pub longest: Duration,
}

impl Pace {
    /// How long may be waited for a receiver that took so many bytes and was waited for so long.
    fn left(&self, taken: u64, waited: Duration) -> Duration {
        let earned = taken.saturating_mul(1_000) / self.least.max(1);
        let whole = self.patience.saturating_add(Duration::from_millis(earned));
        whole.saturating_sub(waited).min(self.patience)
    }
}

/// Sends an export as an archive, to its end or until the receiver is gone.
///
/// # Errors
///
/// When the export fails or the receiver is too slow. Then the end of the archive was not sent, and
/// the receiver has to be told otherwise.
pub async fn send(export: Export, to: mpsc::Sender<Bytes>, pace: Pace) -> Result<(), ExportError> {
    let receiver = Receiver {
        to,
        pace,
        taken: 0,
        waited: Duration::ZERO,
    };
    let sent = tokio::time::timeout(pace.longest, send_all(export, receiver)).await;
    sent.unwrap_or(Err(ExportError::TooLong(pace.longest)))
}

async fn send_all(mut export: Export, mut receiver: Receiver) -> Result<(), ExportError> {
    let mut archive = Archive::new(export.made_at());
    while let Some(file) = export.next().await? {
        archive = computed(move || archive.with(&file)).await?;
        if !receiver.hand_on(archive.taken()).await? {
            return Ok(());
        }
    }
    let end = computed(move || archive.finished()).await?;
    receiver.hand_on(end).await.map(drop)
}

/// Who takes an archive, and how.
struct Receiver {
    to: mpsc::Sender<Bytes>,
    pace: Pace,
    taken: u64,
    waited: Duration,
}

impl Receiver {
    /// Hands bytes on; false when nobody wants them any more.
    async fn hand_on(&mut self, bytes: Vec<u8>) -> Result<bool, ExportError> {
        let Pace {
            patience, least, ..
        } = self.pace;
        let mut left = Bytes::from(bytes);
        while !left.is_empty() {
            let piece = left.split_to(left.len().min(PIECE));
            let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let (began, most) = (Instant::now(), self.pace.left(self.taken, self.waited));
            match tokio::time::timeout(most, self.to.send(piece)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Ok(false),
                Err(_) if most < patience => return Err(ExportError::Slow(least)),
                Err(_) => return Err(ExportError::Stalled(patience)),
            }
            self.taken = self.taken.saturating_add(size);
            self.waited += began.elapsed();
        }
        Ok(true)
    }
}

async fn computed<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ExportError> + Send + 'static,
) -> Result<T, ExportError> {
    task::compute(work).await?
}

/// An archive, and what of it was not handed on yet.
struct Archive {
    zip: ZipWriter<StreamWriter<Buffer>>,
    out: Buffer,
    options: SimpleFileOptions,
}

impl Archive {
    /// An empty archive; all its files are of this time.
    fn new(made_at: DateTime<Utc>) -> Self {
        let out = Buffer::default();
        // An archive knows no time before 1980; that one is taken then.
        let time = zip::DateTime::try_from(made_at.naive_utc()).unwrap_or_default();
        Self {
            zip: ZipWriter::new_stream(out.clone()),
            out,
            options: SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .last_modified_time(time)
                .unix_permissions(0o600),
        }
    }

    fn with(mut self, file: &File) -> Result<Self, ExportError> {
        self.zip.start_file(file.path.as_str(), self.options)?;
        self.zip.write_all(&file.bytes)?;
        Ok(self)
    }

    /// What the archive has become since it was asked last.
    fn taken(&self) -> Vec<u8> {
        self.out.take()
    }

    fn finished(self) -> Result<Vec<u8>, ExportError> {
        self.zip.finish()?;
        Ok(self.out.take())
    }
}

/// Bytes that the archive puts in at one end.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    #[test]
    fn who_takes_little_now_and_then_is_not_waited_for_for_ever() {
        let seconds = Duration::from_secs;
        let pace = Pace {
            patience: seconds(30),
            least: 1_000,
            longest: seconds(3_600),
        };
        assert_eq!(pace.left(0, seconds(0)), seconds(30));
        // Fast enough: what is left is for a piece.
        assert_eq!(pace.left(1_000_000, seconds(10)), seconds(30));
        // A piece of 1,000 bytes each 29 seconds.
        assert_eq!(pace.left(1_000, seconds(29)), seconds(2));
        assert_eq!(pace.left(2_000, seconds(58)), seconds(0));
    }

    #[test]
    fn an_archive_in_pieces_is_a_whole_one() {
        let mut archive = Archive::new(DateTime::UNIX_EPOCH);
        let mut bytes = Vec::new();
        let files: Vec<File> = (0..3)
            .map(|number| File {
                path: format!("folder/{number}.json"),
                bytes: format!("{number}").repeat(10_000).into_bytes(),
            })
            .collect();
        for file in &files {
            archive = archive.with(file).unwrap();
            bytes.extend(archive.taken());
        }
        bytes.extend(archive.finished().unwrap());
        let mut read = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(read.len(), files.len());
        for file in files {
            let mut content = Vec::new();
            let mut entry = read.by_name(&file.path).unwrap();
            assert_eq!(entry.unix_mode().map(|mode| mode & 0o777), Some(0o600));
            entry.read_to_end(&mut content).unwrap();
            assert_eq!(content, file.bytes);
        }
    }
}
