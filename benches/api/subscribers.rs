//! What a subscriber costs, and how long an event takes to the last of them.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinSet};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::{
    load::{Door, number, quantile},
    serving::Server,
};

/// Connections of each caller: as many as one may have.
const OF_EACH: usize = 10;

/// Events, one after the other.
const ROUNDS: usize = 6;

const SUBSCRIPTION: &str = "subscription($tenant: ID!) { backupRunEvents(tenantId: $tenant) { \
    cursor kind occurredAt previousStatus run { id status attempt progress { phase percent } } } }";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) async fn measure(server: &Server) {
    let before = server.resident_kib();
    let opening = Instant::now();
    let mut sockets = Vec::new();
    for token in &server.tokens {
        for _ in 0..OF_EACH {
            sockets.push(subscribe(server, token).await);
        }
    }
    let count = sockets.len();
    println!(
        "{count} subscribers of {} callers, opened in {:.2?}",
        server.tokens.len(),
        opening.elapsed()
    );
    // One event is told to each before anything is measured: then everybody listens.
    sockets = round(server, sockets).await.0;
    let each = number(server.resident_kib().saturating_sub(before)) / number(count);
    println!(
        "  memory {each:.1} KiB each, {} MiB in all",
        server.resident_kib() / 1024
    );
    let idle = (Instant::now(), server.processor_seconds());
    tokio::time::sleep(Duration::from_secs(5)).await;
    let used = (server.processor_seconds() - idle.1) / idle.0.elapsed().as_secs_f64();
    println!("  waiting takes {:.1} % of a processor", used * 100.0);
    let mut last = Vec::new();
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        let (listening, mut taken) = round(server, sockets).await;
        sockets = listening;
        taken.sort_unstable();
        last.push(quantile(&taken, 100));
        all.extend(taken);
    }
    all.sort_unstable();
    last.sort_unstable();
    println!(
        "  from event to client: p50 {:.2?}, p99 {:.2?}; to the last client: median {:.2?}, worst {:.2?}",
        quantile(&all, 50),
        quantile(&all, 99),
        quantile(&last, 50),
        quantile(&last, 100)
    );
}

async fn subscribe(server: &Server, token: &str) -> Socket {
    let mut request = format!("ws://{}/graphql", server.graphql)
        .into_client_request()
        .unwrap();
    let headers = request.headers_mut();
    headers.insert(
        "sec-websocket-protocol",
        "graphql-transport-ws".parse().unwrap(),
    );
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let hello =
        json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {token}")}});
    socket.send(Message::text(hello.to_string())).await.unwrap();
    assert_eq!(next(&mut socket).await["type"], "connection_ack");
    let payload = json!({"query": SUBSCRIPTION, "variables": {"tenant": server.tenant}});
    let ask = json!({"id": "1", "type": "subscribe", "payload": payload});
    socket.send(Message::text(ask.to_string())).await.unwrap();
    socket
}

/// The next message that is no ping.
async fn next(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) | Message::Pong(_) => {}
            other @ (Message::Binary(_) | Message::Close(_) | Message::Frame(_)) => {
                panic!("{other:?}")
            }
        }
    }
}

/// One event: how long after it was asked for each subscriber had it.
async fn round(server: &Server, sockets: Vec<Socket>) -> (Vec<Socket>, Vec<Duration>) {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for mut socket in sockets {
        tasks.spawn(async move {
            loop {
                let event = next(&mut socket).await;
                let kind = &event["payload"]["data"]["backupRunEvents"]["kind"];
                // Whoever subscribed after the first event is shown its run instead.
                if kind == "STATUS_CHANGED" || kind == "SNAPSHOT" {
                    return (socket, began.elapsed());
                }
            }
        });
    }
    assert_eq!(Door::bell(server).body().await, "true");
    tasks.join_all().await.into_iter().unzip()
}
