//! Which elements of two lists are the same.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;

use super::{identity::identity, places::Place};

/// An element and its index.
type Numbered<'a> = (usize, &'a Value);

/// An element of either list that is in both, or of one of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    /// In the earlier list.
    pub(super) before: Option<Numbered<'a>>,
    /// In the later list.
    pub(super) after: Option<Numbered<'a>>,
}

impl<'a> Pair<'a> {
    fn both(before: Numbered<'a>, after: Numbered<'a>) -> Self {
        Self {
            before: Some(before),
            after: Some(after),
        }
    }

    fn gone(before: Numbered<'a>) -> Self {
        Self {
            before: Some(before),
            after: None,
        }
    }

    fn new(after: Numbered<'a>) -> Self {
        Self {
            before: None,
            after: Some(after),
        }
    }
}

/// Comparisons that may still be made to find out what ordered lists have in common: their number is the
/// product of the lengths of two lists.
#[derive(Debug)]
pub(super) struct Effort(usize);

impl Effort {
    /// Takes what two lists cost. False, and nothing taken, when that is more than half of what is left:
    /// one pair of lists leaves something for the others.
    fn take(&mut self, cost: usize) -> bool {
        let is_enough = cost <= self.0 / 2;
        if is_enough {
            self.0 -= cost;
        }
        is_enough
    }
}

impl Default for Effort {
    fn default() -> Self {
        Self(4_000_000)
    }
}

/// The elements of lists without order that differ: those with the same identity together. Elements
/// that are the same, wherever they stand, are left out.
pub(super) fn unordered<'a>(
    before: &'a [Value],
    after: &'a [Value],
    (key, element): (&str, &Place),
) -> Vec<Pair<'a>> {
    let form = |(_, value): &Numbered<'a>| Some(form(value, element));
    let [before, after] = [before, after].map(|list| list.iter().enumerate().collect());
    let (_, before, after) = matched(before, after, form);
    let same = |(_, value): &Numbered<'a>| identity(value, Some(key));
    let (mut pairs, before, after) = matched(before, after, same);
    pairs.extend(before.into_iter().map(Pair::gone));
    pairs.extend(after.into_iter().map(Pair::new));
    pairs
}

/// Elements with the same key, each once, in their order; and the others of either list.
fn matched<'a>(
    before: Vec<Numbered<'a>>,
    after: Vec<Numbered<'a>>,
    key: impl Fn(&Numbered<'a>) -> Option<String>,
) -> (Vec<Pair<'a>>, Vec<Numbered<'a>>, Vec<Numbered<'a>>) {
    let mut open: HashMap<Option<String>, VecDeque<Numbered<'a>>> = HashMap::new();
    for numbered in before {
        open.entry(key(&numbered)).or_default().push_back(numbered);
    }
    let (mut pairs, mut new) = (Vec::new(), Vec::new());
    for numbered in after {
        let key = key(&numbered).map(Some);
        let found = key.and_then(|key| open.get_mut(&key)?.pop_front());
        match found {
            Some(before) => pairs.push(Pair::both(before, numbered)),
            None => new.push(numbered),
        }
    }
    let mut gone: Vec<Numbered<'a>> = open.into_values().flatten().collect();
    gone.sort_unstable_by_key(|(index, _)| *index);
    (pairs, gone, new)
}

/// The elements of lists whose order counts, in the order of both: as many of those with the same
/// identity together as are in the same order.
pub(super) fn ordered<'a>(
    before: &'a [Value],
    after: &'a [Value],
    element: &Place,
    effort: &mut Effort,
) -> Vec<Pair<'a>> {
    let mut names: BTreeMap<Token, usize> = BTreeMap::new();
    let mut numbered = |list: &'a [Value]| -> Vec<(usize, Numbered<'a>)> {
        let tokens = list.iter().enumerate().map(|(index, value)| {
            let next = names.len();
            let token = *names.entry(Token::of(value, element)).or_insert(next);
            (token, (index, value))
        });
        tokens.collect()
    };
    let (before, after) = (numbered(before), numbered(after));
    let common = |one: &mut dyn Iterator<Item = &(usize, Numbered<'a>)>,
                  other: &mut dyn Iterator<Item = &(usize, Numbered<'a>)>| {
        one.zip(other)
            .take_while(|(one, other)| one.0 == other.0)
            .count()
    };
    let head = common(&mut before.iter(), &mut after.iter());
    let (first, before) = before.split_at_checked(head).unwrap_or_default();
    let (also, after) = after.split_at_checked(head).unwrap_or_default();
    let tail = common(&mut before.iter().rev(), &mut after.iter().rev());
    let cut = |list: &[(usize, Numbered<'a>)]| list.len() - tail;
    let (before, last) = before.split_at_checked(cut(before)).unwrap_or_default();
    let (after, too) = after.split_at_checked(cut(after)).unwrap_or_default();
    let pair = |((_, one), (_, other)): (&(usize, Numbered<'a>), &(usize, Numbered<'a>))| {
        Pair::both(*one, *other)
    };
    let mut pairs: Vec<Pair<'a>> = first.iter().zip(also).map(pair).collect();
    between(before, after, effort, &mut pairs);
    pairs.extend(last.iter().zip(too).map(pair));
    pairs
}

/// What an element of an ordered list is found again by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    /// Its identity.
    Identity(String),
    /// All of it: it has no identity.
    Form(String),
}

impl Token {
    fn of(value: &Value, element: &Place) -> Self {
        match identity(value, None) {
            Some(identity) => Self::Identity(identity),
            None => Self::Form(form(value, element)),
        }
    }
}

/// The pairs of two stretches, along a longest common subsequence of their tokens.
fn between<'a>(
    before: &[(usize, Numbered<'a>)],
    after: &[(usize, Numbered<'a>)],
    effort: &mut Effort,
    pairs: &mut Vec<Pair<'a>>,
) {
    if !effort.take(before.len().saturating_mul(after.len())) {
        roughly(before, after, pairs);
        return;
    }
    let lengths = lengths(before, after);
    let longest = |before: usize, after: usize| {
        let row = lengths.get(before);
        row.and_then(|row| row.get(after))
            .copied()
            .unwrap_or_default()
    };
    let (mut befores, mut afters) = (before.iter().peekable(), after.iter().peekable());
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    while let (Some((one, earlier)), Some((other, later))) = (befores.peek(), afters.peek()) {
        if one == other {
            gap(gone.drain(..), new.drain(..), pairs);
            pairs.push(Pair::both(*earlier, *later));
            befores.next();
            afters.next();
        } else if longest(befores.len() - 1, afters.len())
            >= longest(befores.len(), afters.len() - 1)
        {
            gone.push(*earlier);
            befores.next();
        } else {
            new.push(*later);
            afters.next();
        }
    }
    gone.extend(befores.map(|it| it.1));
    new.extend(afters.map(|it| it.1));
    gap(gone.into_iter(), new.into_iter(), pairs);
}

/// The same in less time: along a common subsequence that is a longest one where no token stands twice in
/// a list, as none that is an identity does.
fn roughly<'a>(
    before: &[(usize, Numbered<'a>)],
    after: &[(usize, Numbered<'a>)],
    pairs: &mut Vec<Pair<'a>>,
) {
    let mut open: HashMap<usize, VecDeque<usize>> = HashMap::new();
    for (place, (token, _)) in before.iter().enumerate() {
        open.entry(*token).or_default().push_back(place);
    }
    let found = after.iter().enumerate().filter_map(|(place, (token, _))| {
        let earlier = open.get_mut(token)?.pop_front()?;
        Some((earlier, place))
    });
    let found: Vec<(usize, usize)> = found.collect();
    let elements = |list: &[(usize, Numbered<'a>)], from: usize, to: usize| -> Vec<Numbered<'a>> {
        let stretch = list.get(from..to).unwrap_or_default();
        stretch.iter().map(|it| it.1).collect()
    };
    let mut next = (0, 0);
    for (earlier, later) in rising(&found) {
        let (gone, new) = (
            elements(before, next.0, earlier),
            elements(after, next.1, later),
        );
        gap(gone.into_iter(), new.into_iter(), pairs);
        let both = before.get(earlier).zip(after.get(later));
        pairs.extend(both.map(|((_, one), (_, other))| Pair::both(*one, *other)));
        next = (earlier + 1, later + 1);
    }
    let (gone, new) = (
        elements(before, next.0, before.len()),
        elements(after, next.1, after.len()),
    );
    gap(gone.into_iter(), new.into_iter(), pairs);
}

/// As many as possible of some pairs of places, which rise by their second place, so that they rise by
/// their first place too.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // Of the rows of each length the one that ends lowest: the index of its last pair.
    let mut ends: Vec<usize> = Vec::new();
    let mut before_it: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (place, _)) in pairs.iter().enumerate() {
        let is_below = |end: &usize| pairs.get(*end).is_some_and(|(other, _)| other < place);
        let length = ends.partition_point(is_below);
        let last = length.checked_sub(1);
        before_it.push(last.and_then(|last| ends.get(last).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut row = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(index) = next {
        row.extend(pairs.get(index));
        next = before_it.get(index).copied().flatten();
    }
    row.reverse();
    row
}

/// The lengths of the longest common subsequences of the last so many tokens of either list.
fn lengths(before: &[(usize, Numbered<'_>)], after: &[(usize, Numbered<'_>)]) -> Vec<Vec<u32>> {
    let mut rows = vec![vec![0; after.len() + 1]];
    for (one, _) in before.iter().rev() {
        let mut row = Vec::with_capacity(after.len() + 1);
        row.push(0_u32);
        let shorter = rows.last().map(Vec::as_slice).unwrap_or_default();
        for ((other, _), lengths) in after.iter().rev().zip(shorter.windows(2)) {
            let (both, without) = match lengths {
                [both, without] => (*both, *without),
                _ => (0, 0),
            };
            let alone = row.last().copied().unwrap_or_default();
            row.push(if one == other {
                both + 1
            } else {
                without.max(alone)
            });
        }
        rows.push(row);
    }
    rows
}

/// The pairs of two stretches that have no token in common, or none in the same order: elements without
/// an identity may have been changed, so they are taken together by their place; the others went or came.
fn gap<'a>(
    before: impl Iterator<Item = Numbered<'a>>,
    after: impl Iterator<Item = Numbered<'a>>,
    pairs: &mut Vec<Pair<'a>>,
) {
    let is_nameless = |(_, value): &Numbered<'a>| identity(value, None).is_none();
    let (nameless, gone): (Vec<_>, Vec<_>) = before.partition(is_nameless);
    let (also, new): (Vec<_>, Vec<_>) = after.partition(is_nameless);
    let paired = nameless.len().min(also.len());
    let both = nameless.iter().zip(&also);
    pairs.extend(both.map(|(before, after)| Pair::both(*before, *after)));
    pairs.extend(
        nameless
            .into_iter()
            .skip(paired)
            .chain(gone)
            .map(Pair::gone),
    );
    pairs.extend(also.into_iter().skip(paired).chain(new).map(Pair::new));
}

/// A text that is the same for values that differ in the order of lists without order at most.
fn form(value: &Value, place: &Place) -> String {
    let mut text = String::new();
    write(value, place, &mut text);
    text
}

fn write(value: &Value, place: &Place, text: &mut String) {
    match value {
        Value::Object(members) => {
            text.push('{');
            for (name, member) in members {
                text.push_str(&Value::from(name.as_str()).to_string());
                write(member, &place.member(name), text);
            }
            text.push('}');
        }
        Value::Array(elements) => {
            let element = place.element();
            let mut forms: Vec<String> = elements.iter().map(|it| form(it, &element)).collect();
            if place.key.is_some() {
                forms.sort_unstable();
            }
            text.push('[');
            text.push_str(&forms.join(","));
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
    }
}
