//! What the page after a redirect says has happened. A closed list: no text comes from the address.

use crate::fields::Fields;

/// Declares what can have happened: its word in the address, and what is said.
macro_rules! notices {
    ($($name:ident = $word:literal, $text:literal;)*) => {
        /// Something that was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Notice {
            $(#[doc = $text] $name,)*
        }

        impl Notice {
            const ALL: &[Self] = &[$(Self::$name),*];

            /// The word in the address.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

notices! {
    SignedUp = "signed-up", "We have sent you a mail. Follow the link in it, then sign in here.";
    PasswordReset = "password-reset", "Your password is changed, and you are signed out everywhere. Sign in with the new one.";
    ProfileSaved = "saved", "Saved.";
    VerificationSent = "verification-sent", "We have sent you a mail. Follow the link in it to confirm the address.";
    NewAddressSent = "new-address-sent", "We have sent a mail to the new address. Follow the link in it within an hour.";
    AddressChanged = "address-changed", "Your e-mail address is changed. Sign in with the new one from now on.";
    ServiceLinked = "service-linked", "Done. You can sign in with that service from now on.";
    ServiceUnlinked = "service-unlinked", "You cannot sign in with that service any more.";
    PasswordChanged = "password-changed", "Your password is changed. Everywhere else you are signed out.";
    AuthenticatorRemoved = "authenticator-removed", "The authenticator is removed. Your password alone signs you in now.";
    CodesStored = "codes-stored", "Done. When you sign in with your password, you are asked for a code, too.";
    PasskeyAdded = "passkey-added", "The passkey is added. You can sign in with it from now on.";
    PasskeyRemoved = "passkey-removed", "The passkey is removed. Delete it on your device, too.";
    SessionEnded = "session-ended", "That session is ended.";
    OthersEnded = "others-ended", "You are signed out everywhere else.";
    AccessRevoked = "access-revoked", "The application has no access to your account any more.";
}

impl Notice {
    /// What the address says has happened.
    pub(crate) fn read(query: &Fields) -> Option<&'static str> {
        let word = query.given("notice")?;
        Self::ALL.iter().copied().find(|notice| notice.word() == word).map(Self::text)
    }

    /// The address of a page that says so.
    pub(crate) fn at(self, path: &str) -> String {
        format!("{path}?notice={}", self.word())
    }
}
