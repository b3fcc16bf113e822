//! A client that asks one thing over and over, on connections that stay open.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::TcpStream,
    task::JoinSet,
};

use super::serving::Server;

/// What the measurement asks for. Nothing in it depends on the door.
const QUERY: &str = "query($id: ID!) { tenant(id: $id) { name backupRuns(first: 50) { nodes { id status trigger \
    createdAt startedAt finishedAt attempt } } } }";

/// One door of the server, and what is sent to it.
pub(crate) struct Door {
    address: SocketAddr,
    request: String,
}

impl Door {
    pub(crate) fn graphql(server: &Server) -> Self {
        let body = json!({"query": QUERY, "variables": {"id": server.tenant}});
        Self::new(
            server.graphql,
            "/graphql",
            &server.tokens[0],
            &body.to_string(),
        )
    }

    pub(crate) fn bare(server: &Server) -> Self {
        let body = json!({"id": server.tenant});
        Self::new(server.bare, "/", &server.tokens[0], &body.to_string())
    }

    /// What makes one event.
    pub(crate) fn bell(server: &Server) -> Self {
        Self::new(server.bare, "/bell", "", "{}")
    }

    fn new(address: SocketAddr, path: &str, token: &str, body: &str) -> Self {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\naccept: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self { address, request }
    }

    /// One answer.
    pub(crate) async fn body(&self) -> String {
        let mut stream = BufStream::new(TcpStream::connect(self.address).await.unwrap());
        let bytes = ask(&mut stream, &self.request).await;
        String::from_utf8(bytes).unwrap()
    }

    /// Asks for so long on so many connections at once: how long each answer took.
    pub(crate) async fn press(&self, connections: usize, time: Duration) -> Vec<Duration> {
        let end = Instant::now() + time;
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let (address, request) = (self.address, self.request.clone());
            tasks.spawn(async move {
                let mut stream = BufStream::new(TcpStream::connect(address).await.unwrap());
                let mut taken = Vec::new();
                while Instant::now() < end {
                    let began = Instant::now();
                    ask(&mut stream, &request).await;
                    taken.push(began.elapsed());
                }
                taken
            });
        }
        tasks.join_all().await.into_iter().flatten().collect()
    }
}

async fn ask(stream: &mut BufStream<TcpStream>, request: &str) -> Vec<u8> {
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut length = 0;
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.contains(" 200 "), "{line}");
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    body
}
