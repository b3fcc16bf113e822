//! What a subscriber costs, and how long an event takes to the last of them.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{load::Door, serving::Server};
use crate::support::{
    numbers::{number, quantile},
    socket::{Socket, next, subscribe},
};

/// Connections of each caller: as many as one may have.
const OF_EACH: usize = 10;

/// Events, one after the other.
const ROUNDS: usize = 6;

pub(crate) async fn measure(server: &Server) {
    let before = server.resident_kib();
    let address = server.graphql.to_string();
    let opening = Instant::now();
    let mut sockets = Vec::new();
    for token in &server.tokens {
        for _ in 0..OF_EACH {
            sockets.push(subscribe(&address, token, &server.tenant).await);
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
