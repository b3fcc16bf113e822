//! The Graph client against the simulated Graph, over real HTTP.
#![cfg(feature = "simulator")]

mod completion;
mod faults;
mod lists;
mod sign_in;
mod support;
mod throttling;
mod wire;
