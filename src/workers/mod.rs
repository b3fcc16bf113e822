//! Those who act: the supervisor that dispatches, the tenants' actors that carry runs out.

pub mod changes;
pub mod dispatch;
mod settings;

pub use settings::WorkerSettings;
