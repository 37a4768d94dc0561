//! The HTML doors of the control origin: the landing page, sign-in and the console.
//!
//! Pages are rendered on the server and need no script. They hold no rules: each form makes the same engine call as
//! the management API. What somebody may do stands in the type of the permit that a handler takes, and a form can
//! only be read together with the proof that it is one of ours ([`sent`]).

mod chrome;
mod complaints;
mod cookie;
mod error;
mod fields;
mod frame;
mod keys;
mod landing;
mod moment;
mod notice;
mod overview;
mod permit;
mod provenance;
mod router;
mod sent;
mod sign_in;
mod state;
mod style;
mod workspaces;

pub use router::{ROUTES, router};
pub use state::{CallId, CallerAddress, PagesState};
