//! People who follow runs and notifications: over a WebSocket to one server, and when that breaks, to
//! the next one, from where they were.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    task::JoinHandle,
    time::{Instant, interval, timeout},
};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, Socket, socket};

/// How long a server may say nothing, not even that it is there.
const SILENCE: Duration = Duration::from_secs(3);
/// Between two questions whether it is.
const BETWEEN_PINGS: Duration = Duration::from_secs(1);

const RUNS: &str = "subscription($tenant: ID, $after: String) {
    events: backupRunEvents(tenantId: $tenant, includeProgress: false, after: $after) {
        cursor kind occurredAt previousStatus run { id status }
    }
}";

const NOTIFICATIONS: &str = "subscription($after: String) {
    events: notificationEvents(after: $after) { cursor kind occurredAt unreadCount notification { id } }
}";

/// What somebody follows.
#[derive(Clone, Debug)]
pub(crate) enum Topic {
    /// The runs of a tenant, by its public ID.
    Runs { tenant: String },
    /// The caller's notifications.
    Notifications,
}

/// What was heard, in the order of hearing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) events: Vec<Value>,
    /// Connections that told something or let somebody subscribe.
    pub(crate) connections: usize,
    /// What servers refused for good.
    pub(crate) refusals: Vec<String>,
}

/// Somebody who follows. Dropping it ends that.
#[derive(Debug)]
pub(crate) struct Follower {
    heard: Arc<Mutex<Heard>>,
    task: JoinHandle<()>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Why a connection is over.
enum Over {
    /// It broke, or the server has gone quiet.
    Broken,
    /// The server will never answer otherwise.
    Refused(String),
}

impl Follower {
    /// Begins to follow, at the server of a turn.
    pub(crate) fn of(client: &Client, turn: usize, token: String, topic: Topic) -> Self {
        let heard = Arc::<Mutex<Heard>>::default();
        let (client, hears) = (client.clone(), heard.clone());
        let task = tokio::spawn(async move {
            for turn in turn.. {
                let address = client.address(turn);
                let listened = match timeout(SILENCE, socket(address)).await {
                    Ok(Ok(socket)) => listen(socket, &token, &topic, &hears).await,
                    Ok(Err(_)) | Err(_) => Over::Broken,
                };
                if let Over::Refused(why) = listened {
                    hears.lock().unwrap().refusals.push(why);
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
        Self { heard, task }
    }

    /// Whether a server has let it in.
    pub(crate) fn is_let_in(&self) -> bool {
        self.heard.lock().unwrap().connections > 0
    }

    /// Whether anything was heard yet that a later connection could go on from.
    pub(crate) fn has_heard(&self) -> bool {
        !self.heard.lock().unwrap().events.is_empty()
    }

    /// What was heard so far.
    pub(crate) fn heard(&self) -> Heard {
        self.heard.lock().unwrap().clone()
    }
}

/// Says hello, subscribes from where it was, and hears until it is over.
async fn listen(mut socket: Socket, token: &str, topic: &Topic, heard: &Mutex<Heard>) -> Over {
    let hello =
        json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {token}")}});
    let after = {
        let heard = heard.lock().unwrap();
        let last = heard.events.last();
        last.map_or(Value::Null, |event| event["cursor"].clone())
    };
    let payload = match topic {
        Topic::Runs { tenant } => {
            json!({"query": RUNS, "variables": {"tenant": tenant, "after": after}})
        }
        Topic::Notifications => json!({"query": NOTIFICATIONS, "variables": {"after": after}}),
    };
    let subscribe = json!({"id": "1", "type": "subscribe", "payload": payload});
    if say(&mut socket, hello).await.is_err() {
        return Over::Broken;
    }
    let mut pings = interval(BETWEEN_PINGS);
    let mut last = Instant::now();
    loop {
        let message = tokio::select! {
            _ = pings.tick() => {
                if last.elapsed() > SILENCE || say(&mut socket, json!({"type": "ping"})).await.is_err() {
                    return Over::Broken;
                }
                continue;
            }
            message = socket.next() => message,
        };
        last = Instant::now();
        let message: Value = match message {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).expect("JSON"),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Binary(_) | Message::Close(_) | Message::Frame(_)) | Err(_))
            | None => {
                return Over::Broken;
            }
        };
        let answer = match message["type"].as_str() {
            Some("connection_ack") => {
                heard.lock().unwrap().connections += 1;
                say(&mut socket, subscribe.clone()).await
            }
            Some("ping") => say(&mut socket, json!({"type": "pong"})).await,
            Some("pong") => Ok(()),
            Some("next") if message["payload"]["errors"].is_null() => {
                let event = message["payload"]["data"]["events"].clone();
                heard.lock().unwrap().events.push(event);
                Ok(())
            }
            _ => return refused(&message),
        };
        if answer.is_err() {
            return Over::Broken;
        }
    }
}

async fn say(socket: &mut Socket, message: Value) -> Result<(), ()> {
    let sent = timeout(SILENCE, socket.send(Message::text(message.to_string()))).await;
    sent.map_err(drop)?.map_err(drop)
}

/// A subscription that a server ends. While the database is away, or the server stops, it may.
fn refused(message: &Value) -> Over {
    let text = message.to_string();
    let passing = ["INTERNAL", "UNAVAILABLE", "TIMEOUT", "\"complete\""];
    match passing.iter().any(|passing| text.contains(passing)) {
        true => Over::Broken,
        false => Over::Refused(text),
    }
}
