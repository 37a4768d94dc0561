//! What the page after a redirect says has happened. A closed list: no text comes from the address.

use crate::fields::Fields;
use crate::words::{Phrase, say};

/// Declares what can have happened: its word in the address, and what is said.
macro_rules! notices {
    ($($name:ident = $word:literal, $text:expr;)*) => {
        /// Something that was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Notice {
            $(#[doc = $word] $name,)*
        }

        impl Notice {
            const ALL: &[Self] = &[$(Self::$name),*];

            /// The word in the address.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            const fn text(self) -> Phrase {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

notices! {
    SignedUp = "signed-up", say("notice-we-sent-mail-follow-link");
    PasswordReset = "password-reset", say("notice-password-changed-signed-out-everywhere");
    ProfileSaved = "saved", say("notice-saved");
    VerificationSent = "verification-sent", say("notice-we-sent-mail-follow-link-2");
    NewAddressSent = "new-address-sent", say("notice-we-sent-mail-new-address");
    AddressChanged = "address-changed", say("notice-e-mail-address-changed-sign");
    ServiceLinked = "service-linked", say("notice-done-can-sign-service-from");
    ServiceUnlinked = "service-unlinked", say("notice-cannot-sign-service-any-more");
    PasswordChanged = "password-changed", say("notice-password-changed-everywhere-else-signed");
    AuthenticatorRemoved = "authenticator-removed", say("notice-authenticator-removed-password-alone-signs");
    CodesStored = "codes-stored", say("notice-done-when-sign-password-asked");
    PasskeyAdded = "passkey-added", say("notice-passkey-added-can-sign-from");
    PasskeyRemoved = "passkey-removed", say("notice-passkey-removed-delete-device-too");
    SessionEnded = "session-ended", say("notice-session-ended-2");
    OthersEnded = "others-ended", say("notice-signed-out-everywhere-else");
    AccessRevoked = "access-revoked", say("notice-application-no-access-account-any");
}

impl Notice {
    /// What the address says has happened.
    pub(crate) fn read(query: &Fields) -> Option<Phrase> {
        let word = query.given("notice")?;
        Self::ALL.iter().copied().find(|notice| notice.word() == word).map(Self::text)
    }

    /// The address of a page that says so.
    pub(crate) fn at(self, path: &str) -> String {
        format!("{path}?notice={}", self.word())
    }
}
