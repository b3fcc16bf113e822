//! What is served: one entry for each collection, and the parts of its objects that have a route
//! or an expansion of their own.

use crate::{
    kind_table, kind_table_rare,
    licence::Licence,
    permissions::{CONFIGURATION, GROUPS},
    request::Version,
};

/// Page size of most collections when `$top` is absent.
const USUAL_PAGE: usize = 100;
/// Page size of the settings catalog and its neighbours.
pub(crate) const SMALL_PAGE: usize = 25;

/// One collection of Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Name of the collection, also that of its folder in a corpus.
    pub(crate) collection: &'static str,
    /// Path behind the version.
    pub(crate) path: &'static str,
    pub(crate) side: Side,
    /// Whether v1.0 has it too.
    pub(crate) in_v1: bool,
    /// Any of these opens it; none where only people are let in.
    pub(crate) permissions: &'static [&'static str],
    /// Objects on a page without `$top`.
    pub(crate) page: usize,
    pub(crate) content: ContentRule,
    /// Whether `$filter` has an effect; some collections ignore it.
    pub(crate) filtered: bool,
    pub(crate) shape: Shape,
    /// Whether a list without objects is answered with 404.
    pub(crate) absent_when_empty: bool,
    /// Whether the list tells a wrong count and has a needless link behind its last page.
    pub(crate) misleading: bool,
    /// The licence beside that of Intune without which it is refused.
    pub(crate) licence: Option<Licence>,
    pub(crate) parts: &'static [Part],
}

/// Which half of Graph serves a collection; they differ in licences and in how they refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Intune,
    Directory,
}

/// What the path of a collection leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    List,
    Single,
    /// One object on v1.0, a list of one on beta.
    SingleOnV1,
}

/// When the members that are stored apart as content are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentRule {
    /// Only in the answer to a GET of the item.
    OnItem,
    /// There, and on the list where `$select` names them.
    OnItemOrSelected,
}

/// A part of an object that is stored beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Name of the navigation, and of the stored part.
    pub(crate) name: &'static str,
    /// Whether it is a list.
    pub(crate) many: bool,
    pub(crate) on_list: Expansion,
    /// Whether `$expand` of the item shows it.
    pub(crate) on_item: bool,
    /// Whether it has a route below the item.
    pub(crate) routed: bool,
    /// Elements on a page of its route without `$top`.
    pub(crate) page: usize,
    /// Longest page of the list that shows it expanded.
    pub(crate) shrinks_to: Option<usize>,
    /// Media type of the bytes that its route sends; JSON if absent.
    pub(crate) media_type: Option<&'static str>,
}

/// What `$expand` does on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expansion {
    Shown,
    /// Taken, but always empty.
    Empty,
    Refused,
}

/// The segment of a path in whose place stands the identifier of the tenant.
pub(crate) const TENANT: &str = "{tenant}";

/// Navigations inside of parts, left out unless they are expanded there.
pub(crate) const INNER_NAVIGATIONS: [&str; 4] = [
    "scheduledActionConfigurations",
    "definition",
    "presentationValues",
    "presentation",
];

impl Kind {
    pub(crate) const fn intune(
        collection: &'static str,
        path: &'static str,
        parts: &'static [Part],
    ) -> Self {
        Self {
            collection,
            path,
            side: Side::Intune,
            in_v1: false,
            permissions: CONFIGURATION,
            page: USUAL_PAGE,
            content: ContentRule::OnItem,
            filtered: true,
            shape: Shape::List,
            absent_when_empty: false,
            misleading: false,
            licence: None,
            parts,
        }
    }

    pub(crate) const fn directory(
        collection: &'static str,
        path: &'static str,
        parts: &'static [Part],
    ) -> Self {
        Self {
            side: Side::Directory,
            in_v1: true,
            permissions: GROUPS,
            ..Self::intune(collection, path, parts)
        }
    }

    pub(crate) const fn wants(mut self, permissions: &'static [&'static str]) -> Self {
        self.permissions = permissions;
        self
    }

    pub(crate) const fn in_v1_too(mut self) -> Self {
        self.in_v1 = true;
        self
    }

    pub(crate) const fn paged(mut self, page: usize) -> Self {
        self.page = page;
        self
    }

    pub(crate) const fn selectable_content(mut self) -> Self {
        self.content = ContentRule::OnItemOrSelected;
        self
    }

    pub(crate) const fn ignores_filters(mut self) -> Self {
        self.filtered = false;
        self
    }

    pub(crate) const fn on_beta_only(mut self) -> Self {
        self.in_v1 = false;
        self
    }

    pub(crate) const fn single(mut self) -> Self {
        self.shape = Shape::Single;
        self
    }

    pub(crate) const fn single_on_v1(mut self) -> Self {
        self.shape = Shape::SingleOnV1;
        self
    }

    pub(crate) const fn absent_when_empty(mut self) -> Self {
        self.absent_when_empty = true;
        self
    }

    pub(crate) const fn misleading(mut self) -> Self {
        self.misleading = true;
        self
    }

    pub(crate) const fn licensed_by(mut self, licence: Licence) -> Self {
        self.licence = Some(licence);
        self
    }

    /// Whether this version answers with one object.
    pub(crate) fn is_single(&self, version: Version) -> bool {
        match self.shape {
            Shape::List => false,
            Shape::Single => true,
            Shape::SingleOnV1 => version == Version::V1,
        }
    }

    /// The part with this name.
    pub(crate) fn part(&self, name: &str) -> Option<&'static Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

impl Part {
    /// A list that only its route shows.
    pub(crate) const fn many(name: &'static str) -> Self {
        Self {
            name,
            many: true,
            on_list: Expansion::Refused,
            on_item: false,
            routed: true,
            page: USUAL_PAGE,
            shrinks_to: None,
            media_type: None,
        }
    }

    /// A single object that only its route shows.
    pub(crate) const fn one(name: &'static str) -> Self {
        Self {
            many: false,
            ..Self::many(name)
        }
    }

    /// Bytes of this media type, stored as base64.
    pub(crate) const fn stream(name: &'static str, media_type: &'static str) -> Self {
        Self {
            media_type: Some(media_type),
            ..Self::one(name)
        }
    }

    /// `$expand` shows it on lists and items.
    pub(crate) const fn expandable(mut self) -> Self {
        self.on_list = Expansion::Shown;
        self.on_item = true;
        self
    }

    pub(crate) const fn expandable_on_item(mut self) -> Self {
        self.on_item = true;
        self
    }

    /// Lists refuse its expansion.
    pub(crate) const fn only_on_item(mut self) -> Self {
        self.on_list = Expansion::Refused;
        self
    }

    pub(crate) const fn empty_on_list(mut self) -> Self {
        self.on_list = Expansion::Empty;
        self
    }

    pub(crate) const fn without_route(mut self) -> Self {
        self.routed = false;
        self
    }

    pub(crate) const fn paged(mut self, page: usize) -> Self {
        self.page = page;
        self
    }

    pub(crate) const fn shrinking_lists_to(mut self, page: usize) -> Self {
        self.shrinks_to = Some(page);
        self
    }
}

/// Every collection that is served.
pub(crate) fn all() -> impl Iterator<Item = &'static Kind> {
    kind_table::KINDS.iter().chain(kind_table_rare::KINDS)
}

/// The kind of a collection.
pub(crate) fn named(collection: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.collection == collection)
}

/// The kind to which a path leads, and the segments behind it.
pub(crate) fn at(segments: &[String]) -> Option<(&'static Kind, &[String])> {
    all()
        .filter_map(|kind| Some((kind, behind(segments, kind.path)?)))
        .filter(|(kind, rest)| kind.shape != Shape::Single || rest.is_empty())
        .min_by_key(|(_, rest)| rest.len())
}

fn behind<'a>(segments: &'a [String], path: &str) -> Option<&'a [String]> {
    path.split('/').try_fold(segments, |rest, name| {
        rest.split_first()
            .filter(|(first, _)| name == TENANT || first.eq_ignore_ascii_case(name))
            .map(|(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<(&'static str, Vec<String>)> {
        let segments = crate::uri::segments(path);
        at(&segments).map(|(kind, rest)| (kind.collection, rest.to_vec()))
    }

    #[test]
    fn the_longest_path_wins() {
        assert_eq!(found("deviceManagement").unwrap().0, "deviceManagement");
        assert_eq!(found("deviceManagement/intents").unwrap().0, "intents");
        let (collection, rest) = found("identity/conditionalAccess/policies('7')").unwrap();
        assert_eq!(
            (collection, rest),
            ("conditionalAccessPolicies", vec!["7".to_owned()])
        );
        assert!(found("deviceManagement/unheardOf").is_none());
    }

    #[test]
    fn no_collection_is_named_twice() {
        for kind in all() {
            let twins = all().filter(|other| other.collection == kind.collection);
            assert_eq!(twins.count(), 1, "{}", kind.collection);
        }
    }
}
