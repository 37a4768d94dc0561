//! For tests only: what a test of this server needs around it.

pub mod chromium;
pub mod nginx;
pub mod process;
pub mod redis;
