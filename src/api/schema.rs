//! The schema, put together.

use std::sync::LazyLock;

use async_graphql::{MergedObject, SDLExportOptions, SchemaBuilder};

use super::{
    actors::Actor,
    limits::{AnswerLimit, ComplexityLimit},
    nodes::Node,
    nulls::Nulls,
    query::Query,
    run_changes::RunChanges,
    run_events::Subscription,
    schedule_changes::ScheduleChanges,
    settings::Limits,
};
use crate::domain::canonical::Hash;

/// Entry points for changes. Root fields run one after the other, at most 10 in a document.
/// Each payload is nullable, so that one request error (in `errors`) does not wipe the results
/// of the others. When `userErrors` is not empty nothing was changed. Every mutation can also
/// end in the request errors UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED, TIMEOUT, UNAVAILABLE
/// and INTERNAL.
#[derive(MergedObject)]
pub(super) struct Mutation(ScheduleChanges, RunChanges);

pub(super) type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query, Mutation(ScheduleChanges, RunChanges), Subscription)
        .register_output_type::<Node>()
        .register_output_type::<Actor>()
        .disable_suggestions()
}

/// The schema, ready to be asked within limits.
pub(super) fn limited(limits: &Limits) -> Schema {
    builder()
        // The first is the outermost: it catches what the others refuse.
        .extension(Nulls)
        .extension(ComplexityLimit(limits.complexity))
        .extension(AnswerLimit)
        .finish()
}

static SDL: LazyLock<String> = LazyLock::new(|| {
    let options = SDLExportOptions::new()
        .include_specified_by()
        .prefer_single_line_descriptions()
        .use_space_ident();
    builder().finish().sdl_with_options(options)
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
