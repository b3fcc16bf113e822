//! Which fault strikes which request.

use std::sync::Mutex;

use uuid::Uuid;

use crate::{
    faults::{Effect, Fault, FaultPlan, Hits},
    request::Incoming,
    sync::lock,
    uri,
};

/// The plan with its counts.
#[derive(Debug)]
pub(crate) struct FaultBook(Mutex<Vec<Counted>>);

#[derive(Debug)]
struct Counted {
    fault: Fault,
    hits: u64,
}

impl FaultBook {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        Self(Mutex::new(plan.0.into_iter().map(Counted::new).collect()))
    }

    pub(crate) fn add(&self, fault: Fault) {
        lock(&self.0).push(Counted::new(fault));
    }

    /// Puts a plan in the place of all faults.
    pub(crate) fn replace(&self, plan: FaultPlan) {
        *lock(&self.0) = plan.0.into_iter().map(Counted::new).collect();
    }

    pub(crate) fn clear(&self) {
        self.replace(FaultPlan::default());
    }

    /// Counts the request in every fault it concerns; the first fault that is due strikes.
    pub(crate) fn strike(&self, request: &Incoming, tenant: Option<Uuid>) -> Option<Effect> {
        let path = uri::decode(&request.path);
        let mut struck = None;
        for counted in lock(&self.0).iter_mut() {
            if concerns(&counted.fault, request, &path, tenant) {
                counted.hits += 1;
                if struck.is_none() && is_due(counted.fault.hits, counted.hits) {
                    struck = Some(counted.fault.effect.clone());
                }
            }
        }
        struck
    }
}

impl Counted {
    fn new(fault: Fault) -> Self {
        Self { fault, hits: 0 }
    }
}

fn concerns(fault: &Fault, request: &Incoming, path: &str, tenant: Option<Uuid>) -> bool {
    let query = |part: &String| uri::decode_query(&request.query).contains(part.as_str());
    (fault.tenant.is_none() || fault.tenant == tenant)
        && fault
            .method
            .as_ref()
            .is_none_or(|method| request.method.eq_ignore_ascii_case(method))
        && fault
            .path
            .as_ref()
            .is_none_or(|pattern| path_matches(pattern, path))
        && fault.query.as_ref().is_none_or(query)
}

fn is_due(hits: Hits, hit: u64) -> bool {
    match hits {
        Hits::Always => true,
        Hits::First(count) => hit <= count,
        Hits::Nth(number) => hit == number,
        Hits::After(count) => hit > count,
        Hits::Every(step) => step > 0 && hit.is_multiple_of(step),
    }
}

/// Whether a path contains a text or, with a `*` in it, matches it from end to end.
pub(crate) fn path_matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => path.contains(pattern),
        Some((start, rest)) => path
            .strip_prefix(start)
            .is_some_and(|remaining| tail_matches(rest, remaining)),
    }
}

/// Whether some end of `text` matches the pattern behind a `*`.
fn tail_matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => text.ends_with(pattern),
        Some((piece, rest)) => text.match_indices(piece).any(|(at, _)| {
            text.get(at + piece.len()..)
                .is_some_and(|text| tail_matches(rest, text))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_from_end_to_end_and_a_plain_text_anywhere() {
        let list = "/beta/deviceManagement/intents";
        let item = "/beta/deviceManagement/intents/7/settings";
        let cases = [
            ("intents", list, true),
            ("intents", item, true),
            ("*/intents", list, true),
            ("*/intents", item, false),
            ("*/intents/*", item, true),
            ("*/intents/*/settings", item, true),
            ("/v1.0/*", item, false),
            ("*", item, true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(path_matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn hits_are_counted_from_one() {
        let struck = |hits| {
            (1..=6)
                .filter(|hit| is_due(hits, *hit))
                .collect::<Vec<u64>>()
        };
        assert_eq!(struck(Hits::First(2)), [1, 2]);
        assert_eq!(struck(Hits::Nth(3)), [3]);
        assert_eq!(struck(Hits::After(4)), [5, 6]);
        assert_eq!(struck(Hits::Every(3)), [3, 6]);
        assert!(struck(Hits::Every(0)).is_empty());
    }
}
