//! What workers work with.

use std::sync::Arc;

use super::measures::Measures;
use crate::{clock::Clock, graph::Graph, store::Store, vault::Vault};

/// The database, the key, Graph and the time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Deps {
    /// The database.
    pub store: Store,
    /// The key that seals secrets.
    pub vault: Vault,
    /// Microsoft Graph.
    pub graph: Graph,
    /// The time of the day.
    pub clock: Arc<dyn Clock>,
    /// What they count.
    pub measures: Arc<Measures>,
}
