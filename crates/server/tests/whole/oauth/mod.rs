//! OAuth and OpenID Connect as clients and people use them, against the demo.

mod application;
mod browser;
mod checklist;
mod documents;
mod environments;
mod faults;
mod libraries;
mod person;
mod possession;
mod tokens;
mod upstream;
