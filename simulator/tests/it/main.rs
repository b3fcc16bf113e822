//! The simulator over real HTTP.

#[cfg(test)]
mod client;
#[cfg(test)]
mod reading;
