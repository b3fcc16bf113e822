//! Puts an answer on the wire, with the ways in which a real wire fails.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    body::{BodySize, BoxBody, MessageBody},
    http::{StatusCode, header},
    web::Bytes,
};
use tokio::time::{Sleep, sleep};

use crate::answer::{Answer, Delivery};

/// How long sent bytes get to leave before the connection is cut.
const FLUSH: Duration = Duration::from_millis(20);
/// By how much a false content length exceeds the body.
const OVERPROMISE: u64 = 400;
/// The longest block that gzip can store as it is.
const LARGEST_BLOCK: usize = 65_535;

/// The response that carries `answer`.
pub(crate) fn deliver(answer: &Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, answer.media_type()));
    for (name, value) in &answer.headers {
        response.insert_header((*name, value.as_str()));
    }
    let text = Bytes::from(answer.body());
    match answer.delivery {
        Delivery::Whole => return response.body(text),
        Delivery::WrongChecksum => return as_gzip(response, stored_gzip(&text)),
        Delivery::PlainAsGzip => return as_gzip(response, text.to_vec()),
        Delivery::Reset
        | Delivery::EndWithoutLastChunk
        | Delivery::PromiseMore
        | Delivery::Slow { .. }
        | Delivery::Stall { .. } => {}
    }
    // Keeps the compression layer away from a body whose bytes are counted.
    response.insert_header((header::CONTENT_ENCODING, "identity"));
    response.body(BoxBody::new(Broken::new(text, answer.delivery)))
}

/// Bytes that are declared as gzip, whatever they are.
fn as_gzip(mut response: HttpResponseBuilder, bytes: Vec<u8>) -> HttpResponse {
    response.insert_header((header::CONTENT_ENCODING, "gzip"));
    response.body(bytes)
}

/// gzip of blocks that are stored as they are; its checksum is wrong.
fn stored_gzip(text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = text.chunks(LARGEST_BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        bytes.push(u8::from(blocks.peek().is_none()));
        bytes.extend(length.to_le_bytes());
        bytes.extend((!length).to_le_bytes());
        bytes.extend(block);
    }
    bytes.extend([0xde, 0xad, 0xbe, 0xef]);
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_le_bytes());
    bytes
}

/// A body that does not arrive as it should.
struct Broken {
    rest: Bytes,
    size: BodySize,
    pace: Pace,
    end: End,
    pause: Option<Pin<Box<Sleep>>>,
}

/// How many bytes are sent at a time.
#[derive(Clone, Copy)]
struct Pace {
    bytes: usize,
    every: Duration,
}

/// What happens when the bytes are used up.
#[derive(Clone, Copy)]
enum End {
    Close,
    Fail,
    Hang,
}

impl Broken {
    fn new(text: Bytes, delivery: Delivery) -> Self {
        let at_once = Pace {
            bytes: usize::MAX,
            every: FLUSH,
        };
        let half = text.slice(..text.len() / 2);
        let promised = u64::try_from(half.len()).unwrap_or(u64::MAX - OVERPROMISE) + OVERPROMISE;
        let (rest, size, pace, end) = match delivery {
            Delivery::Whole | Delivery::WrongChecksum | Delivery::PlainAsGzip => {
                (text, BodySize::Stream, at_once, End::Close)
            }
            Delivery::Reset => (Bytes::new(), BodySize::Stream, at_once, End::Fail),
            Delivery::EndWithoutLastChunk => (half, BodySize::Stream, at_once, End::Fail),
            Delivery::PromiseMore => (half, BodySize::Sized(promised), at_once, End::Fail),
            Delivery::Slow { every, bytes } => {
                let pace = Pace { bytes, every };
                (text, BodySize::Stream, pace, End::Close)
            }
            Delivery::Stall { after } => {
                let sent = text.slice(..after.min(text.len()));
                (sent, BodySize::Stream, at_once, End::Hang)
            }
        };
        Self {
            rest,
            size,
            pace,
            end,
            pause: None,
        }
    }

    /// Ready once the pause after the last bytes is over.
    fn poll_pause(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let over = match &mut self.pause {
            Some(pause) => pause.as_mut().poll(context),
            None => Poll::Ready(()),
        };
        if over.is_ready() {
            self.pause = None;
        }
        over
    }
}

impl MessageBody for Broken {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        if self.poll_pause(context).is_pending() {
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            return match self.end {
                End::Close => Poll::Ready(None),
                End::Fail => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
                End::Hang => Poll::Pending,
            };
        }
        let length = self.pace.bytes.min(self.rest.len());
        let piece = self.rest.split_to(length);
        self.pause = Some(Box::pin(sleep(self.pace.every)));
        Poll::Ready(Some(Ok(piece)))
    }
}
