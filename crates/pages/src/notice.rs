//! What the page after a redirect says has happened. A closed list: no text comes from the address.

use crate::fields::Fields;
use crate::words::{Phrase, say};

/// Declares what can be said.
macro_rules! notices {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $text:expr;)*) => {
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

            const fn text(self) -> Phrase {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

notices! {
    KeyDisabled = "disabled", say("notice-key-disabled-works-again-once");
    KeyEnabled = "enabled", say("notice-key-enabled");
    KeyRevoked = "revoked", say("notice-key-revoked-no-request-let");
    /// A node of this installation has not confirmed the revocation yet.
    KeyBeingRevoked = "being-revoked",
        say("notice-key-revoked-server-not-confirmed");
    OverlapEnded = "overlap-ended", say("notice-overlap-ended");
    /// A form that shows a secret was sent a second time.
    ShownAlready = "shown",
        say("notice-shown-already-cannot-shown-again");
    /// Nothing was ticked.
    NothingChosen = "nothing", say("notice-nothing-chosen");
    WorkspaceCreated = "created", say("notice-workspace-ready-first-key");
    WorkspaceSuspended = "suspended", say("notice-workspace-suspended-none-keys-works");
    WorkspaceResumed = "resumed", say("notice-workspace-resumed-keys-work-again");
    PlanChanged = "plan", say("notice-plan-changed-limits-count-from");
    CreditsGiven = "credits", say("notice-credits-given-can-spent");
    RefillChanged = "refill", say("notice-what-comes-each-month-changed");
    ClientCreated = "client-created", say("notice-application-registered");
    ClientChanged = "client-changed", say("notice-application-changed");
    PictureGiven = "picture", say("notice-picture-given");
    PictureRemoved = "picture-removed", say("notice-picture-removed");
    ClientDisabled = "client-disabled",
        say("notice-application-disabled-gets-no-tokens");
    ClientEnabled = "client-enabled", say("notice-application-enabled");
    ClientDeleted = "client-deleted", say("notice-application-gone-grants-tokens");
    UserDisabled = "user-disabled",
        say("notice-user-disabled-their-sessions-tokens");
    UserEnabled = "user-enabled", say("notice-user-enabled-can-sign-again");
    UserDeleted = "user-deleted", say("notice-user-gone-sessions-grants-tokens");
    SessionEnded = "session-ended", say("notice-session-ended");
    SessionsEnded = "sessions-ended", say("notice-every-session-ended");
    ResetSent = "reset-sent", say("notice-link-new-password-way-works");
    GrantRevoked = "grant-revoked", say("notice-grant-revoked-tokens-ended-user");
    TokenEnded = "token-ended", say("notice-tokens-ended-all-bought-them");
    TokensEnded = "tokens-ended",
        say("notice-every-token-session-key-ended");
    SigningKeyAnnounced = "key-announced",
        say("notice-next-key-announced-signs-soon");
    SigningKeyReplaced = "key-replaced", say("notice-new-key-signs-from-now");
    ContractsReloaded = "reloaded", say("notice-contracts-reloaded");
    NothingReloaded = "nothing-reloaded", say("notice-nothing-reloaded");
    SandboxReset = "sandbox-reset", say("notice-sandbox-reset");
    TestClockSet = "clock-set", say("notice-clock-set");
    TestClockReturned = "clock-returned", say("notice-clock-returned");
    KeyChanged = "changed", say("notice-key-changed-next-request-judged");
    StepChecked = "step-checked", say("notice-step-checked");
    AccessApproved = "approved", say("notice-access-given-invitation-contact-way");
    AccessDeclined = "declined", say("notice-request-declined-reason-way-contact");
    MemberInvited = "invited", say("notice-invitation-way-link-works-once");
    InvitationSent = "sent", say("notice-invitation-sent-again-link-one");
    InvitationWithdrawn = "withdrawn", say("notice-invitation-withdrawn-link-ended");
    RoleChanged = "role", say("notice-role-changed-force-their-next");
    MemberRemoved = "removed", say("notice-they-no-member-any-more");
    MemberJoined = "joined", say("notice-welcome-member-workspace-now");
    WebhookChanged = "webhook-changed", say("notice-webhook-changed-what-waits-sent");
    WebhookTested = "webhook-tested", say("notice-test-way-look-again-moment");
    WebhookDisabled = "webhook-disabled", say("notice-webhook-disabled-told-nothing-until");
    WebhookEnabled = "webhook-enabled", say("notice-webhook-enabled-told-what-happens");
    WebhookDeleted = "webhook-deleted", say("notice-webhook-gone-messages");
    MessageReplayed = "message-replayed", say("notice-message-sent-again-look-again");
    DeadReplayed = "dead-replayed", say("notice-whatever-given-up-sent-again");
    PasswordChanged = "password", say("notice-password-saved-sign");
    FindingAcknowledged = "acknowledged",
        say("notice-finding-acknowledged-opens-again-if");
    RestrictionLifted = "lifted", say("notice-restriction-lifted-key-works-before");
    AuthenticatorRemoved = "authenticator-removed",
        say("notice-authenticator-removed-password-alone-signs");
    PasskeyAdded = "passkey-added", say("notice-passkey-added-can-sign-from");
    PasskeyRemoved = "passkey-removed", say("notice-passkey-removed-delete-device-too");
    CodesStored = "codes-stored", say("notice-done-when-sign-asked-code");
}

impl Notice {
    /// What the address says has happened.
    pub(crate) fn read(query: &Fields) -> Option<Phrase> {
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
