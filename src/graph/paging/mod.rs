//! Collections, page by page. A list is whole or it is an error.
//!
//! Links are used as they come (written as the URL standard writes them, which changes no escape);
//! their tokens are opaque. Real services were seen to link in circles, to repeat items over pages
//! and to send empty pages before the end.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use tracing::debug;
use url::Url;

use super::{
    body::{self, Page},
    door::{Call, Door},
    error::{GraphError, PagingFault},
};
use crate::telemetry::chain;

const MOST_PAGES: usize = 2_000;
const MOST_ITEMS: usize = 200_000;
const MOST_EMPTY_PAGES: usize = 5;

/// When two items of a collection are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Their ids are equal: objects of a kind. The last one read is the newest.
    Id,
    /// They are equal: parts of an object, whose ids need not be unique.
    Whole,
}

/// Reads a collection to its end.
pub(super) async fn collect(
    door: &Door,
    call: Call,
    identity: Identity,
) -> Result<Vec<Value>, GraphError> {
    let mut pages = Pages::new(&call.url, identity);
    let mut call = call;
    loop {
        let page = door.page(&call).await?;
        match pages.take(page)? {
            Some(next) => call = call.follow(next),
            None => break,
        }
    }
    let mut items = pages.finish();
    for item in &mut items {
        continue_expansions(door, &call, item).await?;
    }
    Ok(items)
}

/// Reads a collection for as long as its pages come, at most `most_pages`; tells whether that was
/// its end. Only the first page has to come.
pub(super) async fn collect_the_most(
    door: &Door,
    call: Call,
    most_pages: usize,
) -> Result<(Vec<Value>, bool), GraphError> {
    let mut pages = Pages::new(&call.url, Identity::Whole);
    let mut next = pages.take(door.page(&call).await?)?;
    for _ in 1..most_pages {
        let Some(url) = next.clone() else { break };
        match turn(door, &call.follow(url), &mut pages).await {
            Ok(link) => next = link,
            Err(error) => {
                debug!(error = %chain(&error), "a further page did not come");
                break;
            }
        }
    }
    Ok((pages.finish(), next.is_none()))
}

async fn turn(door: &Door, call: &Call, pages: &mut Pages) -> Result<Option<Url>, GraphError> {
    Ok(pages.take(door.page(call).await?)?)
}

/// Reads the rest of expanded arrays that go on behind a link.
pub(super) async fn continue_expansions(
    door: &Door,
    call: &Call,
    object: &mut Value,
) -> Result<(), GraphError> {
    for continuation in body::continuations(object) {
        let mut pages = Pages::new(&call.url, Identity::Whole);
        let mut next = Some(pages.follow(&continuation.link)?);
        while let Some(url) = next {
            next = pages.take(door.page(&call.follow(url)).await?)?;
        }
        let array = object.pointer_mut(&continuation.pointer);
        let array = array.and_then(Value::as_array_mut);
        array
            .ok_or(PagingFault::LooseLink)?
            .append(&mut pages.finish());
    }
    Ok(())
}

/// The pages of one collection so far.
#[derive(Debug)]
struct Pages {
    /// Scheme, host, port and version that links must keep.
    home: Home,
    identity: Identity,
    seen: HashSet<String>,
    items: Vec<Value>,
    places: HashMap<String, usize>,
    repeated: usize,
    pages: usize,
    empty_in_a_row: usize,
}

impl Pages {
    fn new(first: &Url, identity: Identity) -> Self {
        Self {
            home: Home::of(first),
            identity,
            seen: HashSet::from([first.as_str().to_owned()]),
            items: Vec::new(),
            places: HashMap::new(),
            repeated: 0,
            pages: 0,
            empty_in_a_row: 0,
        }
    }

    /// Takes a page over; gives the address of the next one.
    fn take(&mut self, page: Page) -> Result<Option<Url>, PagingFault> {
        self.pages += 1;
        self.empty_in_a_row = match page.items.is_empty() {
            true => self.empty_in_a_row + 1,
            false => 0,
        };
        page.items.into_iter().for_each(|item| self.add(item));
        if self.items.len() > MOST_ITEMS {
            return Err(PagingFault::TooManyItems);
        }
        let Some(link) = page.next else {
            return Ok(None);
        };
        if self.pages >= MOST_PAGES {
            return Err(PagingFault::TooManyPages);
        }
        if self.empty_in_a_row > MOST_EMPTY_PAGES {
            return Err(PagingFault::EmptyPages);
        }
        self.follow(&link).map(Some)
    }

    /// The address behind a link, unless it must not be followed.
    fn follow(&mut self, link: &str) -> Result<Url, PagingFault> {
        let url = Url::parse(link).map_err(|_| PagingFault::ForeignLink)?;
        if !self.home.holds(&url) {
            return Err(PagingFault::ForeignLink);
        }
        match self.seen.insert(url.as_str().to_owned()) {
            true => Ok(url),
            false => Err(PagingFault::Loop),
        }
    }

    fn add(&mut self, item: Value) {
        let key = match self.identity {
            Identity::Id => item.get("id").map(Value::to_string),
            Identity::Whole => Some(item.to_string()),
        };
        let place = match key {
            Some(key) => *self.places.entry(key).or_insert(self.items.len()),
            None => self.items.len(),
        };
        match self.items.get_mut(place) {
            Some(earlier) => {
                self.repeated += 1;
                *earlier = item;
            }
            None => self.items.push(item),
        }
    }

    fn finish(self) -> Vec<Value> {
        if self.repeated > 0 {
            debug!(repeated = self.repeated, "items were repeated over pages");
        }
        self.items
    }
}

/// Where the links of a collection have to stay, so that the token stays there.
#[derive(Debug)]
struct Home {
    scheme: String,
    host: Option<String>,
    port: Option<u16>,
    /// The path up to the API version.
    root: String,
}

impl Home {
    fn of(url: &Url) -> Self {
        let versions = ["/beta/", "/v1.0/"];
        let end = versions
            .iter()
            .find_map(|version| Some(url.path().find(version)? + version.len()));
        Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().map(str::to_owned),
            port: url.port_or_known_default(),
            root: end
                .and_then(|end| url.path().get(..end))
                .unwrap_or("/")
                .to_owned(),
        }
    }

    fn holds(&self, url: &Url) -> bool {
        url.scheme() == self.scheme
            && url.host_str() == self.host.as_deref()
            && url.port_or_known_default() == self.port
            && url.path().starts_with(&self.root)
            && url.username().is_empty()
            && url.password().is_none()
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
