//! How the processes of servers ended.

use std::{fs, time::Duration};

use crate::{
    fleet::{Trouble, Whom},
    server::{End, Life},
    settings::{PATIENCE, SHUTDOWN_GRACE, span},
};

/// Processes that ended by themselves, crashed somewhere, or did not end in time when asked to.
pub(super) fn untimely(lives: &[Life], troubles: &[Trouble]) -> Vec<String> {
    let mut found = Vec::new();
    for life in lives {
        let who = format!("server {} ({})", life.server, life.log.display());
        match &life.end {
            End::Killed => {}
            End::ByItself { code } => found.push(format!("{who} ended by itself with {code:?}")),
            End::Stopped { took, code } => {
                let is_excused = was_without_database(life, *took, troubles);
                // It names what it could not hand back, and ends with 1.
                if *code != Some(0) && !(is_excused && *code == Some(1)) {
                    found.push(format!(
                        "{who} ended with {code:?}, {took:?} after it was asked to"
                    ));
                }
                if *took > SHUTDOWN_GRACE + PATIENCE && !is_excused {
                    found.push(format!("{who} took {took:?} to end"));
                }
            }
        }
        let log = fs::read_to_string(&life.log).unwrap_or_default();
        let panics = log.lines().filter(|line| line.contains("panicked at"));
        found.extend(panics.map(|line| format!("{who}: {line}")));
    }
    found
}

/// Whether the database was away while a process came to its end.
fn was_without_database(life: &Life, took: Duration, troubles: &[Trouble]) -> bool {
    let (from, until) = (life.ended_at, life.ended_at + span(took));
    let mut of_database = troubles
        .iter()
        .filter(|trouble| trouble.whom == Whom::Database);
    of_database.any(|trouble| trouble.from <= until && trouble.until >= from)
}
