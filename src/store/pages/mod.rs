//! Lists for people: filtered, in an order, a page at a time; and look-ups of many at once.
//!
//! A page begins or ends at a *place*: the value a row is ordered by, and the row's identifier for
//! those that share it. Rows that come or go elsewhere neither repeat nor skip others.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{dsl::sql, expression::SqlLiteral, prelude::*, sql_types::Timestamp};
use serde::{Deserialize, Serialize};

use super::{columns::stamp, conn::Db, error::StoreError};
use crate::domain::name::fold;

pub mod api_tokens;
pub mod audit;
pub mod backups;
pub mod items;
pub mod lookups;
pub mod members;
pub mod notifications;
pub mod policies;
pub mod runs;
pub mod schedules;
pub mod slices;
pub mod standings;
pub mod tenants;

/// The database type behind either connection, for conditions put together at run time.
type Backend = <Db as Connection>::Backend;

/// Keys in one statement: SQLite takes one parameter for each.
const CHUNK: usize = 500;

/// Which way a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// What a list is ordered by; ties are broken by identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order<F> {
    /// The value.
    pub field: F,
    /// Which way.
    pub direction: Direction,
}

/// Where a row stands in an ordered list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The value it is ordered by.
    pub sort: Sort,
    /// Its identifier.
    pub id: String,
}

/// A value that rows are ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// A text, compared byte by byte.
    Text(String),
    /// An instant.
    At(DateTime<Utc>),
}

/// A place of another order than the list's: it cannot be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the place belongs to another order")]
pub struct ForeignPlace;

/// A value as a column holds it.
trait Column: Sized {
    fn of(sort: &Sort) -> Result<Self, ForeignPlace>;
    fn sort(self) -> Sort;
}

impl Column for String {
    fn of(sort: &Sort) -> Result<Self, ForeignPlace> {
        match sort {
            Sort::Text(text) => Ok(text.clone()),
            Sort::At(_) => Err(ForeignPlace),
        }
    }

    fn sort(self) -> Sort {
        Sort::Text(self)
    }
}

impl Column for NaiveDateTime {
    fn of(sort: &Sort) -> Result<Self, ForeignPlace> {
        match sort {
            Sort::At(at) => Ok(stamp(*at)),
            Sort::Text(_) => Err(ForeignPlace),
        }
    }

    fn sort(self) -> Sort {
        Sort::At(self.and_utc())
    }
}

/// The part of a list that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Only what follows this place.
    pub after: Option<Place>,
    /// Only what precedes this place.
    pub before: Option<Place>,
    /// The most rows.
    pub size: usize,
    /// Whether the rows nearest the end are meant, and not those nearest the start.
    pub from_end: bool,
}

impl Window {
    /// One row more than asked for tells whether there are more.
    fn limit(&self) -> i64 {
        i64::try_from(self.size)
            .unwrap_or(i64::MAX)
            .saturating_add(1)
    }
}

/// Some rows of a list, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, each with its place.
    pub rows: Vec<(Place, T)>,
    /// Whether there are more in the direction of paging.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// The page in `rows`, which may hold one row more than it.
    fn cut<K: Column, R>(mut rows: Vec<(R, String, K)>, window: &Window) -> Result<Self, StoreError>
    where
        T: TryFrom<R, Error = StoreError>,
    {
        let has_more = rows.len() > window.size;
        rows.truncate(window.size);
        if window.from_end {
            rows.reverse();
        }
        let rows = rows
            .into_iter()
            .map(|(row, id, key)| {
                Ok((
                    Place {
                        sort: key.sort(),
                        id,
                    },
                    T::try_from(row)?,
                ))
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Self { rows, has_more })
    }
}

/// Why a page could not be given.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A place that does not fit the order.
    #[error(transparent)]
    Place(#[from] ForeignPlace),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for PageError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Loads the page of a boxed query on `table` that a window shows. `key` is the value of the order,
/// of type `kind`; the identifier breaks its ties.
///
/// The condition is `key >= x AND (key > x OR id > y)`, because an index can serve its first half;
/// of `key > x OR (key = x AND id > y)` it serves nothing.
macro_rules! page {
    ($db:expr, $query:expr, $table:ident as $row:ty, $key:expr => $kind:ty, $direction:expr, $window:expr) => {{
        let (window, mut query) = ($window, $query);
        let ascends = $direction == $crate::store::pages::Direction::Ascending;
        let bounds = [(&window.after, ascends), (&window.before, !ascends)];
        for (place, wants_larger) in bounds {
            let Some(place) = place else { continue };
            let (x, id) = (<$kind>::of(&place.sort)?, place.id.clone());
            query = if wants_larger {
                query.filter($key.ge(x.clone()).and($key.gt(x).or($table::id.gt(id))))
            } else {
                query.filter($key.le(x.clone()).and($key.lt(x).or($table::id.lt(id))))
            };
        }
        query = if ascends == window.from_end {
            query.order(($key.desc(), $table::id.desc()))
        } else {
            query.order(($key.asc(), $table::id.asc()))
        };
        let rows = query
            .limit(window.limit())
            .select(($table::all_columns, $table::id, $key))
            .load::<($row, String, $kind)>($db)?;
        Ok(Page::cut(rows, window)?)
    }};
}
use page;

/// The pattern that finds a part of a folded name.
fn containing(part: &str) -> String {
    let mut pattern = String::from("%");
    for character in fold(part).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Words as they are stored.
fn words<T: Copy>(values: &[T], word: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    values.iter().map(|value| word(*value)).collect()
}

/// A half-open stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stretch {
    /// Its first instant; no bound when absent.
    pub from: Option<DateTime<Utc>>,
    /// The first instant after it; no bound when absent.
    pub to: Option<DateTime<Utc>>,
}

/// An instant column whose absent values count as latest. The database reads the text as an instant.
fn or_latest(column: &'static str) -> SqlLiteral<Timestamp> {
    sql(&format!("COALESCE({column}, '9999-12-31 23:59:59')"))
}

/// An instant column whose absent values count as earliest.
fn or_earliest(column: &'static str) -> SqlLiteral<Timestamp> {
    sql(&format!("COALESCE({column}, '1000-01-01 00:00:00')"))
}
