//! Pages of lists that are worked out and not stored: they are whole in memory, in their order.

use std::cmp::Ordering;

use super::{Direction, ForeignPlace, Page, Place, Sort, Window};

/// The page of a list that a window shows. The rows come in the order of the list.
pub fn slice<T>(
    rows: impl Iterator<Item = (Place, T)>,
    direction: Direction,
    window: &Window,
) -> Result<Page<T>, ForeignPlace> {
    let mut within = Vec::new();
    for (place, row) in rows {
        let follows = is_past(&place, window.after.as_ref(), direction, Ordering::Greater)?;
        if follows && is_past(&place, window.before.as_ref(), direction, Ordering::Less)? {
            within.push((place, row));
        }
    }
    let has_more = within.len() > window.size;
    if has_more && window.from_end {
        within.drain(..within.len() - window.size);
    }
    within.truncate(window.size);
    Ok(Page {
        rows: within,
        has_more,
    })
}

fn is_past(
    place: &Place,
    bound: Option<&Place>,
    direction: Direction,
    wanted: Ordering,
) -> Result<bool, ForeignPlace> {
    let Some(bound) = bound else { return Ok(true) };
    let by_value = match (&place.sort, &bound.sort) {
        (Sort::Text(one), Sort::Text(other)) => one.cmp(other),
        (Sort::At(one), Sort::At(other)) => one.cmp(other),
        (Sort::Text(_), Sort::At(_)) | (Sort::At(_), Sort::Text(_)) => return Err(ForeignPlace),
    };
    let order = by_value.then_with(|| place.id.cmp(&bound.id));
    let order = match direction {
        Direction::Ascending => order,
        Direction::Descending => order.reverse(),
    };
    Ok(order == wanted)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn place(text: &str) -> Place {
        let (sort, id) = text.split_at(1);
        Place {
            sort: Sort::Text(sort.to_owned()),
            id: id.to_owned(),
        }
    }

    fn shown(words: &[&str], direction: Direction, window: &Window) -> (String, bool) {
        let rows = words.iter().map(|word| (place(word), *word));
        let page = slice(rows, direction, window).unwrap();
        let words: Vec<&str> = page.rows.iter().map(|(_, word)| *word).collect();
        (words.join(" "), page.has_more)
    }

    #[test]
    fn a_page_is_cut_out_from_either_end() {
        let window = |after: Option<&str>, before: Option<&str>, size, from_end| Window {
            after: after.map(place),
            before: before.map(place),
            size,
            from_end,
        };
        let up = ["a1", "a2", "b1", "c1"];
        let down = ["c1", "b1", "a2", "a1"];
        let (ascending, descending) = (Direction::Ascending, Direction::Descending);
        let cases = [
            (up, ascending, window(None, None, 2, false), ("a1 a2", true)),
            (
                up,
                ascending,
                window(Some("a1"), None, 2, false),
                ("a2 b1", true),
            ),
            (
                up,
                ascending,
                window(Some("a2"), None, 2, false),
                ("b1 c1", false),
            ),
            (
                up,
                ascending,
                window(None, None, 3, true),
                ("a2 b1 c1", true),
            ),
            (
                up,
                ascending,
                window(Some("a1"), Some("c1"), 9, true),
                ("a2 b1", false),
            ),
            (
                down,
                descending,
                window(Some("b1"), None, 1, false),
                ("a2", true),
            ),
            (
                down,
                descending,
                window(None, Some("a2"), 1, true),
                ("b1", true),
            ),
            (up, ascending, window(None, None, 0, false), ("", true)),
        ];
        for (words, direction, window, (expected, has_more)) in cases {
            let found = shown(&words, direction, &window);
            assert_eq!(found, (expected.to_owned(), has_more), "{window:?}");
        }
    }

    #[test]
    fn a_place_of_another_order_is_refused() {
        let window = Window {
            after: Some(Place {
                sort: Sort::At(DateTime::UNIX_EPOCH),
                id: String::new(),
            }),
            size: 1,
            ..Window::default()
        };
        let rows = [(place("a1"), ())].into_iter();
        assert_eq!(
            slice(rows, Direction::Ascending, &window),
            Err(ForeignPlace)
        );
    }
}
