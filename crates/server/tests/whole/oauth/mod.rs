//! OAuth and OpenID Connect as clients and people use them, against the demo.

mod application;
mod browser;
mod checklist;
mod documents;
mod faults;
pub(crate) mod libraries;
mod person;
mod possession;
mod tokens;
