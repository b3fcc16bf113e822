//! Connections: how clients page through lists.

use std::sync::Arc;

use async_graphql::{Enum, SimpleObject};

use super::{
    call::Call,
    cursors::Fingerprint,
    error::{Code, Refusal, Result},
};
use crate::store::{
    Db, StoreError,
    pages::{self, PageError, Window},
};

/// Direction of an ordering.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "pages::Direction")]
pub(super) enum OrderDirection {
    /// Smallest, earliest or alphabetically first value first.
    #[graphql(name = "ASC")]
    Ascending,
    /// Largest, latest or alphabetically last value first.
    #[graphql(name = "DESC")]
    Descending,
}

/// Where a page stands in its connection, as in the Relay cursor connections specification.
#[derive(SimpleObject, Clone, Debug)]
pub(super) struct PageInfo {
    /// Whether more edges follow this page. Exact when paging forward; when paging with `last` it is true if `before` was given and its edge still exists.
    has_next_page: bool,
    /// Whether edges precede this page. Exact when paging backward; when paging with `first` it is true if `after` was given.
    has_previous_page: bool,
    /// Cursor of the first edge of this page; null when the page is empty.
    start_cursor: Option<String>,
    /// Cursor of the last edge of this page; null when the page is empty. Pass it as `after` to go on.
    end_cursor: Option<String>,
}

/// Rows of a page without `first` and `last`.
const DEFAULT_SIZE: usize = 25;

/// The most rows of a page.
pub(super) const MAX_SIZE: usize = 100;

/// Points of the field `totalCount`.
pub(super) const COUNT_POINTS: usize = 10;

/// Points of anything that costs more than a request may: sums of these stay far from overflowing.
pub(super) const TOO_MANY_POINTS: usize = 1_000_000_000;

/// Points of a connection: those of its selection for each row of a page.
pub(super) fn points(first: Option<i32>, last: Option<i32>, children: usize) -> usize {
    let size = first.or(last).map_or(DEFAULT_SIZE, |size| {
        usize::try_from(size).unwrap_or_default()
    });
    let points = size.max(1).saturating_mul(children).saturating_add(1);
    points.min(TOO_MANY_POINTS)
}

/// The arguments that every connection has.
#[derive(Clone, Debug, Default)]
pub(super) struct PageArguments {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl PageArguments {
    fn window(&self, fingerprint: &Fingerprint) -> Result<Window> {
        if self.first.is_some() && self.last.is_some() {
            let message = "`first` and `last` cannot be used together";
            return Err(Refusal::bad_input(message));
        }
        let place = |cursor: &Option<String>| {
            cursor
                .as_ref()
                .map(|cursor| fingerprint.open(cursor))
                .transpose()
        };
        Ok(Window {
            after: place(&self.after)?,
            before: place(&self.before)?,
            size: size(self.first.or(self.last))?,
            from_end: self.last.is_some(),
        })
    }
}

fn size(asked: Option<i32>) -> Result<usize> {
    let Some(asked) = asked else {
        return Ok(DEFAULT_SIZE);
    };
    let size = usize::try_from(asked).ok().filter(|size| *size <= MAX_SIZE);
    size.ok_or_else(|| {
        let message = format!("a page has 0 to {MAX_SIZE} rows, not {asked}");
        Refusal::new(Code::PageSizeOutOfRange, message)
    })
}

type Counter = Arc<dyn Fn(&mut Db) -> std::result::Result<i64, StoreError> + Send + Sync>;

/// A page of views, ready to be shown as a connection.
#[derive(Clone)]
pub(super) struct Page<V> {
    /// The rows with their cursors.
    pub(super) rows: Vec<(String, V)>,
    /// Where the page stands.
    pub(super) info: PageInfo,
    counter: Counter,
}

impl<V> Page<V> {
    /// How many rows the whole list has; asked only when a client wants to know.
    pub(super) async fn total_count(&self, call: &Call) -> Result<i32> {
        let counter = self.counter.clone();
        let count = call.store.read(move |db| counter(db)).await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

/// A list: how to load a page of it, how to count it, and what its cursors are bound to.
pub(super) struct List<L, C> {
    pub(super) fingerprint: Fingerprint,
    pub(super) load: L,
    pub(super) count: C,
}

impl<L, C> List<L, C> {
    /// The page asked for, each row made a view.
    pub(super) async fn page<T, V>(
        self,
        call: &Call,
        arguments: &PageArguments,
        view: impl Fn(T) -> V,
    ) -> Result<Page<V>>
    where
        T: Send + 'static,
        L: FnOnce(&mut Db, &Window) -> std::result::Result<pages::Page<T>, PageError>
            + Send
            + 'static,
        C: Fn(&mut Db) -> std::result::Result<i64, StoreError> + Send + Sync + 'static,
    {
        let window = arguments.window(&self.fingerprint)?;
        let (load, asked) = (self.load, window.clone());
        let page = call.store.read(move |db| load(db, &asked)).await?;
        let has_more = page.has_more;
        let rows: Vec<(String, V)> = page
            .rows
            .into_iter()
            .map(|(place, row)| (self.fingerprint.seal(&place), view(row)))
            .collect();
        let cursor = |row: Option<&(String, V)>| row.map(|(cursor, _)| cursor.clone());
        let (ahead, behind) = (window.before.is_some(), window.after.is_some());
        let info = PageInfo {
            has_next_page: if window.from_end { ahead } else { has_more },
            has_previous_page: if window.from_end { has_more } else { behind },
            start_cursor: cursor(rows.first()),
            end_cursor: cursor(rows.last()),
        };
        Ok(Page {
            rows,
            info,
            counter: Arc::new(self.count),
        })
    }
}

/// Declares a connection, which differs from others in its names and texts only.
macro_rules! connection {
    (
        $connection:ident $name:tt of $edge:ident with $node:ident:
        $about:tt, edges $edges:tt, nodes $nodes:tt
    ) => {
        pub(super) struct $connection(pub(super) $crate::api::pages::Page<$node>);

        #[doc = $about]
        #[async_graphql::Object(name = $name)]
        impl $connection {
            #[doc = $edges]
            async fn edges(&self) -> Vec<$edge> {
                self.0.rows.iter().cloned().map($edge::from).collect()
            }

            #[doc = $nodes]
            async fn nodes(&self) -> Vec<$node> {
                self.0.rows.iter().map(|(_, node)| node.clone()).collect()
            }

            /// Where this page stands.
            async fn page_info(&self) -> $crate::api::pages::PageInfo {
                self.0.info.clone()
            }

            /// How many match the filter, over all pages. Counted only when selected; costs 10 points.
            #[graphql(complexity = "crate::api::pages::COUNT_POINTS")]
            async fn total_count(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> $crate::api::error::Result<i32> {
                self.0.total_count($crate::api::call::Call::of(ctx)).await
            }
        }
    };
}
pub(super) use connection;

/// Declares the edge of a connection: a node and its cursor.
macro_rules! edge {
    ($edge:ident $name:tt with $node:ident: $about:tt, node $one:tt) => {
        #[doc = $about]
        #[derive(async_graphql::SimpleObject, Clone)]
        #[graphql(name = $name)]
        pub(super) struct $edge {
            /// Position in the connection. Opaque; valid only with the same filter and order.
            cursor: String,
            #[doc = $one]
            node: $node,
        }

        impl From<(String, $node)> for $edge {
            fn from((cursor, node): (String, $node)) -> Self {
                Self { cursor, node }
            }
        }
    };
}
pub(super) use edge;
