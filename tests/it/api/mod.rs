//! The API, through its own doors.

mod abuse;
mod authorization;
mod contract;
mod beside;
mod closing;
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
mod strangers;
mod statements;
mod wire;
