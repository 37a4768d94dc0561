//! OAuth and OpenID Connect as clients and people use them, against the demo.

mod application;
mod checklist;
mod documents;
mod faults;
mod libraries;
mod person;
mod tokens;
