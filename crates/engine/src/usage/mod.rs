//! Usage: what was counted, written in batches every second, folded into minutes, hours and days, and asked for.

mod flush;
mod query;

pub use self::query::{UsageError, UsageQuery};
