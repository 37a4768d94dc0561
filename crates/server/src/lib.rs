//! The composition root: everything that is built, wired and started, and the command line over it.
//!
//! `serve`, `demo` and the tests put the same parts together in [`compose`]; only what feeds them differs.

mod collector;
mod command;
pub mod compose;
pub mod contracts;
mod control;
mod counter;
mod countries;
mod demo;
pub mod effects;
mod fetch;
pub mod front;
mod globals;
pub mod hangup;
mod init;
pub mod mail;
mod master_key;
mod output;
mod private_file;
mod remote;
mod routes;
mod shown_settings;
pub mod shutdown;
mod telemetry;
mod trials;

pub use command::main;
