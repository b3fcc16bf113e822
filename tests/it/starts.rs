//! A server that starts: it begins no work before it has its address, and until it serves nobody is kept
//! waiting there.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use crate::support::{
    Database,
    program::Program,
    shell::{Ran, Shell},
    story::Story,
};

#[actix_rt::test]
async fn a_server_that_cannot_have_its_address_says_so_at_once_and_leaves_queued_runs_alone() {
    let story = Story::begin(Database::create());
    let mut first = Program::start(story.serve());
    first.becomes(200).await;
    let schedule = story.schedule(&first, "Weekly").await;
    let gate = story.graph.hold("*/deviceConfigurations");
    let run = story.run(&first, &schedule).await;
    gate.arrived().await;
    assert!(first.stopped().await.success());
    assert_eq!(first.told("a run was handed back to the queue").len(), 1);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (before, asked) = (story.database.dump(), story.graph.log().len());
    let mut serve = story.serve();
    serve.env("TENANTATLAS_LISTEN", &address);
    let began = Instant::now();
    let told = Ran::of(serve.output().unwrap()).refused(1);
    // Less than the grace that runs in flight would be given.
    assert!(began.elapsed() < Duration::from_secs(2), "{told}");
    assert!(
        told.contains(&format!("the API cannot listen at {address}")),
        "{told}"
    );
    // What starts, and why it does not: nothing was done between.
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(before == story.database.dump(), "it wrote: {told}");
    assert_eq!(story.graph.log().len(), asked, "{told}");

    gate.open();
    let mut next = Program::start(story.serve());
    next.becomes(200).await;
    assert_eq!(story.end_of(&next, &run).await, "SUCCEEDED");
}

fn connecting(address: SocketAddr) -> io::Result<TcpStream> {
    TcpStream::connect_timeout(&address, Duration::from_secs(20))
}

#[actix_rt::test]
async fn who_asks_a_server_that_waits_for_its_database_is_refused_at_once() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut serve = shell.command(&["serve"]);
    serve
        .env("TENANTATLAS_LISTEN", address.to_string())
        // Nobody listens at the first port.
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
    let mut server = Program::start(serve);
    server.tells("cannot start yet").await;
    let refused = connecting(address).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    assert!(server.stopped().await.success());
}
