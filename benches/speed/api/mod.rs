//! What GraphQL costs over the database beneath it, and what a subscriber costs.
//!
//! The server under measurement is a process of its own; its client is
//! this one. Two doors of that server answer the same bytes from the same statements: GraphQL, and a
//! bare handler. Then 2,000 WebSocket connections of 200 callers wait for one event.

mod filling;
mod load;
mod serving;
mod subscribers;

use std::time::Duration;

pub(crate) use self::serving::serve;
use self::{load::Door, serving::Server};
use crate::support::numbers::{number, quantile};

/// How often each door has its turn; the turns alternate, so that both see the same machine.
const TURNS: usize = 4;

const TURN: Duration = Duration::from_secs(4);

/// Callers at once.
const CONNECTIONS: usize = 8;

pub(crate) async fn show() {
    compare(&Server::start()).await;
    subscribers::measure(&Server::start()).await;
}

/// The throughput of GraphQL, in that of the bare handler.
pub(crate) async fn ratio() -> f64 {
    compare(&Server::start()).await
}

async fn compare(server: &Server) -> f64 {
    let doors = [Door::graphql(server), Door::bare(server)];
    let [graphql, bare] = [doors[0].body().await, doors[1].body().await];
    // GraphQL says besides what the request has cost.
    let data = bare.strip_suffix('}').unwrap();
    assert!(
        graphql.starts_with(data),
        "both doors answer the same bytes"
    );
    println!(
        "tenant {{ backupRuns(first: 50) }}: {} bytes, {CONNECTIONS} connections, {TURNS} turns of {TURN:?} each",
        graphql.len()
    );
    let mut taken = [Vec::new(), Vec::new()];
    let mut processor = [0.0, 0.0];
    for _ in 0..TURNS {
        for ((door, taken), processor) in doors.iter().zip(&mut taken).zip(&mut processor) {
            let before = server.processor_seconds();
            taken.extend(door.press(CONNECTIONS, TURN).await);
            *processor += server.processor_seconds() - before;
        }
    }
    let seconds = TURN.as_secs_f64() * number(TURNS);
    let mut rates = Vec::new();
    for ((name, taken), processor) in ["GraphQL", "bare handler"]
        .iter()
        .zip(&mut taken)
        .zip(processor)
    {
        taken.sort_unstable();
        let rate = number(taken.len()) / seconds;
        println!(
            "  {name:12} {rate:7.0} answers/s, p50 {:.2?}, p99 {:.2?}, processor {:.2} ms each",
            quantile(taken, 50),
            quantile(taken, 99),
            processor * 1e3 / number(taken.len())
        );
        rates.push(rate);
    }
    let ratio = rates[0] / rates[1];
    println!("  ratio {ratio:.2} of the bare handler's throughput");
    ratio
}
