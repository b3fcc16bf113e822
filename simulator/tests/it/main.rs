//! The simulator over real HTTP.

#[cfg(test)]
mod assertions;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod awkward;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod client;
#[cfg(test)]
mod control;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod faults;
mod issuer;
#[cfg(test)]
mod oddities;
#[cfg(test)]
mod paging;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod rare_kinds;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod sign_in;
