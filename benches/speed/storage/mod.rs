//! What a month of backups takes, beside one backup; and how long the steps are that remove what is old.
//!
//! 30 daily sets of real policies, of which one in a hundred changes each day, made by real runs against the
//! simulated Graph. Without a directory of policies they are made up. The clock is moved by hand; what is stored is
//! measured in the database.

mod month;
mod steps;

use std::path::Path;

pub(crate) use self::month::{DAYS, backed_up};

pub(crate) async fn show(corpus: Option<&Path>) {
    let month = backed_up(corpus).await;
    month.print();
    steps::measure(&month).await;
}
