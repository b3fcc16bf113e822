//! `key rotate`: another key takes the place of the one that seals secrets.
//!
//! The old key stays in the key file until nothing needs it, so that at no instant a value is sealed
//! with a key that is not there. A command that was interrupted goes on where it was.

use std::path::Path;

use super::{
    author,
    error::CliError,
    output::{self, ProgressLine},
};
use crate::{
    app::{self, AppError, Base},
    config::Config,
    domain::global_id::GlobalId,
    key_file,
    store::{
        DatabaseUrl, Store, StoreError,
        keys::{self, KeyFacts, Shelf},
    },
    vault::Vault,
    workers::keys::{self as rotation, Step, Stuck, Verdict},
};

/// The commands about the key that seals secrets.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Seals every stored secret anew with another key; goes on where it was interrupted
    Rotate,
}

/// How often values are looked through before those who go on sealing with another key are to blame.
const PASSES: usize = 5;

/// Values that cannot be opened and are told one by one.
const MOST_TOLD: usize = 10;

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    /// A new key has to be made.
    MakeKey,
    /// Values have to be sealed anew with the first key.
    Seal,
    /// All is sealed with the first key; the others can go.
    Retire,
}

/// Runs one of the commands.
pub(super) async fn run(command: Command, config: &Config) -> Result<(), CliError> {
    let Command::Rotate = command;
    let is_embedded = matches!(config.database, DatabaseUrl::Sqlite(_));
    // A server has its keys in memory. The embedded database has no other server to take over.
    let _lock = app::lock(config)?;
    let configured = config.secret_key_file.as_deref();
    let path = key_file::path(&config.database, &config.data_dir, configured);
    let path = path.map_err(AppError::from)?;
    let mut base = app::open(config, super::system_clock()).await?;
    if is_embedded {
        key_file::sweep(&path).map_err(AppError::from)?;
    }
    let facts = base.store.read(keys::facts).await?;
    let due = next_move(&base.vault, &facts, is_embedded)?;
    if due == Move::MakeKey {
        key_file::add_key(&path).map_err(AppError::from)?;
        output::note(format!("made a new key, the first in {}", path.display()));
        base = app::open(config, super::system_clock()).await?;
    }
    if due != Move::Retire {
        if is_embedded {
            key_file::make_sure(&path).map_err(AppError::from)?;
        }
        seal_all(&base).await?;
    }
    if !is_embedded {
        tell_old(&base.vault);
        return Ok(());
    }
    retire(&path)?;
    let path = path.display();
    output::note(format!(
        "back up {path} now: copies of the database made from here on need the key in it"
    ));
    if configured.is_some() {
        output::note(format!(
            "what manages {path}, if anything does, must take the new key over: without it the database does not open any more"
        ));
    }
    Ok(())
}

fn next_move(vault: &Vault, facts: &KeyFacts, is_embedded: bool) -> Result<Move, CliError> {
    let first = Some(vault.sealing_key().to_string());
    if facts.check != first {
        return Ok(Move::Seal);
    }
    if let Some(next) = &facts.next {
        return Err(CliError::Refused(format!(
            "other servers seal with the key {next} already; put it first in this key file too"
        )));
    }
    let mut others = vault.keys().skip(1).peekable();
    if others.peek().is_some() {
        // With the one before still there, its place was taken and it only has to go, like all others.
        let is_over = others.any(|key| Some(key.to_string()) == facts.previous);
        return is_over.then_some(Move::Retire).ok_or_else(|| {
            CliError::Refused(
                "the first key of the key file is the one in use; put the new one before it"
                    .to_owned(),
            )
        });
    }
    if is_embedded {
        return Ok(Move::MakeKey);
    }
    Err(CliError::Refused(
        "the key file has one key, the one in use; on PostgreSQL a new one is added by hand, on every server: second and restart all, first and restart all, then rotate (see docs/copies-and-keys.md)"
            .to_owned(),
    ))
}

/// Seals everything anew, until nothing needs another key.
async fn seal_all(base: &Base) -> Result<(), CliError> {
    let line = ProgressLine::new();
    let mut sealed = 0;
    for _ in 0..PASSES {
        let mut stuck = Vec::new();
        for shelf in Shelf::ALL {
            sealed += seal_shelf(base, shelf, &mut stuck, |of| {
                line.show(format!("{} values sealed anew", sealed + of));
            })
            .await?;
        }
        let vault = base.vault.clone();
        let ended = base
            .store
            .write(move |db, now| rotation::finish(db, &vault, &author(), now));
        let ended: Result<Verdict, StoreError> = ended.await;
        match ended? {
            Verdict::Done => {
                drop(line);
                let key = base.vault.sealing_key();
                output::note(format!(
                    "{sealed} values were sealed anew with the key {key}"
                ));
                return Ok(());
            }
            Verdict::Left(_) if !stuck.is_empty() => return Err(unopened(&stuck)),
            Verdict::Left(_) => {}
        }
    }
    Err(CliError::Refused(
        "servers go on sealing with another key: put the new one first in the key file of each and restart it, then give this command again"
            .to_owned(),
    ))
}

/// Goes through the values of one sort; how many were sealed anew.
async fn seal_shelf(
    base: &Base,
    shelf: Shelf,
    stuck: &mut Vec<Stuck>,
    show: impl Fn(usize),
) -> Result<usize, StoreError> {
    let (mut sealed, mut last) = (0, None);
    loop {
        let (vault, after) = (base.vault.clone(), last.take());
        let step = next_step(&base.store, vault, shelf, after).await?;
        sealed += step.sealed;
        stuck.extend(step.stuck);
        show(sealed);
        last = step.last;
        if last.is_none() {
            return Ok(sealed);
        }
    }
}

async fn next_step(
    store: &Store,
    vault: Vault,
    shelf: Shelf,
    after: Option<keys::Kept>,
) -> Result<Step, StoreError> {
    let step = store.write(move |db, _| rotation::step(db, &vault, shelf, after.as_ref()));
    step.await
}

fn unopened(stuck: &[Stuck]) -> CliError {
    for Stuck {
        tenant,
        shelf,
        digest,
    } in stuck.iter().take(MOST_TOLD)
    {
        let what = match shelf {
            Shelf::CapturedValues => "a value of a capture",
            Shelf::DigestKeys => "the key of its digests",
            Shelf::Credentials => "its credential",
        };
        let tenant = tenant.to_global();
        output::note(format!(
            "cannot be opened: tenant {tenant}, {what} {digest}"
        ));
    }
    let count = stuck.len();
    CliError::Refused(format!(
        "no key in the key file opens {count} values; everything else is sealed with the new key, and the old ones stay"
    ))
}

/// Says which keys are to leave key files that are not ours to change.
fn tell_old(vault: &Vault) {
    for key in vault.keys().skip(1) {
        output::note(format!(
            "nothing needs the key {key} any more: take it out of every key file, and keep it as long as copies of the database that were made before; copies made from here on need {}",
            vault.sealing_key()
        ));
    }
}

/// Leaves one key in the key file.
fn retire(path: &Path) -> Result<(), CliError> {
    let retired = key_file::retire_others(path).map_err(AppError::from)?;
    for old in retired {
        let old = old.display();
        output::note(format!(
            "copies of the database that were made before need the old key, {old}: keep it with them, and remove it here"
        ));
    }
    Ok(())
}
