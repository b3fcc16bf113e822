//! What the server says without GraphQL: that it lives, that it is ready, what its schema is.

use actix_web::{HttpRequest, HttpResponse, http::header as names, web};
use chrono::TimeDelta;

use super::tags::{is_known, tag};
use crate::{
    api::{door::Door, schema},
    domain::reading::is_off,
    store::{Readiness, Trouble},
    telemetry::chain,
};

const TEXT: &str = "text/plain; charset=utf-8";

/// `GET /healthz`: the process answers, and another one would do no better.
pub(super) async fn healthz(door: web::Data<Door>) -> HttpResponse {
    let (mut answer, text) = match door.engine.rooms.store.is_stuck() {
        false => (HttpResponse::Ok(), "alive\n"),
        true => (
            HttpResponse::ServiceUnavailable(),
            "every connection to the database has been lost for minutes: start this server again\n",
        ),
    };
    answer.content_type(TEXT).body(text)
}

/// `GET /readyz`: the database answers and fits, and this server ticks and is not about to stop.
pub(super) async fn readyz(door: web::Data<Door>) -> HttpResponse {
    let (mut answer, text) = match unready(&door).await {
        None => (HttpResponse::Ok(), ready(&door)),
        Some(why) => (HttpResponse::ServiceUnavailable(), format!("{why}\n")),
    };
    answer.content_type(TEXT).body(text)
}

/// Why requests had better go elsewhere; none if they need not.
async fn unready(door: &Door) -> Option<String> {
    let rooms = &door.engine.rooms;
    let pulse = rooms.workers.pulse();
    if pulse.is_stopping {
        return Some("stopping".to_owned());
    }
    let trouble = match rooms.store.readiness().await {
        Ok(Readiness::Ready) => None,
        Ok(Readiness::Behind) => Some("the database lacks migrations".to_owned()),
        Ok(Readiness::Outdated) => {
            Some("the database is newer than this program can work with".to_owned())
        }
        Ok(Readiness::Troubled(trouble)) => Some(trouble.to_string()),
        Err(error) => {
            // The store has told that the database is away, once; this is asked every few seconds.
            tracing::debug!(error = %chain(&error), "not ready");
            let trouble = error.trouble().unwrap_or(Trouble::Silent);
            Some(trouble.to_string())
        }
    };
    trouble.or_else(|| {
        let Some(ticked_at) = pulse.ticked_at else {
            return Some("this server has not ticked yet".to_owned());
        };
        let since = rooms.clock.elapsed().saturating_sub(ticked_at);
        (since > door.stale_tick).then(|| "this server has not ticked of late".to_owned())
    })
}

/// What a server says that is ready, and what should be looked at all the same.
fn ready(door: &Door) -> String {
    let ahead = door.engine.rooms.workers.pulse().ahead;
    let side = match ahead < TimeDelta::zero() {
        true => "behind",
        false => "ahead of",
    };
    match is_off(ahead) {
        true => format!(
            "ready\nthis server's clock is {} s {side} the database's, which counts\n",
            ahead.num_seconds().abs()
        ),
        false => "ready\n".to_owned(),
    }
}

/// `GET /schema.graphql`: the schema as text, to be kept until its tag changes.
pub(super) async fn schema_text(request: HttpRequest) -> HttpResponse {
    let tag = tag(schema::hash());
    let is_known = is_known(&request, &tag);
    let mut builder = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    builder
        .insert_header((names::ETAG, tag))
        .insert_header((names::CACHE_CONTROL, "no-cache"));
    if is_known {
        return builder.finish();
    }
    builder.content_type(TEXT).body(schema::sdl())
}

/// `GET /` of a build without a console.
pub(super) fn without_console() -> HttpResponse {
    HttpResponse::Ok().content_type(TEXT).body(
        "TenantAtlas\n\n\
         This build has no console. To have one, install Node.js 20.19 or later with npm and build the\n\
         program again, with TENANTATLAS_CONSOLE=required to be told what is in the way:\n\n\
         \u{20}   TENANTATLAS_CONSOLE=required cargo build --release\n\n\
         The API is at /graphql: send requests by POST, with `Authorization: Bearer` and an API\n\
         token, or an access token of a person. Its schema is at /schema.graphql; where it is\n\
         switched on, an editor for queries is at /graphiql.\n",
    )
}

/// Every other method at an address that can only be read.
pub(super) async fn only_read() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((names::ALLOW, "GET, HEAD"))
        .content_type(TEXT)
        .body("this can only be read\n")
}

/// Every other address.
pub(super) async fn nothing_here() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type(TEXT)
        .body("nothing here; the API is at /graphql\n")
}
