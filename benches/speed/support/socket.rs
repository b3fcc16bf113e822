//! A client that follows the runs of a tenant.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

const SUBSCRIPTION: &str = "subscription($tenant: ID!) { backupRunEvents(tenantId: $tenant) { \
    cursor kind occurredAt previousStatus run { id status attempt progress { phase percent } } } }";

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Follows a tenant's runs at a server, which is named by host and port.
pub(crate) async fn subscribe(server: &str, token: &str, tenant: &str) -> Socket {
    let mut request = format!("ws://{server}/graphql")
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
    let payload = json!({"query": SUBSCRIPTION, "variables": {"tenant": tenant}});
    let ask = json!({"id": "1", "type": "subscribe", "payload": payload});
    socket.send(Message::text(ask.to_string())).await.unwrap();
    socket
}

/// The next message that is no ping.
pub(crate) async fn next(socket: &mut Socket) -> Value {
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
