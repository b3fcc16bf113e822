//! The schema, put together.

use std::sync::LazyLock;

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, SchemaBuilder};

use super::{
    actors::Actor,
    credential_changes::CredentialChanges,
    limits::{AnswerLimit, ComplexityLimit},
    member_changes::MemberChanges,
    nodes::Node,
    notification_changes::NotificationChanges,
    notification_events::NotificationEvents,
    nulls::Nulls,
    query::Query,
    run_changes::RunChanges,
    run_events::RunEvents,
    schedule_changes::ScheduleChanges,
    set_changes::SetChanges,
    settings::Limits,
    tenant_changes::TenantChanges,
    token_changes::TokenChanges,
};
use crate::domain::canonical::Hash;

/// Entry points for changes. Root fields run one after the other, at most 10 in a document.
/// Each payload is nullable, so that one request error (in `errors`) does not wipe the results
/// of the others. When `userErrors` is not empty nothing was changed. Every mutation can also
/// end in the request errors UNAUTHENTICATED, FORBIDDEN, INVALID_ID, RATE_LIMITED,
/// RESPONSE_TOO_LARGE, TIMEOUT, UNAVAILABLE and INTERNAL.
#[derive(MergedObject)]
pub(super) struct Mutation(
    TenantChanges,
    CredentialChanges,
    MemberChanges,
    TokenChanges,
    ScheduleChanges,
    RunChanges,
    SetChanges,
    NotificationChanges,
);

fn mutation() -> Mutation {
    Mutation(
        TenantChanges,
        CredentialChanges,
        MemberChanges,
        TokenChanges,
        ScheduleChanges,
        RunChanges,
        SetChanges,
        NotificationChanges,
    )
}

/// Event streams, over WebSocket with the sub-protocol `graphql-transport-ws`. Delivery is at
/// least once and in order per run; events may come twice after a reconnect. A stream ends
/// with an `error` message when the caller loses the right to it; the socket is closed with
/// 4403 when its credential expires, and the client reconnects with a new one and `after`.
#[derive(MergedSubscription)]
pub(super) struct Subscription(RunEvents, NotificationEvents);

pub(super) type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    let subscription = Subscription(RunEvents, NotificationEvents);
    Schema::build(Query, mutation(), subscription)
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
