//! Values from their texts, each with a sentence for whoever got it wrong.

use std::{convert::Infallible, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use tracing_subscriber::EnvFilter;
use url::Url;

use super::{
    duration,
    network::{Network, NotANetwork},
};
use crate::metrics::Listen;

pub(super) fn path(text: &str) -> Result<PathBuf, Infallible> {
    Ok(PathBuf::from(text))
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no address and port such as 127.0.0.1:8080"))
}

/// An address, or nowhere.
pub(super) fn listen(text: &str) -> Result<Listen, String> {
    match text {
        "off" => Ok(Listen::Off),
        text => match address(text) {
            Ok(address) => Ok(Listen::At(address)),
            Err(error) => Err(format!("{error}, and not `off`")),
        },
    }
}

pub(super) fn filter(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!(
            "`{text}` is no filter such as info,tenantatlas=debug: {error}"
        )),
    }
}

/// A URL of the web.
pub(crate) fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is no URL: {error}"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(format!("`{scheme}:` is neither http: nor https:")),
    }
}

/// An origin exactly as browsers send it.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let origin = web_url(text)?.origin().ascii_serialization();
    if origin == text {
        Ok(origin)
    } else {
        Err(format!("`{text}` is no origin; did you mean `{origin}`?"))
    }
}

pub(super) fn list<T>(
    text: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(read)
        .collect()
}

/// Yes or no.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is neither `true` nor `false`"))
}

/// A number from 1.
pub(super) fn count<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no whole number from 1"))
}

/// A time between two looks at something.
pub(super) fn wait(text: &str) -> Result<Duration, String> {
    match duration::parse(text)? {
        Duration::ZERO => Err("must not be zero".to_owned()),
        wait => Ok(wait),
    }
}

/// A network or one address.
pub(super) fn network(text: &str) -> Result<Network, String> {
    text.parse().map_err(|error: NotANetwork| error.to_string())
}
