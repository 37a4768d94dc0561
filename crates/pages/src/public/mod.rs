//! The pages of an API's own host: sign-in, consent, account. In the API's name and colour.
//!
//! Between two pages a request travels as a sealed `flow`; no page ever leads to an address from a parameter. Who may
//! do what stands in how a handler gets at a form: [`form`] hands it out only together with the proof that it is ours.

mod account;
mod agent;
mod authorize;
mod brand;
mod color;
mod consent;
mod device;
mod error;
mod form;
mod frame;
mod language;
mod logo;
mod look;
mod notice;
mod recover;
mod refusal;
mod render;
mod router;
mod second_factor;
mod select_account;
mod sign_in;
mod sign_out;
mod sign_up;
mod step;
mod upstream;
mod verify_email;
mod visit;

#[cfg(test)]
mod form_tests;
#[cfg(test)]
mod gallery_tests;

pub(crate) use consent::{ClientFace, ScopeLine, duration_text, lines};
pub use router::{PUBLIC_ROUTES, PublicPages};
pub use visit::PageCall;
