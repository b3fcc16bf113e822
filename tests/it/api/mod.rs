//! The API, through its own doors.

mod abuse;
mod authorization;
mod beside;
mod closing;
mod contract;
mod edits;
mod http;
mod inputs;
mod isolation;
mod pace;
mod paging;
mod people;
mod reading;
mod repeats;
mod sockets;
mod starting;
mod statements;
mod strangers;
mod wire;
