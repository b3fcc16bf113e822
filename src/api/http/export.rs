//! `GET /export/{backupSetId}.zip`: a backup set as an archive that is sent while it is made.

use actix_web::{HttpRequest, HttpResponse, http::header as names, web};
use async_graphql::ID;
use bytes::Bytes;
use futures_util::stream;
use tokio::{sync::mpsc, task::JoinHandle};
use tracing::{Instrument, Span};

use super::{
    answer::{Allowance, refuse, tell_allowance},
    headers::header,
};
use crate::{
    api::{
        access::Caller,
        call::Call,
        door::Door,
        engine::Outcome,
        error::{Code, Refusal, Result},
        exports::{Wanted, Wish},
        pace::{Bill, Cost},
        whence::Whence,
    },
    export::{ExportError, Format, send},
    task,
    telemetry::chain,
};

/// Pieces of an archive that may wait for the caller to take them.
const PIECES: usize = 4;

/// The archive of a set, or why the caller cannot have it.
pub(super) async fn archive(
    request: HttpRequest,
    name: web::Path<String>,
    door: web::Data<Door>,
) -> HttpResponse {
    let mut allowance = Allowance::default();
    let answered = answer(&request, &name, &door, &mut allowance).await;
    answered.unwrap_or_else(|refused| {
        let refused = refused.counted(&door.engine.rooms.measures);
        refuse(&refused, allowance)
    })
}

/// Every other method.
pub(super) async fn only_get() -> HttpResponse {
    let refusal = Refusal::new(Code::MethodNotAllowed, "an export is asked for by GET");
    let mut response = refuse(&refusal.into(), Allowance::default());
    let get = names::HeaderValue::from_static("GET");
    response.headers_mut().insert(names::ALLOW, get);
    response
}

async fn answer(
    request: &HttpRequest,
    name: &str,
    door: &Door,
    allowance: &mut Allowance,
) -> std::result::Result<HttpResponse, Outcome> {
    let whence = Whence::of(request, &door.proxies);
    let credential = header(request, "authorization");
    let principal = door.sign_in(credential, whence.address).await?;
    let caller = principal.id();
    allowance.requests = Some(door.engine.pace.request(caller)?);
    let origin = whence.origin();
    let call = Call::new(&door.engine.rooms, Caller { principal, origin });
    let wish = Wish::read(request.query_string());
    // What is no name of an archive is no identifier either.
    let id = ID::from(name.strip_suffix(".zip").unwrap_or_default());
    let engine = &door.engine;
    let wanted = engine
        .in_good_time(Wanted::reach(&call, &id, &wish))
        .await?;
    let slot = door.exports.enter(caller, wanted.tenant())?;
    let bill = Bill::new(engine.pace.clone(), caller);
    if let Err(refusal) = bill.count(wanted.points()) {
        return Err(Outcome {
            retry_after: bill.retry_after(),
            ..refusal.into()
        });
    }
    let file_name = wanted.file_name();
    let export = engine.in_good_time(wanted.begin(&call)).await?;
    let (to, pieces) = mpsc::channel(PIECES);
    let sending = send(export, to, door.exports.pace());
    let sending = async move {
        let sent = sending.await;
        drop(slot);
        sent
    };
    let sending = task::spawn_local(sending.in_current_span());
    let mut builder = HttpResponse::Ok();
    let points = bill.cost().map(|Cost { left, .. }| left);
    tell_allowance(&mut builder, allowance.requests, points);
    builder
        .insert_header((names::CONTENT_TYPE, "application/zip"))
        .insert_header((names::CACHE_CONTROL, "no-store"))
        .insert_header((
            names::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file_name}\""),
        ));
    Ok(builder.streaming(body(pieces, sending)))
}

/// The pieces of an archive, and an error in place of the end of one that has none: the connection
/// breaks off, and no client takes what it has for the whole.
fn body(
    pieces: mpsc::Receiver<Bytes>,
    sending: JoinHandle<std::result::Result<(), ExportError>>,
) -> impl futures_util::Stream<Item = std::result::Result<Bytes, ExportError>> {
    // The request's, though its answer is sent when that is over.
    let span = Span::current();
    stream::unfold(Some((pieces, sending)), move |state| {
        next_piece(state).instrument(span.clone())
    })
}

/// What is still to be sent of an archive, and who makes it.
type Rest = (
    mpsc::Receiver<Bytes>,
    JoinHandle<std::result::Result<(), ExportError>>,
);

async fn next_piece(
    rest: Option<Rest>,
) -> Option<(std::result::Result<Bytes, ExportError>, Option<Rest>)> {
    let (mut pieces, sending) = rest?;
    if let Some(piece) = pieces.recv().await {
        return Some((Ok(piece), Some((pieces, sending))));
    }
    let error = sending.await.map_err(ExportError::Task).flatten().err()?;
    tracing::warn!(error = %chain(&error), "an export was not sent to its end");
    Some((Err(error), None))
}

impl Wish {
    /// Reads what stands behind the address.
    fn read(query: &str) -> Result<Self> {
        let mut wish = Self {
            format: Format::Json,
            with_secrets: false,
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "format" => {
                    wish.format = value
                        .parse()
                        .map_err(|_| Refusal::bad_input("`format` is `json` or `intunecd`"))?;
                }
                "withSecrets" => {
                    wish.with_secrets = value
                        .parse()
                        .map_err(|_| Refusal::bad_input("`withSecrets` is `true` or `false`"))?;
                }
                _ => {
                    return Err(Refusal::bad_input(
                        "an export has the parameters `format` and `withSecrets`",
                    ));
                }
            }
        }
        Ok(wish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_from_the_address() {
        let wish = |format, with_secrets| {
            Ok(Wish {
                format,
                with_secrets,
            })
        };
        let refused = |query| Wish::read(query).map_err(|refusal| refusal.code);
        assert_eq!(refused(""), wish(Format::Json, false));
        let asked = "format=intunecd&withSecrets=true";
        assert_eq!(refused(asked), wish(Format::Intunecd, true));
        for query in ["format=", "format=yaml", "withSecrets=1", "secrets=true"] {
            assert_eq!(refused(query), Err(Code::BadUserInput), "{query}");
        }
    }
}
