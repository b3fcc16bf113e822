//! The API.
//!
//! A view is made of a domain value and the caller's standing in its tenant.

mod access;
mod actors;
mod backup_lists;
mod backups;
mod budget;
mod call;
mod codes;
mod cursors;
mod error;
mod faults;
mod filters;
mod ids;
mod item_lists;
mod items;
mod kinds;
mod loaders;
mod nodes;
mod pages;
mod policies;
mod policy_lists;
mod policy_types;
mod query;
mod recurrences;
mod repeats;
mod run_changes;
mod run_lists;
mod run_payloads;
mod runs;
mod scalars;
mod schedule_audit;
mod schedule_changes;
mod schedule_inputs;
mod schedule_lists;
mod schedule_payloads;
mod schedule_permits;
mod schedules;
mod schema;
mod server_info;
mod settings;
mod tenant_lists;
mod tenants;
mod viewer;
mod words;

pub use schema::sdl;
pub use settings::{ApiSettings, Limits, SocketLimits, TrustedProxies};
