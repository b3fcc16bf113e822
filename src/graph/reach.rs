//! Whether hosts can be reached at all, without signing in to anything.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Method;

use super::{Graph, settings::Hosts};
use crate::{domain::tenant::Cloud, telemetry::chain};

/// How long a host may take.
const WITHIN: Duration = Duration::from_secs(5);

/// What came of asking a host.
#[derive(Clone, Debug)]
pub struct Reached {
    /// Which, as a URL.
    pub host: String,
    /// Its time, if it told one; or why there is no answer, with all causes.
    pub answer: Result<Option<DateTime<Utc>>, String>,
}

impl Graph {
    /// Asks the sign-in host and the Graph host of a cloud for nothing in particular: any answer will do.
    pub async fn reach(&self, cloud: Cloud) -> [Reached; 2] {
        let hosts = Hosts::of(cloud, &self.0.settings);
        let (login, graph) = tokio::join!(self.ask(hosts.login), self.ask(hosts.graph));
        [login, graph]
    }

    async fn ask(&self, host: String) -> Reached {
        let request = self.0.http.client(true).request(Method::GET, &host);
        let answer = match tokio::time::timeout(WITHIN, request.send()).await {
            Ok(Ok(answer)) => {
                let date = answer.headers().get("date");
                let date = date.and_then(|date| date.to_str().ok());
                let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
                Ok(date.map(|date| date.to_utc()))
            }
            Ok(Err(error)) => Err(chain(&error.without_url()).to_string()),
            Err(_) => Err("no answer within 5 seconds: timed out".to_owned()),
        };
        Reached { host, answer }
    }
}
