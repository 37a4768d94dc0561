//! Members of workspaces: invited by mail, given roles, removed. One file per use case.

mod accept;
mod error;
mod invite;
mod letter;
mod manage;
mod password;
mod visit;

pub use accept::{Invited, NewMember};
pub use error::MemberError;
pub use invite::NewInvitation;
pub(crate) use letter::INVITATION_LIFE;
pub use visit::Visit;
