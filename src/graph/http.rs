//! One exchange over HTTP: a request goes out, an answer is read to its last byte.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Client, RequestBuilder, header::HeaderMap, redirect};

use super::{error::GraphError, retry, settings::GraphSettings};

const USER_AGENT: &str = concat!("TenantAtlas/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const NO_CONTENT: u16 = 204;
/// Largest body of a refusal that is read.
const REFUSAL_LIMIT_BYTES: usize = 1024 * 1024;

/// Sends requests.
#[derive(Debug)]
pub(super) struct Http {
    pooled: Client,
    /// Opens a connection for each request: after a fault the next try shall not meet the same
    /// front end again.
    fresh: Client,
    answer_limit_bytes: usize,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Value of a header, if it is readable text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The wait that the answer asks for. A date counts from the host's own time, or from `now`.
    pub(super) fn asked_wait(&self, now: DateTime<Utc>) -> Option<Duration> {
        let sent_at = self
            .header("date")
            .and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        let now = sent_at.map_or(now, |date| date.to_utc());
        retry::retry_after(self.header("retry-after")?, now)
    }

    /// Share of its limit that the directory says is used up; told from 0.8 on.
    pub(super) fn share_of_limit(&self) -> Option<f64> {
        self.header("x-ms-throttle-limit-percentage")?.parse().ok()
    }

    /// Whether it is a success that brings something. "No content" is Graph's way of saying null.
    pub(super) fn has_content(&self) -> bool {
        (200..300).contains(&self.status) && self.status != NO_CONTENT
    }
}

/// Why there is no whole answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    Transport(reqwest::Error),
    TooLarge { limit_bytes: usize },
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }
}

impl Http {
    pub(super) fn new(settings: &GraphSettings) -> Result<Self, GraphError> {
        // Whoever came first has installed it; one provider is as good as the other.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = |idle_connections: usize| {
            Client::builder()
                .user_agent(USER_AGENT)
                .redirect(redirect::Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .read_timeout(settings.idle_timeout)
                .timeout(settings.request_timeout)
                .pool_max_idle_per_host(idle_connections)
                .build()
                .map_err(GraphError::Client)
        };
        Ok(Self {
            pooled: client(settings.rates.at_once)?,
            fresh: client(0)?,
            answer_limit_bytes: settings.answer_limit_bytes,
        })
    }

    /// The client to build a request with.
    pub(super) fn client(&self, fresh: bool) -> &Client {
        match fresh {
            true => &self.fresh,
            false => &self.pooled,
        }
    }

    /// Sends a request and reads the answer.
    pub(super) async fn exchange(&self, request: RequestBuilder) -> Result<Answer, NoAnswer> {
        let mut response = request.send().await?;
        let status = response.status();
        let limit_bytes = match status.is_success() {
            true => self.answer_limit_bytes,
            false => REFUSAL_LIMIT_BYTES.min(self.answer_limit_bytes),
        };
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            let room = limit_bytes - body.len();
            if chunk.len() > room && status.is_success() {
                return Err(NoAnswer::TooLarge { limit_bytes });
            }
            // Of a refusal the beginning says enough.
            body.extend(chunk.iter().take(room));
            if chunk.len() > room {
                break;
            }
        }
        Ok(Answer {
            status: status.as_u16(),
            headers,
            body,
        })
    }
}
