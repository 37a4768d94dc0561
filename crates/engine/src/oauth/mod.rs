//! OAuth 2.1 and OpenID Connect: one file per use case.

pub(crate) mod asking;
mod assertion;
mod authorize;
mod clients;
mod device;
mod error;
mod grants;
mod introspect;
pub(crate) mod issue;
mod logos;
mod origins;
mod pictures;
mod possession;
mod redeem;
mod refresh;
mod registration;
mod remembered;
mod subject;
mod targets;
mod token_exchange;
mod userinfo;

pub use asking::{AuthenticatedClient, ClientRules, DpopProof, TokenTerms};
pub use authorize::{Authorization, Consent, ConsentAnswer, Flow, Logout, Step};
pub use clients::{
    ClientError, ClientFilter, ClientSecretSummary, IssuedClient, IssuedClientSecret, NewClient,
};
pub use device::{DeviceAuthorization, DeviceQuestion};
pub use error::OAuthError;
pub use grants::ConnectedApplication;
pub use introspect::Introspection;
pub use issue::Issued;
pub use pictures::{MOST_PICTURE_BYTES, PictureError};
pub use registration::RegisteredClient;
