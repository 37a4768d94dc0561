//! The whole product, run as its users run it: the real binary, real sockets, real databases.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what is missing or odd here fails a test"
)]

mod bodies;
mod client;
mod commands;
mod crash;
mod credentials;
mod credits;
mod database;
mod demo;
mod documents;
mod house;
mod limits;
mod logins;
mod nodes;
mod oauth;
mod one_decision;
mod pages;
mod portal;
mod protocols;
mod redox;
mod reload;
mod sandbox;
mod scanners;
mod server;
mod sixth;
mod sockets;
mod telemetry;
mod upstreams;
mod usage;
mod webhooks;
mod window;
