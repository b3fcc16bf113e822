//! Nulls where fields have failed.
//!
//! The library leaves a field that failed out of its object, whatever its type. GraphQL wants it to
//! be null; and where its type forbids that, the closest thing around it that may be null. So a
//! failure is caught where it happens: the field becomes null, the error is kept until the answer
//! is put together, and what holds a field that must not be null is told to become null in turn.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::{
    QueryPathNode, QueryPathSegment, Response, ServerError, ServerResult, Value,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo,
    },
};

/// Errors kept of an answer. What is told of them is less.
const MOST: usize = 100;

/// Makes fields that fail null.
pub(super) struct Nulls;

impl ExtensionFactory for Nulls {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Failures::default())
    }
}

/// What has failed of a request so far.
#[derive(Default)]
struct Failures {
    /// Whether anything has. Mostly nothing does, and then no path is written down.
    any: AtomicBool,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    errors: Vec<ServerError>,
    /// Places that have to become null, because something in them must not be null and is, and
    /// lists of which an item is. The whole answer is the place without a path.
    doomed: HashSet<Vec<Step>>,
}

/// A step of a path.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Step {
    Field(String),
    Item(usize),
}

impl Failures {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a place has to become null although it did not itself fail.
    fn is_doomed(&self, place: &QueryPathNode<'_>) -> bool {
        self.any.load(Ordering::Acquire) && self.kept().doomed.contains(&path(Some(place)))
    }

    /// Notes that a place is null, which its type may forbid.
    fn note(&self, place: &QueryPathNode<'_>, may_be_null: bool, error: Option<ServerError>) {
        let mut kept = self.kept();
        if kept.errors.len() < MOST {
            kept.errors.extend(error);
        }
        if !may_be_null {
            kept.doomed.insert(path(place.parent));
        }
        self.any.store(true, Ordering::Release);
    }
}

/// Whether a type is a list with items that may be null. There are no lists of lists.
fn may_have_gaps(return_type: &str) -> bool {
    let list = return_type.trim_end_matches('!').strip_prefix('[');
    let item = list.and_then(|list| list.strip_suffix(']'));
    item.is_some_and(|item| !item.ends_with('!'))
}

/// The way from the root to a place.
fn path(place: Option<&QueryPathNode<'_>>) -> Vec<Step> {
    let nodes = place.into_iter().flat_map(|place| {
        let around = place.parents();
        std::iter::once(place).chain(around)
    });
    let mut steps: Vec<Step> = nodes
        .map(|node| match node.segment {
            QueryPathSegment::Name(name) => Step::Field(name.to_owned()),
            QueryPathSegment::Index(index) => Step::Item(index),
        })
        .collect();
    steps.reverse();
    steps
}

#[async_trait::async_trait]
impl Extension for Failures {
    /// Once for a query or a mutation, once for each event of a subscription.
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let mut response = next.run(ctx, operation_name).await;
        if self.any.swap(false, Ordering::AcqRel) {
            let kept = std::mem::take(&mut *self.kept());
            response.errors.extend(kept.errors);
            if kept.doomed.contains(&Vec::new()) {
                response.data = Value::Null;
            }
        }
        response
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let place = info.path_node;
        // What the library says of the type of an item is not so: its list has the word.
        let is_item = matches!(place.segment, QueryPathSegment::Index(_));
        let may_be_null = !is_item && !info.return_type.ends_with('!');
        let may_have_gaps = may_have_gaps(info.return_type);
        match next.run(ctx, info).await {
            Ok(value) if may_have_gaps || !self.is_doomed(place) => Ok(value),
            Ok(_) => {
                self.note(place, may_be_null, None);
                Ok(Some(Value::Null))
            }
            Err(error) => {
                self.note(place, may_be_null, Some(error));
                Ok(Some(Value::Null))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema, SimpleObject};
    use serde_json::{Value as Json, json};

    use super::*;

    struct Root;

    #[derive(SimpleObject)]
    #[graphql(complex)]
    struct Thing {
        id: usize,
    }

    #[async_graphql::ComplexObject]
    impl Thing {
        async fn may(&self) -> async_graphql::Result<Option<usize>> {
            Err("may".into())
        }

        async fn must(&self) -> async_graphql::Result<usize> {
            match self.id {
                1 => Err("must".into()),
                id => Ok(id),
            }
        }
    }

    #[Object]
    impl Root {
        async fn may(&self) -> async_graphql::Result<Option<usize>> {
            Err("may".into())
        }

        async fn must(&self) -> async_graphql::Result<usize> {
            Err("must".into())
        }

        async fn thing(&self, id: usize) -> Option<Thing> {
            Some(Thing { id })
        }

        async fn things(&self) -> Option<Vec<Thing>> {
            Some(vec![Thing { id: 0 }, Thing { id: 1 }])
        }

        async fn gaps(&self) -> Vec<Option<Thing>> {
            vec![Some(Thing { id: 0 }), Some(Thing { id: 1 })]
        }
    }

    #[actix_rt::test]
    async fn what_fails_is_null_or_what_is_around_it() {
        let schema = Schema::build(Root, EmptyMutation, EmptySubscription)
            .extension(Nulls)
            .finish();
        for (query, data, paths) in [
            ("{ may }", json!({"may": null}), json!([["may"]])),
            (
                "{ a: may thing(id: 0) { id may } }",
                json!({"a": null, "thing": {"id": 0, "may": null}}),
                json!([["a"], ["thing", "may"]]),
            ),
            ("{ must }", Json::Null, json!([["must"]])),
            (
                "{ thing(id: 0) { must } must }",
                Json::Null,
                json!([["must"]]),
            ),
            (
                "{ thing(id: 1) { must } }",
                json!({"thing": null}),
                json!([["thing", "must"]]),
            ),
            (
                "{ other: thing(id: 2) { must } things { id must } }",
                json!({"other": {"must": 2}, "things": null}),
                json!([["things", 1, "must"]]),
            ),
            (
                "{ gaps { id must } }",
                json!({"gaps": [{"id": 0, "must": 0}, null]}),
                json!([["gaps", 1, "must"]]),
            ),
        ] {
            let response = schema.execute(query).await;
            let errors = serde_json::to_value(&response.errors).expect("JSON");
            let found: Vec<Json> = errors
                .as_array()
                .expect("a list")
                .iter()
                .map(|error| error["path"].clone())
                .collect();
            assert_eq!(json!(found), paths, "{query}");
            assert_eq!(response.data.into_json().expect("JSON"), data, "{query}");
        }
    }
}
