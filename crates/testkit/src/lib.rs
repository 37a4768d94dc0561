//! What the tests of this workspace share: the effects they inject and the real parts they start.
//!
//! Time and randomness are values a test controls. Databases, browsers and proxies are the real ones, started by
//! the test that needs them and gone when it ends.

pub mod chromium;
mod clock;
mod entropy;
pub mod mmdb;
pub mod nginx;
mod postgres;
pub mod process;
pub mod redis;
pub mod upstream;

pub use clock::FakeClock;
pub use entropy::SeededEntropy;
pub use postgres::Postgres;
