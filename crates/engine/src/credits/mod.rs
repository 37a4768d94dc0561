//! Credits: given to a workspace, taken for requests that cost some, and given back when those came to nothing.
//!
//! A charge takes credits in one transaction with a row of its own id, so that it happens once however often it is asked
//! for, and is either there with what it took or not at all.

mod charge;
mod error;
mod give;
mod spent;

pub use self::error::CreditError;
pub use self::give::{Credits, NewCreditGrant};

/// Grants that one charge draws from, and that are listed at once.
const MOST_GRANTS: u16 = 1_000;
