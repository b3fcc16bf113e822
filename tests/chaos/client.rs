//! Somebody who talks to the API: at whichever server answers.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, client::IntoClientRequest},
};

/// How long one server is waited for.
const PATIENCE: Duration = Duration::from_secs(4);

/// How long an answer is looked for at one server after the other.
const PERSISTENCE: Duration = Duration::from_secs(40);

/// What a server says that cannot answer now, or whose database cannot.
const PASSING: [&str; 3] = ["INTERNAL", "UNAVAILABLE", "TIMEOUT"];

/// All servers, as a caller knows them.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    addresses: Vec<SocketAddr>,
}

impl Client {
    pub(crate) fn new(addresses: &[SocketAddr]) -> Self {
        let http = reqwest::Client::builder().timeout(PATIENCE);
        Self {
            http: http.build().expect("an HTTP client"),
            addresses: addresses.to_vec(),
        }
    }

    /// The server that is asked at a turn.
    pub(crate) fn address(&self, turn: usize) -> SocketAddr {
        self.addresses[turn % self.addresses.len()]
    }

    /// The data of an answer, from the first server that gives one, beginning with that of a turn.
    ///
    /// # Errors
    ///
    /// The codes of an answer that no other server would give otherwise; none when nobody answered
    /// for long.
    pub(crate) async fn ask(
        &self,
        turn: usize,
        token: &str,
        query: &str,
        variables: &Value,
    ) -> Result<Value, Option<String>> {
        let begun = Instant::now();
        let mut turn = turn;
        while begun.elapsed() < PERSISTENCE {
            match self.ask_one(turn, token, query, variables).await {
                Some(mut answer) if answer["errors"].is_null() => return Ok(answer["data"].take()),
                Some(answer) => {
                    let codes = codes_of(&answer);
                    if !PASSING.iter().any(|passing| codes.contains(passing)) {
                        return Err(Some(codes));
                    }
                }
                None => {}
            }
            turn += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(None)
    }

    async fn ask_one(
        &self,
        turn: usize,
        token: &str,
        query: &str,
        variables: &Value,
    ) -> Option<Value> {
        let asked = self
            .http
            .post(format!("http://{}/graphql", self.address(turn)))
            .bearer_auth(token)
            .json(&json!({"query": query, "variables": variables}));
        // Whatever broke, another server is asked the same.
        asked.send().await.ok()?.json().await.ok()
    }
}

fn codes_of(answer: &Value) -> String {
    let errors = answer["errors"].as_array().into_iter().flatten();
    let codes: Vec<_> = errors
        .map(|error| error["extensions"]["code"].as_str().unwrap_or("?"))
        .collect();
    codes.join(" ")
}

/// A connection for subscriptions.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens one that nothing has been said on.
pub(crate) async fn socket(address: SocketAddr) -> Result<Socket, Error> {
    let mut request = format!("ws://{address}/graphql").into_client_request()?;
    let protocol = "graphql-transport-ws".parse().expect("a header");
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    Ok(connect_async(request).await?.0)
}
