//! What several measurements use.

pub(crate) mod databases;
pub(crate) mod metrics;
pub(crate) mod numbers;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod rows;
pub(crate) mod serving;
pub(crate) mod socket;
pub(crate) mod stock;
