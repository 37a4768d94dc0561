//! What the page after a redirect says has happened. A closed list: no text comes from the address.

use crate::fields::Fields;

/// Declares what can be said.
macro_rules! notices {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $text:literal;)*) => {
        /// Something that was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Notice {
            $($(#[$doc])* $name,)*
        }

        impl Notice {
            const ALL: &[Self] = &[$(Self::$name),*];

            /// The word in the address.
            pub(crate) const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

notices! {
    KeyDisabled = "disabled", "The key is disabled. It works again once you enable it.";
    KeyEnabled = "enabled", "The key is enabled.";
    KeyRevoked = "revoked", "The key is revoked. No request with it is let through any more.";
    /// A node of this installation has not confirmed the revocation yet.
    KeyBeingRevoked = "being-revoked",
        "The key is revoked. A server has not confirmed it yet and refuses it within seconds.";
    /// A form that shows a secret was sent a second time.
    ShownAlready = "shown",
        "It was shown already and cannot be shown again. If it was not stored, make a new one below.";
    /// Nothing was ticked.
    NothingChosen = "nothing", "Nothing was selected. Tick what you mean, then say what to do with it.";
    WorkspaceCreated = "created", "The workspace is ready for its first key.";
    WorkspaceSuspended = "suspended", "The workspace is suspended. None of its keys works until it is resumed.";
    WorkspaceResumed = "resumed", "The workspace is resumed. Its keys work again.";
    PlanChanged = "plan", "The plan is changed. Its limits count from the next request on.";
    CreditsGiven = "credits", "The credits are given and can be spent.";
    RefillChanged = "refill", "What comes each month is changed.";
    ClientCreated = "client-created", "The application is registered.";
    ClientChanged = "client-changed", "The application is changed.";
    ClientDisabled = "client-disabled",
        "The application is disabled. It gets no tokens, and those it has do not work, until you enable it.";
    ClientEnabled = "client-enabled", "The application is enabled.";
    ClientDeleted = "client-deleted", "The application is gone, with its grants and tokens.";
    UserDisabled = "user-disabled",
        "The user is disabled. Their sessions and tokens have ended, and nobody can sign in as them.";
    UserEnabled = "user-enabled", "The user is enabled and can sign in again.";
    UserDeleted = "user-deleted", "The user is gone, with sessions, grants and tokens.";
    SessionEnded = "session-ended", "The session has ended.";
    SessionsEnded = "sessions-ended", "Every session has ended.";
    ResetSent = "reset-sent", "A link for a new password is on its way. It works for 15 minutes.";
    GrantRevoked = "grant-revoked", "The grant is revoked. Its tokens have ended, and the user is asked again.";
    TokenEnded = "token-ended", "The tokens have ended, with all that were bought with them.";
    TokensEnded = "tokens-ended",
        "Every token and session of this key has ended. The key itself works and can buy new ones.";
    SigningKeyAnnounced = "key-announced",
        "The next key is announced. It signs as soon as those who check tokens can know it.";
    SigningKeyReplaced = "key-replaced", "The new key signs from now on. What earlier keys signed is still good.";
    ContractsReloaded = "reloaded", "The contracts are loaded. What they say counts from the next request on.";
    NothingReloaded = "nothing-reloaded", "Nothing that is good has changed, so nothing was loaded.";
    KeyChanged = "changed", "The key is changed. The next request with it is judged by what it is now.";
    StepChecked = "step-checked", "The step is checked.";
    AccessApproved = "approved", "Access is given. The invitation of the contact is on its way.";
    AccessDeclined = "declined", "The request is declined. The reason is on its way to the contact.";
    MemberInvited = "invited", "The invitation is on its way. Its link works once, for seven days.";
    InvitationSent = "sent", "The invitation is sent again. The link of the one before has ended.";
    InvitationWithdrawn = "withdrawn", "The invitation is withdrawn. Its link has ended.";
    RoleChanged = "role", "The role is changed, in force with their next request.";
    MemberRemoved = "removed", "They are no member any more, in force with their next request.";
    MemberJoined = "joined", "Welcome. You are a member of this workspace now.";
    WebhookChanged = "webhook-changed", "The webhook is changed. What waits is sent to its address as it is now.";
    WebhookTested = "webhook-tested", "The test is on its way. Look again in a moment to see how it went.";
    WebhookDisabled = "webhook-disabled", "The webhook is disabled and told of nothing until you enable it.";
    WebhookEnabled = "webhook-enabled", "The webhook is enabled. It is told of what happens from now on.";
    WebhookDeleted = "webhook-deleted", "The webhook is gone, with its messages.";
    MessageReplayed = "message-replayed", "The message is sent again. Look again in a moment to see how it went.";
    DeadReplayed = "dead-replayed", "Whatever was given up is sent again.";
    PasswordChanged = "password", "The password is saved. Sign in with it.";
    FindingAcknowledged = "acknowledged",
        "The finding is acknowledged. It opens again if the same is found after an hour of quiet.";
    RestrictionLifted = "lifted", "The restriction is lifted. The key works as before.";
    AuthenticatorRemoved = "authenticator-removed",
        "The authenticator is removed. Your password alone signs you in now.";
    CodesStored = "codes-stored", "Done. When you sign in, you are asked for a code, too.";
}

impl Notice {
    /// What the address says has happened.
    pub(crate) fn read(query: &Fields) -> Option<&'static str> {
        let word = query.given("notice")?;
        Self::ALL.iter().find(|notice| notice.word() == word).map(|notice| notice.text())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_notices_have_one_word() {
        let words: BTreeSet<_> = Notice::ALL.iter().map(|notice| notice.word()).collect();
        assert_eq!(words.len(), Notice::ALL.len());
    }
}
