//! Rules that the filters of several lists share.

use async_graphql::{ID, InputObject};

use super::{
    error::{Refusal, Result},
    ids,
    scalars::DateTime,
};
use crate::{
    domain::{global_id::GlobalId, name::Name},
    store::pages::Stretch,
};

/// A range of instants, half open: `from` is included, `to` is not. At least one of the two must be given.
#[derive(InputObject, Clone, Debug)]
pub(super) struct DateTimeRangeInput {
    /// Earliest instant, included. No lower bound when absent.
    from: Option<DateTime>,
    /// Latest instant, excluded. No upper bound when absent. Must be after `from`.
    to: Option<DateTime>,
}

/// The stretch that was meant; all of time when none was.
pub(super) fn stretch(range: Option<DateTimeRangeInput>) -> Result<Stretch> {
    let Some(DateTimeRangeInput { from, to }) = range else {
        return Ok(Stretch::default());
    };
    let (from, to) = (from.map(|at| at.0), to.map(|at| at.0));
    match (from, to) {
        (None, None) => Err(Refusal::bad_input("a range needs `from` or `to`")),
        (Some(from), Some(to)) if from >= to => Err(Refusal::bad_input(
            "the `to` of a range must be after its `from`",
        )),
        (from, to) => Ok(Stretch { from, to }),
    }
}

/// A part of a name to search for.
pub(super) fn search(part: Option<String>) -> Result<Option<String>> {
    match part {
        Some(part) if !(1..=Name::MAX_LENGTH).contains(&part.chars().count()) => {
            let most = Name::MAX_LENGTH;
            let message = format!("a search term has 1 to {most} characters");
            Err(Refusal::bad_input(message))
        }
        Some(part) if part.contains(char::is_control) => Err(Refusal::bad_input(
            "a search term has no control characters",
        )),
        part => Ok(part),
    }
}

/// The most values that a filter takes of something without a bound of its own.
const MOST_VALUES: usize = 100;

/// A list of values that has to be short.
pub(super) fn few<T>(values: Option<Vec<T>>, member: &str) -> Result<Option<Vec<T>>> {
    match values {
        Some(values) if values.len() > MOST_VALUES => {
            let message = format!("`{member}` takes at most {MOST_VALUES} values");
            Err(Refusal::bad_input(message))
        }
        values => Ok(values),
    }
}

/// Identifiers to be among. One of another tenant matches nothing.
pub(super) fn among<I: GlobalId>(values: Option<Vec<ID>>, member: &str) -> Result<Option<Vec<I>>> {
    let Some(values) = few(values, member)? else {
        return Ok(None);
    };
    values
        .iter()
        .map(ids::read)
        .collect::<Result<_>>()
        .map(Some)
}

/// The domain's words for a client's.
pub(super) fn words<A: Into<D>, D>(values: Option<Vec<A>>) -> Option<Vec<D>> {
    values.map(|values| values.into_iter().map(Into::into).collect())
}

/// Only one schedule, if it is among those asked for.
pub(super) fn only<I: PartialEq>(asked: Option<Vec<I>>, one: I) -> Vec<I> {
    match asked {
        Some(asked) => asked.into_iter().filter(|other| *other == one).collect(),
        None => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::Code;

    #[test]
    fn a_search_term_is_one_short_line() {
        let longest = "x".repeat(Name::MAX_LENGTH);
        for term in ["a", "Über 1", &longest] {
            assert_eq!(search(Some(term.to_owned())), Ok(Some(term.to_owned())));
        }
        for term in ["", "a\0b", "a\nb", &format!("{longest}x")] {
            let refused = search(Some(term.to_owned())).map_err(|refusal| refusal.code);
            assert_eq!(refused, Err(Code::BadUserInput), "{term:?}");
        }
        assert_eq!(search(None), Ok(None));
    }
}
