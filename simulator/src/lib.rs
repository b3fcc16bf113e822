//! A simulated Microsoft Graph with its sign-in service, for tests and demonstrations.
