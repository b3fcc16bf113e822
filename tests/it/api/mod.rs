//! The API, through its own doors.

mod abuse;
mod authorization;
mod beside;
mod closing;
mod contract;
mod credentials;
mod edits;
mod http;
mod inputs;
mod isolation;
mod matrix;
mod members;
mod pace;
mod paging;
mod people;
mod reading;
mod repeats;
mod sets;
mod sockets;
mod starting;
mod statements;
mod strangers;
mod tenants;
mod tokens;
mod wire;
