//! What the standards' names mean, for people.

use claviger_domain::{ApplicationType, Client, ClientAuthentication, GrantType, PictureDigest, Timestamp};

use crate::keys::names::Names;
use crate::moment::Moment;
use crate::reader::Reader;
use crate::words::{Phrase, say};

/// A way for a client to prove itself.
pub(super) const fn authentication(method: ClientAuthentication) -> Phrase {
    match method {
        ClientAuthentication::SecretBasic => say("client-secret-http-basic"),
        ClientAuthentication::SecretPost => say("client-secret-body"),
        ClientAuthentication::PrivateKeyJwt => say("client-signature-own-key"),
        ClientAuthentication::None => say("client-nothing-can-keep-no-secret"),
    }
}

/// A way to get a token.
pub(super) const fn grant(grant: GrantType) -> Phrase {
    match grant {
        GrantType::AuthorizationCode => say("client-user-who-signs-consents"),
        GrantType::ClientCredentials => say("client-itself"),
        GrantType::RefreshToken => say("client-again-without-user"),
        GrantType::DeviceCode => say("client-user-who-types-code-elsewhere"),
        GrantType::TokenExchange => say("client-another-token"),
    }
}

/// What kind of program it is.
pub(super) const fn application_type(kind: ApplicationType) -> Phrase {
    match kind {
        ApplicationType::Web => say("client-web-server-browser"),
        ApplicationType::Native => say("client-person-s-device"),
    }
}

/// Whether a client works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientStanding {
    Active,
    Unverified,
    Disabled,
}

impl ClientStanding {
    pub(crate) fn of(client: &Client) -> Self {
        match (client.disabled_at, client.origin) {
            (Some(_), _) => Self::Disabled,
            (None, claviger_domain::ClientOrigin::Open) => Self::Unverified,
            (None, claviger_domain::ClientOrigin::Managed) => Self::Active,
        }
    }

    /// For people.
    pub(crate) const fn word(self) -> Phrase {
        match self {
            Self::Active => say("word-active"),
            Self::Unverified => say("client-registered-itself"),
            Self::Disabled => say("word-disabled"),
        }
    }

    /// Whether somebody disabled it.
    pub(crate) const fn is_disabled(self) -> bool {
        matches!(self, Self::Disabled)
    }

    /// The class of the badge.
    pub(crate) const fn tone(self) -> &'static str {
        match self {
            Self::Active => "good",
            Self::Unverified | Self::Disabled => "rest",
        }
    }
}

/// What a list shows of a client.
pub(crate) struct ClientRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) api: String,
    /// Whose it is; none where all are one workspace's.
    pub(crate) workspace: Option<String>,
    /// The address of its page.
    pub(crate) href: String,
    pub(crate) environment: &'static str,
    pub(crate) standing: ClientStanding,
    pub(crate) is_public: bool,
    pub(crate) created: Moment,
    pub(crate) last_used: Option<Moment>,
    /// What its picture is called by, where it has one.
    pub(crate) logo: Option<PictureDigest>,
}

impl ClientRow {
    pub(crate) fn new(client: &Client, names: &Names, now: Timestamp, reader: &Reader) -> Self {
        Self {
            id: client.id.to_string(),
            name: client.metadata.name.to_string(),
            api: names.api(client.api),
            workspace: reader.visit().is_none().then(|| names.workspace(client.workspace)),
            href: format!("{}/clients/{}", reader.base(), client.id),
            environment: client.environment.as_str(),
            standing: ClientStanding::of(client),
            is_public: client.is_public(),
            created: Moment::ago(client.created_at, now),
            last_used: client.last_used_at.map(|at| Moment::ago(at, now)),
            logo: None,
        }
    }

    pub(crate) fn with_logo(self, logo: Option<PictureDigest>) -> Self {
        Self { logo, ..self }
    }
}
