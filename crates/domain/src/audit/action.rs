//! What can be done that is recorded. Tokens that are issued or verified are not: they are counted elsewhere.

use std::fmt;
use std::str::FromStr;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What was done. The words are kept for ever: one is never given another meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word on the wire and in the database: the kind of object, a dot, what was done.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

actions! {
    /// A key was made, and its text shown.
    KeyIssued = "key.issued";
    /// A key's text was shown again, to a repetition of the request that made it.
    KeyShownAgain = "key.shown_again";
    /// A key's editable parts were changed.
    KeyUpdated = "key.updated";
    /// A key was given a new text.
    KeyRotated = "key.rotated";
    /// The older texts of a key were ended before their time.
    KeyOverlapEnded = "key.overlap_ended";
    /// A key was switched off.
    KeyDisabled = "key.disabled";
    /// A key was switched off by the server, because nobody had used it for long.
    KeyDisabledUnused = "key.disabled_unused";
    /// A key was switched on again.
    KeyEnabled = "key.enabled";
    /// A key was ended for ever.
    KeyRevoked = "key.revoked";
    /// A key's secret was made or replaced.
    KeySecretReplaced = "key.secret_replaced";
    /// Every token that was bought with a key was ended.
    KeyTokensEnded = "key.tokens_ended";
    /// A key was slowed down or may only read, because of something unusual.
    KeyRestricted = "key.restricted";
    /// What restricted a key was lifted.
    KeyRestrictionLifted = "key.restriction_lifted";
    /// A value was named that shall belong to a key.
    KeyBelongingAdded = "key.belonging_added";
    /// A value that belongs to a key was made to count.
    KeyBelongingVerified = "key.belonging_verified";
    /// A client was made.
    ClientCreated = "client.created";
    /// A client registered itself.
    ClientRegistered = "client.registered";
    /// A client's secret was shown again, to a repetition of the request that made it.
    ClientShownAgain = "client.shown_again";
    /// A client's metadata was replaced.
    ClientUpdated = "client.updated";
    /// A client was switched off.
    ClientDisabled = "client.disabled";
    /// A client was switched on again.
    ClientEnabled = "client.enabled";
    /// A client was given a new secret.
    ClientSecretRotated = "client.secret_rotated";
    /// A client was given a picture.
    ClientPictureGiven = "client.picture_given";
    /// The picture that a client was given was taken away.
    ClientPictureRemoved = "client.picture_removed";
    /// A client was deleted, with its grants and tokens.
    ClientDeleted = "client.deleted";
    /// A user allowed a client something.
    GrantGiven = "grant.given";
    /// A user allowed a client more.
    GrantWidened = "grant.widened";
    /// A grant was taken back.
    GrantRevoked = "grant.revoked";
    /// A workspace was made.
    WorkspaceCreated = "workspace.created";
    /// A workspace was given another name or plan.
    WorkspaceUpdated = "workspace.updated";
    /// A workspace's credentials were stopped.
    WorkspaceSuspended = "workspace.suspended";
    /// A workspace's credentials work again.
    WorkspaceResumed = "workspace.resumed";
    /// A workspace was given credits.
    CreditsGranted = "workspace.credits_granted";
    /// A workspace is given credits each month from now on.
    CreditRefillSet = "workspace.refill_set";
    /// A workspace is given nothing more each month.
    CreditRefillRemoved = "workspace.refill_removed";
    /// A workspace's test clock was put ahead.
    TestClockSet = "workspace.test_clock_set";
    /// A workspace's test clock shows the real time again.
    TestClockReturned = "workspace.test_clock_returned";
    /// Somebody outside asked for access.
    AccessRequestMade = "access_request.made";
    /// A step of the review of a request was checked.
    AccessRequestChecked = "access_request.checked";
    /// A request was approved: it has a workspace.
    AccessRequestApproved = "access_request.approved";
    /// A request was turned down.
    AccessRequestDeclined = "access_request.declined";
    /// The first key of an approved request was made and shown.
    AccessRequestRevealed = "access_request.revealed";
    /// Somebody was invited to a workspace by mail.
    InvitationMade = "invitation.made";
    /// An invitation's letter was asked for again; the link before ends.
    InvitationSentAgain = "invitation.sent_again";
    /// An invitation was taken back.
    InvitationWithdrawn = "invitation.withdrawn";
    /// Somebody became a member by an invitation.
    InvitationAccepted = "invitation.accepted";
    /// Somebody became a member of a workspace.
    MemberAdded = "member.added";
    /// A member was given another role.
    MemberRoleChanged = "member.role_changed";
    /// Somebody is no member of a workspace any more.
    MemberRemoved = "member.removed";
    /// An account was made for a member.
    MemberAccountCreated = "member.account_created";
    /// An operator was made.
    OperatorCreated = "operator.created";
    /// An operator token was made, and its text shown.
    OperatorTokenIssued = "operator_token.issued";
    /// An operator token was ended.
    OperatorTokenRevoked = "operator_token.revoked";
    /// A user was made.
    UserCreated = "user.created";
    /// Somebody made their own account.
    UserSignedUp = "user.signed_up";
    /// A user was changed.
    UserUpdated = "user.updated";
    /// A user was switched off.
    UserDisabled = "user.disabled";
    /// A user was switched on again.
    UserEnabled = "user.enabled";
    /// An operator had a link for a new password sent to a user.
    UserResetSent = "user.reset_sent";
    /// All sessions of a user were ended.
    UserSignedOut = "user.signed_out";
    /// A user was deleted.
    UserDeleted = "user.deleted";
    /// Somebody changed what they are called.
    AccountProfileChanged = "account.profile_changed";
    /// A password was changed by its owner.
    AccountPasswordChanged = "account.password_changed";
    /// A password was replaced by means of a mail.
    AccountPasswordReset = "account.password_reset";
    /// An e-mail address was shown to be its owner's.
    AccountEmailVerified = "account.email_verified";
    /// An account was given another e-mail address, by its owner.
    AccountEmailChanged = "account.email_changed";
    /// An account can be signed in to by another provider from now on.
    AccountProviderLinked = "account.provider_linked";
    /// An account cannot be signed in to by a provider any more.
    AccountProviderUnlinked = "account.provider_unlinked";
    /// An authenticator was added.
    AccountAuthenticatorAdded = "account.authenticator_added";
    /// An authenticator was removed.
    AccountAuthenticatorRemoved = "account.authenticator_removed";
    /// Recovery codes were replaced.
    AccountRecoveryCodesReplaced = "account.recovery_codes_replaced";
    /// A recovery code was used up.
    AccountRecoveryCodeUsed = "account.recovery_code_used";
    /// A passkey was registered.
    AccountPasskeyAdded = "account.passkey_added";
    /// A passkey was removed.
    AccountPasskeyRemoved = "account.passkey_removed";
    /// Failed sign-ins shut an account to strangers for a while.
    AccountLocked = "account.locked";
    /// Somebody signed in.
    SessionBegun = "session.begun";
    /// Somebody who is signed in proved once more who they are.
    SessionConfirmed = "session.confirmed";
    /// A session was ended by hand.
    SessionEnded = "session.ended";
    /// All sessions of an account but one were ended.
    SessionOthersEnded = "session.others_ended";
    /// Tokens that were bought together were ended by hand, with all that stem from them.
    TokenFamilyEnded = "token_family.ended";
    /// A webhook was made, and its secret shown.
    WebhookCreated = "webhook.created";
    /// A webhook's secret was shown again, to a repetition of the request that made it.
    WebhookShownAgain = "webhook.shown_again";
    /// A webhook was given another name, address or choice of events.
    WebhookUpdated = "webhook.updated";
    /// A webhook was switched off.
    WebhookDisabled = "webhook.disabled";
    /// A webhook was switched on again.
    WebhookEnabled = "webhook.enabled";
    /// A webhook was given a new secret.
    WebhookSecretRotated = "webhook.secret_rotated";
    /// Messages to a webhook were sent again by hand.
    WebhookReplayed = "webhook.replayed";
    /// A webhook was deleted, with its messages.
    WebhookDeleted = "webhook.deleted";
    /// A signing key was made because one was needed, or its time had come.
    SigningKeyMade = "signing_key.made";
    /// A signing key was given a successor by hand.
    SigningKeyRotated = "signing_key.rotated";
    /// Somebody has seen what was found unusual.
    FindingAcknowledged = "finding.acknowledged";
    /// An API was registered, or its contract changed.
    ContractLoaded = "api.contract_loaded";
    /// A reset of an API's test environment began.
    SandboxResetBegun = "api.sandbox_reset_begun";
    /// The test environment of an API was reset.
    SandboxReset = "api.sandbox_reset";
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an action that is recorded, such as key.issued")]
pub struct UnknownAction;

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text).ok_or(UnknownAction)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_has_a_word_of_its_own_that_reads_back() {
        let words: BTreeSet<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
        assert_eq!(words.len(), Action::ALL.len());
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(*action));
        }
        assert_eq!("key.forged".parse::<Action>(), Err(UnknownAction));
    }
}
