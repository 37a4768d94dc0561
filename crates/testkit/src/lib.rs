//! For tests only: effects that tests command, and real servers that end with the test process.

mod clock;
mod entropy;
mod postgres;

pub use clock::FakeClock;
pub use entropy::SeededEntropy;
pub use postgres::Postgres;
