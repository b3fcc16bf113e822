//! Where commands write: data to standard output, everything else to standard error.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

use super::error::CliError;

/// Writes data, and a line break.
pub(super) fn data(text: impl Display) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(CliError::Output)
}

/// Writes something for the person at the terminal.
pub(super) fn note(text: impl Display) {
    let mut stderr = io::stderr().lock();
    // Without a reader of standard error there is nobody left to tell.
    drop(writeln!(stderr, "{text}"));
}

/// A line on standard error that is written over again and again; nothing where that is no terminal.
#[derive(Debug)]
pub(super) struct ProgressLine {
    is_shown: bool,
}

impl ProgressLine {
    /// A line with nothing on it yet.
    pub(super) fn new() -> Self {
        Self {
            is_shown: io::stderr().is_terminal(),
        }
    }

    /// Replaces the text of the line; an empty text removes it.
    pub(super) fn show(&self, text: impl Display) {
        if self.is_shown {
            let mut stderr = io::stderr().lock();
            drop(write!(stderr, "\r\x1b[2K{text}").and_then(|()| stderr.flush()));
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.show("");
    }
}
