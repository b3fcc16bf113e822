//! `/graphql`: requests by POST, queries also by GET, sockets by an upgrade, nothing else.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web,
};
use bytes::BytesMut;
use futures_util::StreamExt;

use super::{
    accept::{Media, is_json},
    answer::{Allowance, answer},
    headers::header,
};
use crate::api::{
    access::Caller,
    ask::Ask,
    census::Holder,
    door::Door,
    engine::Outcome,
    error::{Code, Refusal},
    sign_ins::network,
    socket,
    whence::Whence,
};

/// Whatever is sent to the endpoint.
pub(super) async fn endpoint(
    request: HttpRequest,
    body: web::Payload,
    door: web::Data<Door>,
) -> HttpResponse {
    let media = Media::accepted(header(&request, "accept"));
    let mut allowance = Allowance::default();
    let outcome = match *request.method() {
        Method::POST => post(&request, body, &door, media, &mut allowance).await,
        Method::GET if is_upgrade(&request) => return upgrade(request, body, door).await,
        Method::GET if !request.query_string().is_empty() => {
            get(&request, &door, media, &mut allowance).await
        }
        _ => Err(Refusal::new(Code::MethodNotAllowed, "send requests by POST").into()),
    };
    let outcome = outcome.unwrap_or_else(|refused| refused);
    let outcome = outcome.counted(&door.engine.rooms.measures);
    answer(&outcome, allowance, media.unwrap_or(Media::Json))
}

async fn post(
    request: &HttpRequest,
    body: web::Payload,
    door: &Door,
    accepted: Option<Media>,
    allowance: &mut Allowance,
) -> Result<Outcome, Outcome> {
    let caller = admit(request, door, accepted).await?;
    if !is_json(header(request, "content-type")) {
        let message = "send application/json in UTF-8";
        return Err(Refusal::new(Code::UnsupportedMediaType, message).into());
    }
    allowance.requests = Some(door.engine.pace.request(caller.principal.id())?);
    let limits = &door.engine.rooms.limits;
    let body = read(body, limits.body_bytes, limits.arrival / 2).await?;
    let ask = Ask::read(&body)?;
    Ok(door.engine.execute(ask, caller).await)
}

/// A query in the address. The credential stands in the header, as everywhere.
async fn get(
    request: &HttpRequest,
    door: &Door,
    accepted: Option<Media>,
    allowance: &mut Allowance,
) -> Result<Outcome, Outcome> {
    let caller = admit(request, door, accepted).await?;
    allowance.requests = Some(door.engine.pace.request(caller.principal.id())?);
    let ask = Ask::read_address(request.query_string())?;
    Ok(door.engine.execute(ask, caller).await)
}

/// Who asks. Nobody is told anything before that is known, in whatever form is accepted.
async fn admit(
    request: &HttpRequest,
    door: &Door,
    accepted: Option<Media>,
) -> Result<Caller, Outcome> {
    let whence = Whence::of(request, &door.proxies);
    let credential = header(request, "authorization");
    let principal = door.sign_in(credential, whence.address).await?;
    if accepted.is_none() {
        let message = "answers are application/graphql-response+json or application/json";
        return Err(Refusal::new(Code::NotAcceptable, message).into());
    }
    let origin = whence.origin();
    Ok(Caller { principal, origin })
}

/// Reads a body of at most so many bytes, which has to arrive in time.
async fn read(body: web::Payload, most: usize, patience: Duration) -> Result<BytesMut, Refusal> {
    let late = |_| Refusal::new(Code::BadRequest, "the body did not arrive in time");
    tokio::time::timeout(patience, collect(body, most))
        .await
        .map_err(late)?
}

async fn collect(mut body: web::Payload, most: usize) -> Result<BytesMut, Refusal> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.next().await {
        let broken = |_| Refusal::new(Code::BadRequest, "the body ended too early");
        let chunk = chunk.map_err(broken)?;
        if bytes.len().saturating_add(chunk.len()) > most {
            let message = format!("a body has at most {most} bytes");
            return Err(Refusal::new(Code::PayloadTooLarge, message));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn is_upgrade(request: &HttpRequest) -> bool {
    let upgrade = header(request, "upgrade");
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

async fn upgrade(request: HttpRequest, body: web::Payload, door: web::Data<Door>) -> HttpResponse {
    let host = header(&request, "host");
    let origin = header(&request, "origin");
    if origin.is_some_and(|origin| !door.origins.admit(origin, host)) {
        return HttpResponse::build(StatusCode::FORBIDDEN)
            .content_type("text/plain; charset=utf-8")
            .body("this origin may not open a connection");
    }
    let whence = Whence::of(&request, &door.proxies);
    let now = door.engine.rooms.clock.now();
    if let Some(address) = whence.address
        && let Err(too_fast) = door.sign_ins.admit(address, now)
    {
        let refused = Outcome::from(too_fast).counted(&door.engine.rooms.measures);
        return answer(&refused, Allowance::default(), Media::Json);
    }
    let most = door.engine.rooms.limits.sockets.waiting;
    let stranger = whence
        .address
        .map(|address| Holder::Stranger(network(address)));
    let waiting = stranger.and_then(|stranger| door.sockets.enter(stranger, most));
    if stranger.is_some() && waiting.is_none() {
        let message = format!("{most} connections of this address have not said who they are");
        let refusal = Refusal::new(Code::RateLimited, message);
        let refused = Outcome::from(refusal).counted(&door.engine.rooms.measures);
        return answer(&refused, Allowance::default(), Media::Json);
    }
    let opened = socket::open(&request, body, door.clone(), (whence, waiting));
    opened.unwrap_or_else(|error| error.error_response())
}
