//! TenantAtlas: unattended, scheduled, verifiable backups of Microsoft Intune and Entra
//! configuration. The rooms, in reading order; ARCHITECTURE.md tells how they fit.

pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod data_dir;
pub mod domain;
pub mod draft;
pub mod export;
pub mod graph;
pub mod key_file;
pub mod measure;
pub mod metrics;
pub mod oidc;
pub mod store;
pub mod task;
pub mod telemetry;
pub mod vault;
pub mod workers;
