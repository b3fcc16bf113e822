//! `/graphql`: requests by POST, queries also by GET, sockets by an upgrade, nothing else.

use std::time::Duration;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{Method, StatusCode, header as names},
    web,
};
use bytes::BytesMut;
use futures_util::StreamExt;

use super::{
    Door,
    accept::{Media, is_json},
    answer::{answer, refuse},
    caller::{RequestId, header, origin_of},
};
use crate::api::{
    access::Caller,
    ask::Ask,
    auth::authenticate,
    error::{Code, Refusal},
    socket,
};

/// Time for the whole of a request to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// Whatever is sent to the endpoint.
pub(super) async fn endpoint(
    request: HttpRequest,
    body: web::Payload,
    door: web::Data<Door>,
) -> HttpResponse {
    let media = Media::accepted(header(&request, "accept"));
    let answered = match *request.method() {
        Method::POST => post(&request, body, &door, media).await,
        Method::GET if is_upgrade(&request) => return upgrade(request, body, door).await,
        Method::GET if !request.query_string().is_empty() => get(&request, &door, media).await,
        _ => {
            let refusal = Refusal::new(Code::MethodNotAllowed, "send requests by POST");
            Err(refuse(refusal, media.unwrap_or(Media::Json)))
        }
    };
    answered.unwrap_or_else(|refused| refused)
}

async fn post(
    request: &HttpRequest,
    body: web::Payload,
    door: &Door,
    accepted: Option<Media>,
) -> Result<HttpResponse, HttpResponse> {
    let (caller, media) = admit(request, door, accepted).await?;
    let refused = |refusal| refuse(refusal, media);
    if !is_json(header(request, "content-type")) {
        let message = "send application/json in UTF-8";
        return Err(refused(Refusal::new(Code::UnsupportedMediaType, message)));
    }
    keep_pace(door, &caller, media)?;
    let body = read(body, door.engine.rooms.limits.body_bytes)
        .await
        .map_err(refused)?;
    let ask = Ask::read(&body).map_err(refused)?;
    Ok(answer(&door.engine.execute(ask, caller).await, media))
}

/// A query in the address. The credential stands in the header, as everywhere.
async fn get(
    request: &HttpRequest,
    door: &Door,
    accepted: Option<Media>,
) -> Result<HttpResponse, HttpResponse> {
    let (caller, media) = admit(request, door, accepted).await?;
    keep_pace(door, &caller, media)?;
    let ask = Ask::read_address(request.query_string());
    let ask = ask.map_err(|refusal| refuse(refusal, media))?;
    Ok(answer(&door.engine.execute(ask, caller).await, media))
}

/// Who asks, and for which form of answer. Nobody is told anything before it is known who asks, in
/// whatever form is accepted.
async fn admit(
    request: &HttpRequest,
    door: &Door,
    accepted: Option<Media>,
) -> Result<(Caller, Media), HttpResponse> {
    let refused = |refusal| refuse(refusal, accepted.unwrap_or(Media::Json));
    let caller = caller(request, door).await.map_err(refused)?;
    let Some(media) = accepted else {
        let message = "answers are application/graphql-response+json or application/json";
        return Err(refused(Refusal::new(Code::NotAcceptable, message)));
    };
    Ok((caller, media))
}

fn keep_pace(door: &Door, caller: &Caller, media: Media) -> Result<(), HttpResponse> {
    let kept = door.pace.check(caller.principal.id());
    kept.map_err(|too_fast| {
        let mut response = refuse(too_fast.refusal, media);
        let seconds = names::HeaderValue::from(too_fast.retry_after);
        response.headers_mut().insert(names::RETRY_AFTER, seconds);
        response
    })
}

async fn caller(request: &HttpRequest, door: &Door) -> Result<Caller, Refusal> {
    let authorization = header(request, "authorization");
    let principal = authenticate(&door.engine.rooms, authorization).await?;
    let id = request_id(request);
    let origin = origin_of(request, &id, &door.proxies);
    Ok(Caller { principal, origin })
}

/// The identifier that the outermost layer gave the request.
fn request_id(request: &HttpRequest) -> RequestId {
    let given = request.extensions().get::<RequestId>().cloned();
    given.unwrap_or_else(|| RequestId::of(None))
}

/// Reads a body of at most so many bytes, which has to arrive in time.
async fn read(body: web::Payload, most: usize) -> Result<BytesMut, Refusal> {
    let late = |_| Refusal::new(Code::BadRequest, "the body did not arrive in time");
    tokio::time::timeout(ARRIVAL, collect(body, most))
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
    let origin = origin_of(&request, &request_id(&request), &door.proxies);
    let opened = socket::open(&request, body, door.clone(), origin);
    opened.unwrap_or_else(|error| error.error_response())
}
