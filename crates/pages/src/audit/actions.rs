//! What is recorded, in words.

use claviger_domain::Action;

use crate::words::{Phrase, say};

/// Declares what each action is called: all of them, or it does not compile.
macro_rules! phrases {
    ($($name:ident, $phrase:expr;)*) => {
        /// What was done, for people.
        pub(super) const fn phrase(action: Action) -> Phrase {
            match action {
                $(Action::$name => $phrase,)*
            }
        }
    };
}

phrases! {
    KeyIssued, say("action-key-issued");
    KeyShownAgain, say("action-key-shown-again");
    KeyUpdated, say("action-key-updated");
    KeyRotated, say("action-key-rotated");
    KeyOverlapEnded, say("action-key-overlap-ended");
    KeyDisabled, say("action-key-disabled");
    KeyDisabledUnused, say("action-key-disabled-unused");
    KeyEnabled, say("action-key-enabled");
    KeyRevoked, say("action-key-revoked");
    KeySecretReplaced, say("action-key-secret-replaced");
    KeyTokensEnded, say("action-key-tokens-ended");
    KeyRestricted, say("action-key-restricted");
    KeyRestrictionLifted, say("action-key-restriction-lifted");
    KeyBelongingAdded, say("action-key-belonging-added");
    KeyBelongingVerified, say("action-key-belonging-verified");
    ClientCreated, say("action-client-created");
    ClientRegistered, say("action-client-registered");
    ClientShownAgain, say("action-client-shown-again");
    ClientUpdated, say("action-client-updated");
    ClientDisabled, say("action-client-disabled");
    ClientEnabled, say("action-client-enabled");
    ClientSecretRotated, say("action-client-secret-rotated");
    ClientPictureGiven, say("action-client-picture-given");
    ClientPictureRemoved, say("action-client-picture-removed");
    ClientDeleted, say("action-client-deleted");
    GrantGiven, say("action-grant-given");
    GrantWidened, say("action-grant-widened");
    GrantRevoked, say("action-grant-revoked");
    WorkspaceCreated, say("action-workspace-created");
    WorkspaceUpdated, say("action-workspace-updated");
    WorkspaceSuspended, say("action-workspace-suspended");
    WorkspaceResumed, say("action-workspace-resumed");
    CreditsGranted, say("action-workspace-credits-granted");
    CreditRefillSet, say("action-workspace-refill-set");
    CreditRefillRemoved, say("action-workspace-refill-removed");
    TestClockSet, say("action-workspace-test-clock-set");
    TestClockReturned, say("action-workspace-test-clock-returned");
    AccessRequestMade, say("action-access-request-made");
    AccessRequestChecked, say("action-access-request-checked");
    AccessRequestApproved, say("action-access-request-approved");
    AccessRequestDeclined, say("action-access-request-declined");
    AccessRequestRevealed, say("action-access-request-revealed");
    InvitationMade, say("action-invitation-made");
    InvitationSentAgain, say("action-invitation-sent-again");
    InvitationWithdrawn, say("action-invitation-withdrawn");
    InvitationAccepted, say("action-invitation-accepted");
    MemberAdded, say("action-member-added");
    MemberRoleChanged, say("action-member-role-changed");
    MemberRemoved, say("action-member-removed");
    MemberAccountCreated, say("action-member-account-created");
    OperatorCreated, say("action-operator-created");
    OperatorTokenIssued, say("action-operator-token-issued");
    OperatorTokenRevoked, say("action-operator-token-revoked");
    UserCreated, say("action-user-created");
    UserSignedUp, say("action-user-signed-up");
    UserUpdated, say("action-user-updated");
    UserDisabled, say("action-user-disabled");
    UserEnabled, say("action-user-enabled");
    UserResetSent, say("action-user-reset-sent");
    UserSignedOut, say("action-user-signed-out");
    UserDeleted, say("action-user-deleted");
    AccountProfileChanged, say("action-account-profile-changed");
    AccountPasswordChanged, say("action-account-password-changed");
    AccountPasswordReset, say("action-account-password-reset");
    AccountEmailVerified, say("action-account-email-verified");
    AccountEmailChanged, say("action-account-email-changed");
    AccountProviderLinked, say("action-account-provider-linked");
    AccountProviderUnlinked, say("action-account-provider-unlinked");
    AccountAuthenticatorAdded, say("action-account-authenticator-added");
    AccountAuthenticatorRemoved, say("action-account-authenticator-removed");
    AccountRecoveryCodesReplaced, say("action-account-recovery-codes-replaced");
    AccountRecoveryCodeUsed, say("action-account-recovery-code-used");
    AccountPasskeyAdded, say("action-account-passkey-added");
    AccountPasskeyRemoved, say("action-account-passkey-removed");
    AccountLocked, say("action-account-locked");
    SessionBegun, say("action-session-begun");
    SessionConfirmed, say("action-session-confirmed");
    SessionEnded, say("action-session-ended");
    SessionOthersEnded, say("action-session-others-ended");
    TokenFamilyEnded, say("action-token-family-ended");
    WebhookCreated, say("action-webhook-created");
    WebhookShownAgain, say("action-webhook-shown-again");
    WebhookUpdated, say("action-webhook-updated");
    WebhookDisabled, say("action-webhook-disabled");
    WebhookEnabled, say("action-webhook-enabled");
    WebhookSecretRotated, say("action-webhook-secret-rotated");
    WebhookReplayed, say("action-webhook-replayed");
    WebhookDeleted, say("action-webhook-deleted");
    SigningKeyMade, say("action-signing-key-made");
    SigningKeyRotated, say("action-signing-key-rotated");
    FindingAcknowledged, say("action-finding-acknowledged");
    ContractLoaded, say("action-api-contract-loaded");
    SandboxResetBegun, say("action-api-sandbox-reset-begun");
    SandboxReset, say("action-api-sandbox-reset");
}

/// The same for a row, which may be of a later program: what that did is spelled as it is recorded.
pub(super) fn words(action: &str) -> String {
    action.parse().map_or_else(|_| action.to_owned(), |action| phrase(action).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_words_of_its_own() {
        let mut said: Vec<_> = Action::ALL.iter().map(|action| phrase(*action).to_string()).collect();
        said.sort();
        said.dedup();
        assert_eq!(said.len(), Action::ALL.len());
    }

    #[test]
    fn an_action_reads_as_words() {
        assert_eq!(words("key.secret_replaced"), "Key secret replaced");
        assert_eq!(words("api.contract_loaded"), "API contract loaded");
        assert_eq!(words("key.of_the_future"), "key.of_the_future");
    }
}
