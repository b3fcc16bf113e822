//! The API, through its own doors.

mod authorization;
mod contract;
mod edits;
mod http;
mod inputs;
mod isolation;
mod paging;
mod people;
mod reading;
mod repeats;
mod sockets;
mod starting;
mod strangers;
