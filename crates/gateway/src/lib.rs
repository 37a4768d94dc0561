//! The data-plane door: a reverse proxy that lets only decided requests through.
//!
//! A request takes three steps. It is *read* by its contract and *decided* by the engine, which gives
//! a plan; a plan to forward is made into an outbound request, cleaned of all that belongs to the
//! caller's connection and of every claim about who is calling; the outbound request goes to the
//! upstream and its answer streams back. Every failure becomes one [`Error`], one log line and one
//! answer in the contract's envelope.

mod arrival;
mod body;
mod call;
mod error;
mod forward;
mod gateway;
mod guard;
mod hop;
mod idle;
mod options;
mod outbound;
mod passage;
mod tunnel;
mod upload;

pub use arrival::{Arrival, RequestTag, Socket, arrival};
pub use body::{Body, BodyError};
pub use error::{Error, UploadError};
pub use gateway::Gateway;
pub use options::Options;
