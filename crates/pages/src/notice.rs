//! What the page after a redirect says has happened. A closed list: no text comes from the address.

use crate::fields::Fields;

/// Something that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    KeyDisabled,
    KeyEnabled,
    KeyRevoked,
    /// A node of this installation has not confirmed the revocation yet.
    KeyBeingRevoked,
    /// A form that shows a secret was sent a second time.
    ShownAlready,
    WorkspaceCreated,
    WorkspaceSuspended,
    WorkspaceResumed,
    AuthenticatorRemoved,
    CodesStored,
}

impl Notice {
    const ALL: [Self; 10] = [
        Self::KeyDisabled,
        Self::KeyEnabled,
        Self::KeyRevoked,
        Self::KeyBeingRevoked,
        Self::ShownAlready,
        Self::WorkspaceCreated,
        Self::WorkspaceSuspended,
        Self::WorkspaceResumed,
        Self::AuthenticatorRemoved,
        Self::CodesStored,
    ];

    /// The word in the address.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::KeyDisabled => "disabled",
            Self::KeyEnabled => "enabled",
            Self::KeyRevoked => "revoked",
            Self::KeyBeingRevoked => "being-revoked",
            Self::ShownAlready => "shown",
            Self::WorkspaceCreated => "created",
            Self::WorkspaceSuspended => "suspended",
            Self::WorkspaceResumed => "resumed",
            Self::AuthenticatorRemoved => "authenticator-removed",
            Self::CodesStored => "codes-stored",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::KeyDisabled => "The key is disabled. It works again once you enable it.",
            Self::KeyEnabled => "The key is enabled.",
            Self::KeyRevoked => "The key is revoked. No request with it is let through any more.",
            Self::KeyBeingRevoked => {
                "The key is revoked. A server has not confirmed it yet and refuses it within seconds."
            }
            Self::ShownAlready => {
                "It was shown already and cannot be shown again. If it was not stored, make a new one below."
            }
            Self::WorkspaceCreated => "The workspace is ready for its first key.",
            Self::WorkspaceSuspended => {
                "The workspace is suspended. None of its keys works until it is resumed."
            }
            Self::WorkspaceResumed => "The workspace is resumed. Its keys work again.",
            Self::AuthenticatorRemoved => {
                "The authenticator is removed. Your password alone signs you in now."
            }
            Self::CodesStored => "Done. When you sign in, you are asked for a code, too.",
        }
    }

    /// What the address says has happened.
    pub(crate) fn read(query: &Fields) -> Option<&'static str> {
        let word = query.given("notice")?;
        Self::ALL.into_iter().find(|notice| notice.word() == word).map(Self::text)
    }
}
