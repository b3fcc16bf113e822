//! Two documents side by side, from their roots to where they differ.

use serde_json::{Map, Value};

use super::{
    Change, DiffKind, MOST_CHANGES, Part, Step, identity,
    lists::{self, Pair},
    places::Place,
};

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The differences, in the order in which they were come by; one more than are told, if there are more.
    pub(super) changes: Vec<Change>,
    part: Option<Part>,
    path: Vec<Step>,
    effort: lists::Effort,
}

impl Walk {
    /// Compares a part of either capture, which may be absent.
    pub(super) fn part(
        &mut self,
        part: Part,
        before: Option<&Value>,
        after: Option<&Value>,
        place: &Place,
    ) {
        self.part = Some(part);
        self.either(before, after, place);
    }

    fn either(&mut self, before: Option<&Value>, after: Option<&Value>, place: &Place) {
        match (before, after) {
            (Some(before), Some(after)) => self.both(before, after, place),
            (Some(_), None) => self.note(DiffKind::Removed, before, after),
            (None, Some(_)) => self.note(DiffKind::Added, before, after),
            (None, None) => {}
        }
    }

    fn both(&mut self, before: &Value, after: &Value, place: &Place) {
        if self.changes.len() > MOST_CHANGES || before == after {
            return;
        }
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => self.objects(before, after, place),
            (Value::Array(before), Value::Array(after)) => self.arrays(before, after, place),
            (
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_),
                _,
            ) => self.note(DiffKind::Changed, Some(before), Some(after)),
        }
    }

    fn objects(&mut self, before: &Map<String, Value>, after: &Map<String, Value>, place: &Place) {
        let gone = before.keys().filter(|name| !after.contains_key(*name));
        for name in after.keys().chain(gone) {
            self.path.push(Step::Member(name.clone()));
            self.either(before.get(name), after.get(name), &place.member(name));
            self.path.pop();
        }
    }

    fn arrays(&mut self, before: &[Value], after: &[Value], place: &Place) {
        let element = place.element();
        let pairs = match place.key {
            Some(key) => lists::unordered(before, after, (key, &element)),
            None => lists::ordered(before, after, &element, &mut self.effort),
        };
        for Pair { before, after } in pairs {
            let shown = after.or(before).map(|(_, value)| value);
            self.path.push(Step::Element {
                before: before.map(|(index, _)| index),
                after: after.map(|(index, _)| index),
                key: shown.and_then(|value| identity::key(self.part, value, place.key)),
            });
            let value = |of: Option<(usize, _)>| of.map(|(_, value)| value);
            self.either(value(before), value(after), &element);
            self.path.pop();
        }
    }

    fn note(&mut self, kind: DiffKind, before: Option<&Value>, after: Option<&Value>) {
        let Some(part) = self.part.filter(|_| self.changes.len() <= MOST_CHANGES) else {
            return;
        };
        self.changes.push(Change {
            part,
            path: self.path.clone(),
            kind,
            before: before.cloned(),
            after: after.cloned(),
        });
    }
}
