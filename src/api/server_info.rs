//! What this server is and allows.

use async_graphql::SimpleObject;

use super::{pages::MAX_SIZE, schema, settings::Limits};

/// What this server is and allows.
#[derive(SimpleObject)]
pub(super) struct ServerInfo {
    /// Version of the server, as in semantic versioning.
    version: &'static str,
    /// SHA-256 of the schema text, 64 lower-case hexadecimal digits. The same as the ETag of `GET /schema.graphql`.
    schema_hash: &'static str,
    /// Limits that every request has to keep.
    limits: ServerLimits,
}

/// Limits that every request has to keep.
#[derive(SimpleObject)]
pub(super) struct ServerLimits {
    /// Largest value of `first` and `last`.
    max_page_size: i32,
    /// Greatest depth of nested selections.
    max_depth: i32,
    /// Greatest complexity in points.
    max_complexity: i32,
    /// Most aliases in a document.
    max_aliases: i32,
    /// Most root fields in a mutation.
    max_mutation_root_fields: i32,
    /// Largest request body in bytes.
    max_body_bytes: i32,
    /// Longest execution time in milliseconds.
    timeout_ms: i32,
    /// Most operations active at once on a WebSocket connection.
    max_operations_per_socket: i32,
    /// How long events can be replayed from a subscription cursor, in seconds.
    event_retention_seconds: i32,
}

impl ServerInfo {
    pub(super) fn of(limits: &Limits) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            schema_hash: schema::hash(),
            limits: ServerLimits {
                max_page_size: int(MAX_SIZE),
                max_depth: int(limits.depth),
                max_complexity: int(limits.complexity),
                max_aliases: int(limits.aliases),
                max_mutation_root_fields: int(limits.mutation_fields),
                max_body_bytes: int(limits.body_bytes),
                timeout_ms: int(limits.timeout.as_millis()),
                max_operations_per_socket: int(limits.sockets.operations),
                event_retention_seconds: int(limits.events_kept.as_secs()),
            },
        }
    }
}

fn int(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
