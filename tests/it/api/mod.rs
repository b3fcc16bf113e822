//! The API, through its own doors.

mod authorization;
mod contract;
mod credentials;
mod edits;
mod http;
mod inputs;
mod isolation;
mod members;
mod paging;
mod people;
mod reading;
mod repeats;
mod sets;
mod sockets;
mod starting;
mod strangers;
mod tenants;
mod tokens;
