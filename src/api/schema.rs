//! The schema, put together.

use std::sync::LazyLock;

use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions};

use super::{
    actors::Actor, nodes::Node, query::Query, run_changes::RunChanges,
    schedule_changes::ScheduleChanges, 
};
use crate::domain::canonical::Hash;

/// Entry points for changes. Root fields run one after the other, at most 10 in a document.
/// Each payload is nullable, so that one request error (in `errors`) does not wipe the results
/// of the others. When `userErrors` is not empty nothing was changed. Every mutation can also
/// end in the request errors UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED, TIMEOUT, UNAVAILABLE
/// and INTERNAL.
#[derive(MergedObject)]
pub(super) struct Mutation(ScheduleChanges, RunChanges);

pub(super) type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// The schema, ready to be asked.
pub(super) fn schema() -> Schema {
    Schema::build(Query, Mutation(ScheduleChanges, RunChanges), EmptySubscription)
        .register_output_type::<Node>()
        .register_output_type::<Actor>()
        .disable_suggestions()
        .finish()
}

static SDL: LazyLock<String> = LazyLock::new(|| {
    let options = SDLExportOptions::new().include_specified_by();
    schema().sdl_with_options(options)
});

static HASH: LazyLock<String> = LazyLock::new(|| Hash::of(SDL.as_bytes()).to_string());

/// The schema as text. `schema.graphql` at the top level is a copy of it.
pub fn sdl() -> &'static str {
    &SDL
}

/// SHA-256 of the schema's text.
pub(super) fn hash() -> &'static str {
    &HASH
}
