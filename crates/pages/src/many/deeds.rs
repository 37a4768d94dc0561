//! What can be done to many keys, applications, users and tokens.

use claviger_domain::{AccountId, Actor, ClientId, FamilyId, KeyId};
use claviger_engine::Wait;

use super::{Deed, Many};
use crate::chrome::Section;
use crate::error::PageError;
use crate::permit::{ApplicationsWrite, ClientsWrite, KeysWrite, Recent, TokensWrite};
use crate::state::PagesState;
use crate::words::{Phrase, say};

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
    ($($(#[$doc:meta])* $name:ident($kind:ident, $need:ty) = $word:literal, $verb:expr, $done:expr,
        $is_asked_about:literal, $effect:expr, |$state:ident, $actor:ident, $id:ident| $act:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl Many for $name {
            type Id = <$kind as Kind>::Id;
            type Need = $need;
            const DEED: &'static Deed = &Deed {
                word: $word,
                verb: || $verb,
                done: || $done,
                noun: $kind::noun,
                effect: || $effect,
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
    /// So many of them.
    fn noun(count: usize) -> Phrase;
    const SECTION: Section;
    const LIST: &'static str;

    /// What one is called, if it exists for the actor.
    fn name(
        state: &PagesState,
        actor: &Actor,
        id: Self::Id,
    ) -> impl Future<Output = Result<String, PageError>> + Send;
}

pub(crate) struct Keys;

impl Kind for Keys {
    type Id = KeyId;
    const SECTION: Section = Section::Keys;
    const LIST: &'static str = "/keys";

    fn noun(count: usize) -> Phrase {
        say("shared-keys").count("count", count)
    }

    async fn name(state: &PagesState, actor: &Actor, id: KeyId) -> Result<String, PageError> {
        Ok(state.engine.find_key_for(actor, id).await?.name.to_string())
    }
}

pub(crate) struct Clients;

impl Kind for Clients {
    type Id = ClientId;
    const SECTION: Section = Section::Applications;
    const LIST: &'static str = "/clients";

    fn noun(count: usize) -> Phrase {
        say("many-applications").count("count", count)
    }

    async fn name(state: &PagesState, actor: &Actor, id: ClientId) -> Result<String, PageError> {
        Ok(state.engine.find_client_for(actor, id).await?.metadata.name.to_string())
    }
}

pub(crate) struct Users;

impl Kind for Users {
    type Id = AccountId;
    const SECTION: Section = Section::Users;
    const LIST: &'static str = "/users";

    fn noun(count: usize) -> Phrase {
        say("many-users").count("count", count)
    }

    async fn name(state: &PagesState, _: &Actor, id: AccountId) -> Result<String, PageError> {
        Ok(state.engine.find_user(id).await?.email.to_string())
    }
}

pub(crate) struct Tokens;

impl Kind for Tokens {
    type Id = FamilyId;
    const SECTION: Section = Section::Keys;
    const LIST: &'static str = "/tokens";

    fn noun(count: usize) -> Phrase {
        say("many-families").count("count", count)
    }

    async fn name(_: &PagesState, _: &Actor, id: FamilyId) -> Result<String, PageError> {
        Ok(id.to_string())
    }
}

deeds! {
    /// Switching keys off.
    DisableKeys(Keys, KeysWrite) = "disable", say("word-disable"), say("word-disabled"), false,
        say("many-disable-keys"),
        |state, actor, id| state.engine.disable_key(actor, id).await?;
    /// Switching keys on.
    EnableKeys(Keys, KeysWrite) = "enable", say("word-enable"), say("many-enabled"), false,
        say("many-enable-keys"),
        |state, actor, id| state.engine.enable_key(actor, id).await?;
    /// Revoking keys.
    RevokeKeys(Keys, Recent<KeysWrite>) = "revoke", say("key-revoke"), say("shared-revoked"), true,
        say("many-revoke-keys"),
        |state, actor, id| state.engine.revoke_key(actor, id, Wait::No).await?;
    /// Switching applications off.
    DisableClients(Clients, Recent<ApplicationsWrite>) = "disable", say("word-disable"), say("word-disabled"), true,
        say("many-disable-applications"),
        |state, actor, id| state.engine.switch_client(actor, id, false).await?;
    /// Switching applications on.
    EnableClients(Clients, ApplicationsWrite) = "enable", say("word-enable"), say("many-enabled"), false,
        say("many-enable-applications"),
        |state, actor, id| state.engine.switch_client(actor, id, true).await?;
    /// Ending every session of users.
    SignUsersOut(Users, Recent<ClientsWrite>) = "sign-out", say("many-end-sessions"), say("many-signed-out"), true,
        say("many-sign-users-out"),
        |state, actor, id| state.engine.end_user_sessions(actor, id).await?;
    /// Locking users out.
    DisableUsers(Users, Recent<ClientsWrite>) = "disable", say("word-disable"), say("word-disabled"), true,
        say("many-disable-users"),
        |state, actor, id| state.engine.switch_user(actor, id, false).await?;
    /// Letting users in again.
    EnableUsers(Users, ClientsWrite) = "enable", say("word-enable"), say("many-enabled"), false,
        say("many-enable-users"),
        |state, actor, id| state.engine.switch_user(actor, id, true).await?;
    /// Ending tokens.
    EndTokens(Tokens, Recent<TokensWrite>) = "end", say("many-end"), say("many-ended"), true,
        say("many-end-tokens"),
        |state, actor, id| state.engine.end_family_by(actor, id, Wait::No).await?.ok_or(PageError::NoPage)?;
}
