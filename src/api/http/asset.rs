//! A file that the program holds, and how it is sent: packed as the client takes it, and not at all
//! where the client has it.

use std::io::Read;

use actix_web::{HttpRequest, HttpResponse, http::header as names, web::Bytes};
use flate2::read::GzDecoder;

use super::{
    encodings::Encoding,
    headers::header,
    tags::{is_known, tag},
};
use crate::domain::canonical::Hash;

/// A file in the forms that the program holds it in, one at least.
#[derive(Clone, Debug)]
pub(in crate::api) struct Asset {
    media: String,
    /// The hash of the form that was added first.
    hash: String,
    forms: Vec<(Encoding, Bytes)>,
}

impl Asset {
    /// A file of a media type, in no form yet.
    pub(in crate::api) fn new(media: impl Into<String>) -> Self {
        Self {
            media: media.into(),
            hash: String::new(),
            forms: Vec::new(),
        }
    }

    /// The same file with one more form.
    pub(in crate::api) fn with(mut self, encoding: Encoding, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        if self.forms.is_empty() {
            self.hash = Hash::of(&bytes).to_string();
        }
        self.forms.push((encoding, bytes));
        self
    }

    fn held(&self, encoding: Encoding) -> Option<&Bytes> {
        let form = self.forms.iter().find(|(held, _)| *held == encoding);
        form.map(|(_, bytes)| bytes)
    }

    /// The answer to a request for the file.
    pub(super) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let accepted = header(request, "accept-encoding");
        let encoding = Encoding::accepted(accepted, |one| self.held(one).is_some());
        // Forms of one file are different answers.
        let tag = tag(&format!("{}-{}", self.hash, encoding.as_str()));
        let is_known = is_known(request, &tag);
        let mut builder = match is_known {
            true => HttpResponse::NotModified(),
            false => HttpResponse::Ok(),
        };
        builder
            .insert_header((names::ETAG, tag))
            .append_header((names::VARY, "Accept-Encoding"));
        if is_known {
            return builder.finish();
        }
        builder.content_type(self.media.as_str());
        if encoding != Encoding::Identity {
            builder.insert_header((names::CONTENT_ENCODING, encoding.as_str()));
        }
        builder.body(
            self.held(encoding)
                .cloned()
                .unwrap_or_else(|| self.unpacked()),
        )
    }

    /// The file as it is, where only its packed form is held. It was packed by us, so that nothing
    /// stops half way.
    pub(super) fn unpacked(&self) -> Bytes {
        let packed = self.held(Encoding::Gzip).cloned().unwrap_or_default();
        let mut plain = Vec::new();
        match GzDecoder::new(&*packed).read_to_end(&mut plain) {
            Ok(_) => plain.into(),
            Err(error) => {
                tracing::error!(%error, "a file of the program is damaged");
                Bytes::new()
            }
        }
    }
}
