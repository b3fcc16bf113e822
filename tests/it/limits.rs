//! Where PostgreSQL and the store end what takes too long, and what must not wait for others. These return
//! at once where the suite runs on SQLite.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use diesel::{RunQueryDsl, sql_query};
use tenantatlas::{
    clock::SystemClock,
    store::{DatabaseUrl, Db, PoolSettings, Readiness, Store, StoreError},
};
use tokio::sync::oneshot;

use crate::support::{
    Database,
    database::Line,
    proxy::{Proxy, Way},
};

/// Longer than anything here should take.
const LONG: Duration = Duration::from_secs(60);

fn on_postgres() -> Option<Database> {
    let database = Database::create();
    if database.is_embedded() {
        return None;
    }
    database.execute("CREATE TABLE marks (mark integer NOT NULL)");
    database.execute("INSERT INTO marks VALUES (0)");
    Some(database)
}

fn open(url: &DatabaseUrl, settings: PoolSettings) -> Store {
    Store::open(url, settings, Arc::new(SystemClock)).unwrap()
}

fn carry_out(db: &mut Db, statement: &str) -> Result<(), StoreError> {
    sql_query(statement).execute(db)?;
    Ok(())
}

async fn marks(store: &Store) -> String {
    let query = sql_query("SELECT string_agg(mark::text, ',' ORDER BY mark) AS line FROM marks");
    let read = store.read(move |db| {
        let line: Line = query.get_result(db)?;
        Ok::<_, StoreError>(line.line)
    });
    read.await.unwrap()
}

#[actix_rt::test]
async fn a_statement_that_takes_too_long_is_ended_by_the_database() {
    let Some(database) = on_postgres() else {
        return;
    };
    let settings = PoolSettings {
        statement_timeout: Duration::from_millis(300),
        ..PoolSettings::default()
    };
    let store = open(&database.url, settings);
    let slept = store.read(|db| carry_out(db, "SELECT pg_sleep(60)")).await;
    let error = slept.unwrap_err();
    assert!(
        error.is_passing() && error.is_of_the_database(),
        "{error:?}"
    );
    assert_eq!(marks(&store).await, "0");
}

#[actix_rt::test]
async fn a_transaction_that_stands_still_loses_its_locks() {
    let Some(database) = on_postgres() else {
        return;
    };
    let settings = PoolSettings {
        idle_in_transaction: Duration::from_millis(500),
        ..PoolSettings::default()
    };
    let standing = open(&database.url, settings);
    let (locked, is_locked) = oneshot::channel();
    let (let_go, held) = mpsc::channel::<()>();
    let standing = actix_rt::spawn(async move {
        let change = move |db: &mut Db, _| {
            carry_out(db, "UPDATE marks SET mark = 1")?;
            locked.send(()).unwrap();
            held.recv_timeout(LONG).unwrap();
            carry_out(db, "UPDATE marks SET mark = 2")
        };
        standing.write(change).await
    });
    is_locked.await.unwrap();
    let other = open(&database.url, PoolSettings::default());
    let change = other.write(|db, _| carry_out(db, "UPDATE marks SET mark = 3"));
    change.await.unwrap();
    let_go.send(()).unwrap();
    let error = standing.await.unwrap().unwrap_err();
    assert!(error.is_of_the_database(), "{error:?}");
    assert_eq!(marks(&other).await, "3");
}

#[actix_rt::test]
async fn a_change_that_was_given_up_is_not_made_afterwards() {
    let Some(database) = on_postgres() else {
        return;
    };
    let proxy = Arc::new(Proxy::before(&database).unwrap());
    let settings = PoolSettings {
        connections: 1,
        statement_timeout: Duration::from_secs(1),
        ..PoolSettings::default()
    };
    let store = open(&DatabaseUrl::Postgres(proxy.url.clone()), settings);
    let stalled = proxy.clone();
    let change = store.write(move |db, _| {
        carry_out(db, "INSERT INTO marks VALUES (1)")?;
        stalled.set(Way::Stalled);
        carry_out(db, "SELECT 1")
    });
    let told = change.await.unwrap_err();
    assert!(matches!(told, StoreError::Silent), "{told:?}");
    proxy.set(Way::Open);
    // Waits until that transaction has ended in one way or the other.
    database.execute("ALTER TABLE marks ADD COLUMN waited integer");
    assert_eq!(marks(&store).await, "0");
}

#[actix_rt::test]
async fn what_must_not_wait_does_not_wait_for_those_that_take_long() {
    let Some(database) = on_postgres() else {
        return;
    };
    let settings = PoolSettings {
        connections: 1,
        patience: Duration::from_millis(500),
        ..PoolSettings::default()
    };
    let store = open(&database.url, settings);
    let (begun, has_begun) = oneshot::channel();
    let (let_go, held) = mpsc::channel::<()>();
    let landing = store.clone();
    let landing = actix_rt::spawn(async move {
        let change = move |db: &mut Db, _| {
            carry_out(db, "INSERT INTO marks VALUES (1)")?;
            begun.send(()).unwrap();
            held.recv_timeout(LONG).unwrap();
            Ok::<_, StoreError>(())
        };
        landing.write(change).await
    });
    has_begun.await.unwrap();
    let turned_away = store.read(|db| carry_out(db, "SELECT 1")).await;
    assert!(
        matches!(turned_away, Err(StoreError::Busy)),
        "{turned_away:?}"
    );
    let renewal = store.urgent();
    let renewal = renewal.write(|db, _| carry_out(db, "INSERT INTO marks VALUES (2)"));
    renewal.await.unwrap();
    assert_eq!(store.readiness().await.unwrap(), Readiness::Ready);
    let_go.send(()).unwrap();
    landing.await.unwrap().unwrap();
    assert_eq!(marks(&store).await, "0,1,2");
}
