//! What a server with 10,000 tenants takes when each of them has an actor that waits.

use std::{
    path::Path,
    process::{Command, Output},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tenantatlas::{
    clock::SystemClock,
    domain::ids::TenantId,
    store::{DatabaseUrl, PoolSettings, Store, StoreError, tenants},
};

use crate::support::{process::resident_kib, rows::new_tenant, serving::Serving};

const TENANTS: usize = 10_000;

/// Hints that are given before the supervisor is asked how far it is: fewer than may wait for it.
const AT_ONCE: usize = 500;

/// Memory that the server has resident, in KiB.
#[derive(Serialize, Deserialize)]
pub(crate) struct Resident {
    /// With no actor.
    pub(crate) before: usize,
    /// With all of them.
    pub(crate) after: usize,
}

pub(crate) fn show() {
    let Resident { before, after } = measure();
    println!(
        "{TENANTS} tenants: {} MiB resident without an actor, {} MiB with one each, {} bytes an actor",
        before / 1_024,
        after / 1_024,
        (after.saturating_sub(before)) * 1_024 / TENANTS
    );
}

/// Measures a process of its own, so that nothing else counts.
pub(crate) fn measure() -> Resident {
    let place = tempfile::tempdir().unwrap();
    let Output { stdout, status, .. } = Command::new(std::env::current_exe().unwrap())
        .arg("serve-actors")
        .arg(place.path())
        .output()
        .unwrap();
    assert!(status.success(), "{status}");
    serde_json::from_slice(&stdout).expect("what it has resident")
}

/// The process: makes the tenants and their actors, and tells what it has resident.
pub(crate) async fn serve(directory: &Path) {
    let url = DatabaseUrl::Sqlite(directory.join("bench.db"));
    let store = Store::open(&url, PoolSettings::default(), Arc::new(SystemClock)).unwrap();
    let ids: Vec<TenantId> = (0..TENANTS).map(|_| TenantId::mint()).collect();
    let made = ids.clone();
    let fill = store.write(move |db, now| {
        for id in &made {
            tenants::insert(db, &new_tenant(*id, now))?;
        }
        Ok::<_, StoreError>(())
    });
    fill.await.unwrap();
    let server = Serving::start(&store).await;
    let own = std::process::id();
    let before = resident_kib(own);
    let mut hired = 0;
    for some in ids.chunks(AT_ONCE) {
        some.iter().for_each(|id| server.workers.hint(*id));
        hired += some.len();
        while server.workers.count().await.unwrap() < hired {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let after = resident_kib(own);
    println!(
        "{}",
        serde_json::to_string(&Resident { before, after }).unwrap()
    );
}
