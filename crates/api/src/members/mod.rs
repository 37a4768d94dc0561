//! `/v1/workspaces/{id}/members` and `/v1/workspaces/{id}/invitations`: the people of a workspace.

pub(crate) mod invitations;
mod object;
pub(crate) mod people;

pub(crate) use object::{InvitationObject, MemberObject};
