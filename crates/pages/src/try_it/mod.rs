//! "Try it": a request to a route of an API, sent by this server through its own gateway for whoever reads the docs.

mod ask;
mod outcome;
pub(crate) mod page;
mod purchase;
mod route;
