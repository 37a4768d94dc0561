//! OAuth and OpenID Connect as clients and people use them, against the demo.

mod application;
pub(crate) mod browser;
mod checklist;
mod documents;
mod environments;
mod exchange;
mod faults;
pub(crate) mod libraries;
mod machines;
mod person;
mod possession;
mod sessions;
mod tokens;
mod upstream;

pub(crate) use application::{Application, claims};
