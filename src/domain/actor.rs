//! Who did something.

use std::str::FromStr;

use super::{
    ids::{ApiTokenId, UserId},
    words::words,
};

words! {
    /// A part of the service that acts by itself.
    Component {
        /// Dispatches slots.
        Scheduler "Scheduler"
        /// Carries runs out.
        Worker "Worker"
        /// Deletes sets beyond the retention.
        Retention "Retention"
        /// An operator at the command line of the server.
        CommandLine "Command line"
    }
}

/// Who did something: a person, an API token or the service itself. Names are those of the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    User {
        /// Who.
        id: UserId,
        /// Name to show.
        name: String,
    },
    /// An automation.
    ApiToken {
        /// Which token.
        id: ApiTokenId,
        /// The token's name.
        name: String,
    },
    /// The service itself.
    System(Component),
}

impl Actor {
    /// The person, if it is one.
    pub fn person(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::ApiToken { .. } | Self::System(_) => None,
        }
    }

    /// Name to show.
    pub fn name(&self) -> &str {
        match self {
            Self::User { name, .. } | Self::ApiToken { name, .. } => name,
            Self::System(component) => component.as_str(),
        }
    }
}
