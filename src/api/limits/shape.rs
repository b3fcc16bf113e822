//! Sizes of a parsed document, its fragments put in place without walking them more than once.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{Directive, ExecutableDocument, OperationType, Selection, SelectionSet},
};

use super::{super::settings::Limits, Code, Refusal, at_most};

/// Size of a selection set with its fragments in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    selections: usize,
    depth: usize,
    /// Fields at its own level.
    fields: usize,
    /// Lists of the schema nested in each other.
    lists: usize,
}

/// Lists of an introspection query: nested in each other they multiply.
const LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// Fields that tell of the schema itself. Only the root of a query has them.
const INTROSPECTION: [&str; 2] = ["__schema", "__type"];

/// Refuses a document that is larger than the limits in any way.
pub(super) fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), Refusal> {
    let mut measure = Measure::of(document);
    check_written(document, limits)?;
    for (_, operation) in document.operations.iter() {
        let size = measure.size(&operation.node.selection_set.node)?;
        let (root, what) = match operation.node.ty {
            OperationType::Query => (limits.query_fields, "a number of root fields"),
            OperationType::Mutation => (limits.mutation_fields, "a number of root fields"),
            OperationType::Subscription => (1, "a number of root fields in a subscription"),
        };
        let (large, deep) = (Code::QueryTooLarge, Code::QueryTooDeep);
        at_most(
            large,
            "a number of selections",
            limits.selections,
            size.selections,
        )?;
        at_most(large, what, root, size.fields)?;
        at_most(deep, "a depth", limits.depth, size.depth)?;
        at_most(
            deep,
            "a nesting of lists of the schema",
            limits.introspection_lists,
            size.lists,
        )?;
    }
    Ok(())
}

/// What is counted as it is written, once.
#[derive(Default)]
struct Written {
    selections: usize,
    aliases: usize,
    directives: usize,
    most_directives: usize,
    is_introspection: bool,
}

fn check_written(document: &ExecutableDocument, limits: &Limits) -> Result<(), Refusal> {
    let mut written = Written::default();
    for (_, operation) in document.operations.iter() {
        written.add_directives(&operation.node.directives);
        written.add(&operation.node.selection_set.node);
    }
    for fragment in document.fragments.values() {
        written.add_directives(&fragment.node.directives);
        written.add(&fragment.node.selection_set.node);
    }
    let large = Code::QueryTooLarge;
    at_most(
        large,
        "a number of selections",
        limits.selections,
        written.selections,
    )?;
    at_most(
        large,
        "a number of aliases",
        limits.aliases,
        written.aliases,
    )?;
    at_most(
        large,
        "a number of directives",
        limits.directives,
        written.directives,
    )?;
    let (most, found) = (limits.directives_per_field, written.most_directives);
    at_most(large, "a number of directives at one place", most, found)?;
    if written.is_introspection && !limits.introspection {
        let message = "this server does not answer introspection";
        return Err(Refusal::new(Code::ValidationFailed, message));
    }
    Ok(())
}

impl Written {
    fn add_directives(&mut self, directives: &[Positioned<Directive>]) {
        self.directives += directives.len();
        self.most_directives = self.most_directives.max(directives.len());
    }

    fn add(&mut self, set: &SelectionSet) {
        for selection in &set.items {
            self.selections += 1;
            match &selection.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    self.is_introspection |= INTROSPECTION.contains(&name);
                    self.aliases += usize::from(field.node.alias.is_some());
                    self.add_directives(&field.node.directives);
                    self.add(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    self.add_directives(&fragment.node.directives);
                    self.add(&fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => self.add_directives(&spread.node.directives),
            }
        }
    }
}

struct Measure<'a> {
    document: &'a ExecutableDocument,
    known: HashMap<&'a Name, Size>,
    under_way: Vec<&'a Name>,
    /// Selections looked at: the work done, however large what they come to.
    #[cfg(test)]
    visits: usize,
}

impl<'a> Measure<'a> {
    fn of(document: &'a ExecutableDocument) -> Self {
        Self {
            document,
            known: HashMap::new(),
            under_way: Vec::new(),
            #[cfg(test)]
            visits: 0,
        }
    }

    fn size(&mut self, set: &'a SelectionSet) -> Result<Size, Refusal> {
        let mut whole = Size::default();
        for selection in &set.items {
            #[cfg(test)]
            {
                self.visits += 1;
            }
            let part = match &selection.node {
                Selection::Field(field) => {
                    let inner = self.size(&field.node.selection_set.node)?;
                    let is_list = LISTS.contains(&field.node.name.node.as_str());
                    Size {
                        selections: inner.selections.saturating_add(1),
                        depth: inner.depth + 1,
                        fields: 1,
                        lists: inner.lists + usize::from(is_list),
                    }
                }
                Selection::InlineFragment(inline) => self.size(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => {
                    self.size_of_fragment(&spread.node.fragment_name.node)?
                }
            };
            whole.selections = whole.selections.saturating_add(part.selections);
            whole.fields = whole.fields.saturating_add(part.fields);
            whole.depth = whole.depth.max(part.depth);
            whole.lists = whole.lists.max(part.lists);
        }
        Ok(whole)
    }

    fn size_of_fragment(&mut self, name: &'a Name) -> Result<Size, Refusal> {
        if let Some(size) = self.known.get(name) {
            return Ok(*size);
        }
        // A fragment that is not there is for the validation to tell of.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Size::default());
        };
        if self.under_way.contains(&name) {
            let message = format!("the fragment `{name}` spreads itself");
            return Err(Refusal::new(Code::ValidationFailed, message));
        }
        self.under_way.push(name);
        let size = self.size(&fragment.node.selection_set.node)?;
        self.under_way.pop();
        self.known.insert(name, size);
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    /// Fragments that each spread the next twice: with 22 of them, four million selections in 879
    /// bytes.
    fn bomb(fragments: usize) -> String {
        let each = |n: usize| format!("fragment F{n} on Query{{ ...F{0} ...F{0} }}\n", n + 1);
        let each: String = (1..=fragments).map(each).collect();
        let last = fragments + 1;
        format!("{{ ...F1 }}\n{each}fragment F{last} on Query {{ __typename }}")
    }

    #[test]
    fn a_bomb_is_measured_by_looking_once_at_what_is_written() {
        assert_eq!(bomb(22).len(), 879);
        for fragments in [1, 22, 190] {
            let document = parse_query(bomb(fragments)).unwrap();
            let mut measure = Measure::of(&document);
            let operation = document.operations.iter().next().unwrap().1;
            let size = measure.size(&operation.node.selection_set.node).unwrap();
            let power = u32::try_from(fragments).unwrap();
            let grown = 2_usize.saturating_pow(power);
            assert_eq!(size.selections, grown, "{fragments}");
            // One spread at the root, two in each fragment, and the field in the last.
            assert_eq!(measure.visits, 2 * fragments + 2, "{fragments}");
        }
    }
}
