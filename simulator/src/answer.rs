//! An answer before it is put on the wire: status, headers, content, and how it is delivered.

use std::time::Duration;

use serde_json::Value;

/// What is sent back for one request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content: Content,
    pub(crate) delivery: Delivery,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Json(Value),
    Text {
        media_type: &'static str,
        text: String,
    },
    /// An image or the like; the bytes need not be text.
    Bytes {
        media_type: &'static str,
        bytes: Vec<u8>,
    },
}

/// How the bytes of an answer reach the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// All of them, at once.
    Whole,
    /// The connection ends before any header.
    Reset,
    /// A part, then the connection ends without the last chunk.
    EndWithoutLastChunk,
    /// A part, under a content length that promises more.
    PromiseMore,
    /// A few at a time.
    Slow { every: Duration, bytes: usize },
    /// This many, then nothing while the connection stays open.
    Stall { after: usize },
    /// All of them, as gzip with a wrong checksum.
    WrongChecksum,
    /// All of them, declared as gzip.
    PlainAsGzip,
}

impl Content {
    pub(crate) fn empty() -> Self {
        Self::Text {
            media_type: "application/json",
            text: String::new(),
        }
    }
}

impl Answer {
    pub(crate) fn json(status: u16, value: Value) -> Self {
        Self::new(status, Content::Json(value))
    }

    pub(crate) fn ok(value: Value) -> Self {
        Self::json(200, value).with("OData-Version", "4.0".to_owned())
    }

    pub(crate) fn html(status: u16, text: &str) -> Self {
        Self::text_of(status, "text/html; charset=utf-8", text.to_owned())
    }

    pub(crate) fn text_of(status: u16, media_type: &'static str, text: String) -> Self {
        Self::new(status, Content::Text { media_type, text })
    }

    pub(crate) fn bytes(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self::new(200, Content::Bytes { media_type, bytes })
    }

    fn new(status: u16, content: Content) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content,
            delivery: Delivery::Whole,
        }
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| *header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        match &self.content {
            Content::Json(value) => value.to_string(),
            Content::Text { text, .. } => text.clone(),
            Content::Bytes { bytes, .. } => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// The body as it is sent.
    pub(crate) fn body(&self) -> Vec<u8> {
        match &self.content {
            Content::Json(_) | Content::Text { .. } => self.text().into_bytes(),
            Content::Bytes { bytes, .. } => bytes.clone(),
        }
    }

    /// Media type of the body.
    pub(crate) fn media_type(&self) -> &'static str {
        match &self.content {
            Content::Json(_) if self.status < 300 => {
                "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
            }
            Content::Json(_) => "application/json",
            Content::Text { media_type, .. } | Content::Bytes { media_type, .. } => media_type,
        }
    }
}
