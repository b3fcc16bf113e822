//! The product through its doors: a real server, a real database, a simulated Microsoft Graph.
//!
//! Runs on SQLite and, when `TEST_DATABASE_URL` names a server, once more on PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod api;
mod audit;
mod backups;
mod batches;
mod behaviour;
mod captures;
mod clocks;
mod commands;
mod copies;
mod corpus;
mod credentials;
mod damage;
mod docs;
mod doctor;
mod embedded;
mod exports;
mod faults;
mod fleets;
mod freshness;
mod full_disk;
mod history;
mod house_rules;
mod housekeeping;
mod interruptions;
mod key_rotation;
#[path = "../keys/mod.rs"]
mod keys;
mod kinds;
mod large;
mod last_changes;
mod leases;
mod left_behind;
mod limits;
mod logs;
mod metrics;
mod metrics_figures;
mod metrics_page;
mod metrics_served;
mod migration_rules;
mod migrations;
mod notifications;
mod on_postgres;
mod outages;
mod overlap;
mod proof;
mod purge;
mod purge_killed;
mod references;
mod refused_writes;
mod requests;
mod restart;
mod retention;
mod reuse;
mod schema;
mod secrets;
mod servers;
mod shutdown;
mod starts;
mod support;
mod takeover;
mod tick;
mod tls;
mod traces;
mod upgrades;
