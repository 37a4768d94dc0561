//! What can be done to many keys, applications, users and tokens.

use claviger_domain::{AccountId, Actor, ClientId, FamilyId, KeyId};
use claviger_engine::Wait;

use super::{Deed, Many};
use crate::chrome::Section;
use crate::error::PageError;
use crate::permit::{ApplicationsWrite, ClientsWrite, KeysWrite, Recent, TokensWrite};
use crate::state::PagesState;

/// What the list of keys offers.
pub(crate) const OF_KEYS: &[&Deed] = &[DisableKeys::DEED, EnableKeys::DEED, RevokeKeys::DEED];
/// What the list of applications offers.
pub(crate) const OF_CLIENTS: &[&Deed] = &[DisableClients::DEED, EnableClients::DEED];
/// What the list of users offers.
pub(crate) const OF_USERS: &[&Deed] = &[SignUsersOut::DEED, DisableUsers::DEED, EnableUsers::DEED];
/// What a list of tokens offers.
pub(crate) const OF_TOKENS: &[&Deed] = &[EndTokens::DEED];

/// Declares deeds: the id, what it takes, the words, and how it is done to one.
macro_rules! deeds {
    ($($(#[$doc:meta])* $name:ident($kind:ident, $need:ty) = $word:literal, $verb:literal, $done:literal,
        $is_asked_about:literal, $effect:literal, |$state:ident, $actor:ident, $id:ident| $act:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl Many for $name {
            type Id = <$kind as Kind>::Id;
            type Need = $need;
            const DEED: &'static Deed = &Deed {
                word: $word,
                verb: $verb,
                done: $done,
                noun: $kind::NOUN,
                effect: $effect,
                is_asked_about: $is_asked_about,
            };
            const SECTION: Section = $kind::SECTION;
            const LIST: &'static str = $kind::LIST;

            async fn name(state: &PagesState, actor: &Actor, id: Self::Id) -> Result<String, PageError> {
                $kind::name(state, actor, id).await
            }

            async fn act($state: &PagesState, $actor: &Actor, $id: Self::Id) -> Result<(), PageError> {
                $act;
                Ok(())
            }
        }
    )*};
}

/// A kind of thing.
pub(crate) trait Kind {
    type Id;
    const NOUN: (&'static str, &'static str);
    const SECTION: Section;
    const LIST: &'static str;
}

pub(crate) struct Keys;

impl Kind for Keys {
    type Id = KeyId;
    const NOUN: (&'static str, &'static str) = ("key", "keys");
    const SECTION: Section = Section::Keys;
    const LIST: &'static str = "/keys";
}

impl Keys {
    async fn name(state: &PagesState, actor: &Actor, id: KeyId) -> Result<String, PageError> {
        Ok(state.engine.find_key_for(actor, id).await?.name.to_string())
    }
}

pub(crate) struct Clients;

impl Kind for Clients {
    type Id = ClientId;
    const NOUN: (&'static str, &'static str) = ("application", "applications");
    const SECTION: Section = Section::Applications;
    const LIST: &'static str = "/clients";
}

impl Clients {
    async fn name(state: &PagesState, actor: &Actor, id: ClientId) -> Result<String, PageError> {
        Ok(state.engine.find_client_for(actor, id).await?.metadata.name.to_string())
    }
}

pub(crate) struct Users;

impl Kind for Users {
    type Id = AccountId;
    const NOUN: (&'static str, &'static str) = ("user", "users");
    const SECTION: Section = Section::Users;
    const LIST: &'static str = "/users";
}

impl Users {
    async fn name(state: &PagesState, _: &Actor, id: AccountId) -> Result<String, PageError> {
        Ok(state.engine.find_user(id).await?.email.to_string())
    }
}

pub(crate) struct Tokens;

impl Kind for Tokens {
    type Id = FamilyId;
    const NOUN: (&'static str, &'static str) = ("family of tokens", "families of tokens");
    const SECTION: Section = Section::Keys;
    const LIST: &'static str = "/tokens";
}

impl Tokens {
    async fn name(_: &PagesState, _: &Actor, id: FamilyId) -> Result<String, PageError> {
        Ok(id.to_string())
    }
}

deeds! {
    /// Switching keys off.
    DisableKeys(Keys, KeysWrite) = "disable", "Disable", "Disabled", false,
        "They are refused until they are enabled again.",
        |state, actor, id| state.engine.disable_key(actor, id).await?;
    /// Switching keys on.
    EnableKeys(Keys, KeysWrite) = "enable", "Enable", "Enabled", false,
        "They work again.",
        |state, actor, id| state.engine.enable_key(actor, id).await?;
    /// Revoking keys.
    RevokeKeys(Keys, Recent<KeysWrite>) = "revoke", "Revoke", "Revoked", true,
        "No request with any of them is let through any more, and what was bought with them ends. This cannot be taken back.",
        |state, actor, id| state.engine.revoke_key(actor, id, Wait::No).await?;
    /// Switching applications off.
    DisableClients(Clients, Recent<ApplicationsWrite>) = "disable", "Disable", "Disabled", true,
        "They get no tokens, and those they have do not work, until they are enabled again.",
        |state, actor, id| state.engine.switch_client(actor, id, false).await?;
    /// Switching applications on.
    EnableClients(Clients, ApplicationsWrite) = "enable", "Enable", "Enabled", false,
        "They get tokens again.",
        |state, actor, id| state.engine.switch_client(actor, id, true).await?;
    /// Ending every session of users.
    SignUsersOut(Users, Recent<ClientsWrite>) = "sign-out", "End sessions", "Signed out", true,
        "Every browser in which they are signed in has to sign in again.",
        |state, actor, id| state.engine.end_user_sessions(actor, id).await?;
    /// Locking users out.
    DisableUsers(Users, Recent<ClientsWrite>) = "disable", "Disable", "Disabled", true,
        "Their sessions and tokens end, and nobody can sign in as them until they are enabled again.",
        |state, actor, id| state.engine.switch_user(actor, id, false).await?;
    /// Letting users in again.
    EnableUsers(Users, ClientsWrite) = "enable", "Enable", "Enabled", false,
        "They can sign in again.",
        |state, actor, id| state.engine.switch_user(actor, id, true).await?;
    /// Ending tokens.
    EndTokens(Tokens, Recent<TokensWrite>) = "end", "End", "Ended", true,
        "Whoever uses one of them is refused from then on, and so is what was exchanged for it. This cannot be taken back.",
        |state, actor, id| state.engine.end_family_by(actor, id, Wait::No).await?.ok_or(PageError::NoPage)?;
}
