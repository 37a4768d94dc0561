//! What something was done to.

use std::fmt;
use std::str::FromStr;

use crate::id::{
    AccessRequestId, AccountId, ApiId, ClientId, FamilyId, FindingId, GrantId, InvitationId, KeyId,
    OperatorTokenId, SessionId, SigningKeyId, WebhookId, WorkspaceId,
};

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident($id:ident);)*) => {
        /// What something was done to. Written as its id, whose prefix says what it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AuditObject {
            $($(#[$doc])* $name($id),)*
        }

        impl fmt::Display for AuditObject {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name(id) => id.fmt(f),)*
                }
            }
        }

        $(impl From<$id> for AuditObject {
            fn from(id: $id) -> Self {
                Self::$name(id)
            }
        })*

        impl FromStr for AuditObject {
            type Err = UnknownObject;

            fn from_str(text: &str) -> Result<Self, UnknownObject> {
                $(if let Ok(id) = text.parse() {
                    return Ok(Self::$name(id));
                })*
                Err(UnknownObject)
            }
        }
    };
}

objects! {
    /// An API.
    Api(ApiId);
    /// A workspace.
    Workspace(WorkspaceId);
    /// A key.
    Key(KeyId);
    /// A client.
    Client(ClientId);
    /// A grant.
    Grant(GrantId);
    /// An account: an operator's, a member's or a user's.
    Account(AccountId);
    /// A request for access.
    AccessRequest(AccessRequestId);
    /// An invitation to a workspace.
    Invitation(InvitationId);
    /// A browser session.
    Session(SessionId);
    /// A family of tokens.
    TokenFamily(FamilyId);
    /// A signing key.
    SigningKey(SigningKeyId);
    /// An operator token.
    OperatorToken(OperatorTokenId);
    /// Something unusual that was found.
    Finding(FindingId);
    /// A webhook.
    Webhook(WebhookId);
}

/// The text is no id of anything that is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an object, such as key_…")]
pub struct UnknownObject;

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_object_is_known_by_the_prefix_of_its_id() {
        let id = Uuid::from_u128(9);
        for object in [
            AuditObject::Key(KeyId::from_uuid(id)),
            AuditObject::Session(SessionId::from_uuid(id)),
            AuditObject::Api(ApiId::from_uuid(id)),
            AuditObject::TokenFamily(FamilyId::from_uuid(id)),
        ] {
            assert_eq!(object.to_string().parse(), Ok(object));
        }
        assert_eq!("nod_00000000000000000000000000".parse::<AuditObject>(), Err(UnknownObject));
    }
}
