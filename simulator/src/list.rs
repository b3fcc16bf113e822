//! Lists: filtered, ordered, cut into pages.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::{
    answer::Answer,
    change, errors,
    faults::Effect,
    filter::{Filter, order_of},
    kinds::{Kind, Side},
    odata::Order,
    paging::{self, LONGEST_PAGE, Page},
    render::{self, Query, View},
    tenant::Tenant,
};

/// How many events the audit feed tells of, however many there are.
const WRONG_COUNT: usize = 1000;

/// The page of a collection that the request asks for.
pub(crate) fn collection(
    kind: &'static Kind,
    tenant: &Tenant,
    query: &Query<'_>,
    fault: Option<&Effect>,
) -> Result<Answer, Answer> {
    let options = &query.options;
    let mut objects = tenant.objects(kind);
    if objects.is_empty() && kind.absent_when_empty {
        return Err(errors::not_found(query.place()));
    }
    if let Some(filter) = filter_of(query, kind.filtered)? {
        objects.retain(|stored| filter.admits(&stored.object));
    }
    if let Some(order) = &options.order {
        objects.sort_by(|left, right| compare(&left.object, &right.object, order));
    }
    let objects = objects.get(options.skip..).unwrap_or_default();
    let page = cut(objects, query, page_size(kind, query), fault)?;
    let mut shown = page
        .items
        .iter()
        .map(|stored| {
            let stored = match options.expansion("settings") {
                Some(_) => tenant.whole(Arc::clone(stored)),
                None => Arc::clone(stored),
            };
            render::object(kind, &stored, query, View::List).map(Value::Object)
        })
        .collect::<Result<Vec<Value>, Answer>>()?;
    let is_newer = fault == Some(&Effect::NewerDuplicateAcrossPages);
    if let (true, Some(repeated)) = (
        is_newer && paging::is_later(query.request),
        shown.first_mut(),
    ) {
        change::move_marker(repeated);
    }
    let next_link = page.next_link.or_else(|| {
        (kind.misleading && !shown.is_empty()).then(|| needless_link(query, objects.len()))
    });
    let mut body = envelope(query, kind.path, next_link);
    if kind.misleading {
        body.insert("@odata.count".to_owned(), WRONG_COUNT.into());
    } else if kind.side == Side::Intune {
        body.insert("@odata.count".to_owned(), shown.len().into());
    } else if options.count {
        body.insert("@odata.count".to_owned(), objects.len().into());
    }
    if options.select.is_none() {
        body.insert("@microsoft.graph.tips".to_owned(), tip(kind).into());
    }
    body.insert("value".to_owned(), shown.into());
    Ok(Answer::ok(body.into()))
}

/// A link behind the last page, which leads to an empty one.
fn needless_link(query: &Query<'_>, length: usize) -> String {
    let asked = query.request.query.as_str();
    let asked = asked.split("&$skiptoken=").next().unwrap_or_default();
    let joint = if asked.is_empty() { "" } else { "&" };
    query
        .request
        .url_with(&format!("{asked}{joint}$skip={}", length.max(WRONG_COUNT)))
}

/// The page of a part, or of any other list of values.
pub(crate) fn values(
    path: &str,
    elements: &[Value],
    size: usize,
    query: &Query<'_>,
    fault: Option<&Effect>,
) -> Result<Answer, Answer> {
    let filter = filter_of(query, true)?;
    let admitted: Vec<&Value> = elements
        .iter()
        .filter(|value| filter.as_ref().is_none_or(|filter| filter.admits(value)))
        .collect();
    let size = query.options.top.unwrap_or(size).clamp(1, 1000);
    let page = cut(&admitted, query, size, fault)?;
    let shown: Vec<Value> = page
        .items
        .iter()
        .map(|value| render::element(value, &query.options))
        .collect();
    let mut body = envelope(query, path, page.next_link);
    body.insert("value".to_owned(), shown.into());
    Ok(Answer::ok(body.into()))
}

fn cut<T: Clone>(
    all: &[T],
    query: &Query<'_>,
    size: usize,
    fault: Option<&Effect>,
) -> Result<Page<T>, Answer> {
    paging::page(all, query.request, size, fault)
        .map_err(|_| errors::bad_request("The skip token is not valid."))
}

fn filter_of(query: &Query<'_>, applied: bool) -> Result<Option<Filter>, Answer> {
    let text = query.options.filter.as_ref().filter(|_| applied);
    text.map(|text| Filter::parse(text))
        .transpose()
        .map_err(|_| errors::bad_request("Invalid filter clause."))
}

fn compare(left: &Value, right: &Value, order: &Order) -> std::cmp::Ordering {
    let member = |object: &Value| object.get(&order.member).cloned().unwrap_or_default();
    let ascending = order_of(&member(left), &member(right)).unwrap_or(std::cmp::Ordering::Equal);
    if order.descending {
        ascending.reverse()
    } else {
        ascending
    }
}

/// `$top` up to the longest page; some expansions shorten the page further.
fn page_size(kind: &Kind, query: &Query<'_>) -> usize {
    let asked = query
        .options
        .top
        .unwrap_or(kind.page)
        .clamp(1, LONGEST_PAGE);
    kind.parts
        .iter()
        .filter(|part| query.options.expansion(part.name).is_some())
        .filter_map(|part| part.shrinks_to)
        .fold(asked, usize::min)
}

fn envelope(query: &Query<'_>, path: &str, next_link: Option<String>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), query.context(path).into());
    if let Some(link) = next_link {
        body.insert("@odata.nextLink".to_owned(), json!(link));
    }
    body
}

fn tip(kind: &Kind) -> String {
    format!(
        "Use $select to choose only the properties your app needs, as this can lead to performance improvements. \
         For example: GET {}?$select=<key>,<key>",
        kind.path
    )
}
