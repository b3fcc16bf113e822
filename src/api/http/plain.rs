//! What the server says without GraphQL: that it lives, that it is ready, what its schema is.

use std::borrow::Cow;

use actix_web::{HttpRequest, HttpResponse, http::header as names, web};
use chrono::TimeDelta;

use super::tags::{is_known, tag};
use crate::{
    api::{door::Door, schema},
    store::{Readiness, StoreError, dispatcher},
    telemetry::chain,
};

const TEXT: &str = "text/plain; charset=utf-8";

/// `GET /healthz`: the process answers.
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type(TEXT).body("alive\n")
}

/// `GET /readyz`: the database answers, is migrated, and some server ticks.
pub(super) async fn readyz(door: web::Data<Door>) -> HttpResponse {
    match unready(&door).await {
        Ok(None) => HttpResponse::Ok().content_type(TEXT).body("ready\n"),
        Ok(Some(why)) => HttpResponse::ServiceUnavailable()
            .content_type(TEXT)
            .body(why.into_owned()),
        Err(error) => {
            // The store has told that the database is away, once; this is asked every few seconds.
            tracing::debug!(error = %chain(&error), "not ready");
            HttpResponse::ServiceUnavailable()
                .content_type(TEXT)
                .body("the database does not answer\n")
        }
    }
}

async fn unready(door: &Door) -> Result<Option<Cow<'static, str>>, StoreError> {
    let rooms = &door.engine.rooms;
    match rooms.store.readiness().await? {
        Readiness::Ready => {}
        Readiness::Behind => return Ok(Some("the database lacks migrations\n".into())),
        Readiness::Outdated => {
            let why = "the database is newer than this program can work with\n";
            return Ok(Some(why.into()));
        }
        Readiness::Troubled(trouble) => return Ok(Some(format!("{trouble}\n").into())),
    }
    let last = rooms.store.read(dispatcher::last_tick).await?;
    let patience = TimeDelta::from_std(door.stale_tick).unwrap_or(TimeDelta::MAX);
    let is_fresh = last.is_some_and(|last| rooms.clock.now() - last <= patience);
    Ok((!is_fresh).then(|| "no server has ticked of late\n".into()))
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

/// `GET /`: where a console would be.
pub(super) async fn front_page() -> HttpResponse {
    HttpResponse::Ok().content_type(TEXT).body(
        "TenantAtlas\n\n\
         The console is not part of this build. The API is at /graphql: send requests by POST,\n\
         with `Authorization: Bearer` and an API token, or an access token of a person. Its schema\n\
         is at /schema.graphql; where it is switched on, an editor for queries is at /graphiql.\n",
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
