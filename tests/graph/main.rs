//! The Graph client against the simulated Graph, over real HTTP.
#![cfg(feature = "simulator")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something else than it expects has failed"
)]

mod batches;
mod completion;
mod credentials;
mod faults;
#[path = "../keys/mod.rs"]
mod keys;
mod limits;
mod lists;
mod look_ups;
mod oddities;
mod profiles;
mod settings;
mod sign_in;
mod support;
mod throttling;
mod wire;
