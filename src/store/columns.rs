//! From columns to domain values and back: rows are parsed like any other input.

use std::{fmt::Display, str::FromStr};

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};

use super::error::StoreError;
use crate::domain::{actor::Actor, kind::PolicyKind, name::fold};

/// An instant as both databases keep it: UTC, to the microsecond.
pub(super) fn stamp(at: DateTime<Utc>) -> NaiveDateTime {
    at.trunc_subsecs(6).naive_utc()
}

/// An instant that may be absent.
pub(super) fn stamp_of(at: Option<DateTime<Utc>>) -> Option<NaiveDateTime> {
    at.map(stamp)
}

/// Longest folded name that is kept, in characters: an index of PostgreSQL takes 2,700 bytes a row.
const LONGEST_FOLDED: usize = 500;

/// The form by which objects of Graph are sorted and found: the beginning of their folded name,
/// which may be longer than any index takes.
pub(super) fn folded(name: &str) -> String {
    fold(name).chars().take(LONGEST_FOLDED).collect()
}

/// The row that columns are read from, for the error that names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) what: &'static str,
    pub(super) id: &'a str,
}

impl Origin<'_> {
    pub(super) fn corrupt(self, why: impl Display) -> StoreError {
        StoreError::Corrupt {
            what: self.what,
            id: self.id.to_owned(),
            why: why.to_string(),
        }
    }

    /// Reads a text column: an identifier, a word, a hash.
    pub(super) fn text<T>(self, text: &str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.parse()
            .map_err(|error| self.corrupt(format!("`{text}`: {error}")))
    }

    /// Reads a text column that may be null.
    pub(super) fn maybe<T>(self, text: Option<&str>) -> Result<Option<T>, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.map(|text| self.text(text)).transpose()
    }

    /// Reads a number column into a type that holds fewer numbers.
    pub(super) fn number<T, U>(self, number: T) -> Result<U, StoreError>
    where
        T: Copy + Display,
        U: TryFrom<T>,
    {
        U::try_from(number).map_err(|_| self.corrupt(format!("{number} is out of range")))
    }

    /// Reads kinds joined by commas.
    pub(super) fn kinds(self, text: &str) -> Result<Vec<PolicyKind>, StoreError> {
        text.split(',')
            .filter(|kind| !kind.is_empty())
            .map(|kind| self.text(kind))
            .collect()
    }

    /// Reads the three columns of an actor.
    pub(super) fn actor(
        self,
        kind: &str,
        id: Option<&str>,
        name: &str,
    ) -> Result<Actor, StoreError> {
        match (kind, id) {
            ("USER", Some(id)) => Ok(Actor::User {
                id: self.text(id)?,
                name: name.to_owned(),
            }),
            ("API_TOKEN", Some(id)) => Ok(Actor::ApiToken {
                id: self.text(id)?,
                name: name.to_owned(),
            }),
            ("SYSTEM", None) => Ok(Actor::System(self.text(name)?)),
            (kind, _) => Err(self.corrupt(format!("`{kind}` is no actor"))),
        }
    }
}

/// A row for those who go through many: one that cannot be read is logged and left out, so that it does
/// not keep them from the others.
pub(super) fn readable<T>(row: Result<T, StoreError>) -> Option<T> {
    row.inspect_err(|error| tracing::error!(%error, "a row is passed over"))
        .ok()
}

/// Kinds joined by commas.
pub(super) fn kinds_column(kinds: &[PolicyKind]) -> String {
    kinds
        .iter()
        .map(|kind| kind.as_str())
        .collect::<Vec<_>>()
        .join(",")
}

/// The three columns of an actor: kind, identifier, name.
pub(super) fn actor_columns(actor: &Actor) -> (&'static str, Option<String>, String) {
    let name = actor.name().to_owned();
    match actor {
        Actor::User { id, .. } => ("USER", Some(id.to_string()), name),
        Actor::ApiToken { id, .. } => ("API_TOKEN", Some(id.to_string()), name),
        Actor::System(_) => ("SYSTEM", None, name),
    }
}

/// A count or size for a signed column; beyond its range it stays at the end.
pub(super) fn big(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count for a signed column; beyond its range it stays at the end.
pub(super) fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
