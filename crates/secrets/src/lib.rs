//! Everything that touches a secret: its text, its format, its keyed hash, its sealed form.
//!
//! Nothing here does I/O. A secret is a type that cannot be printed and is wiped when dropped.

mod base62;
mod der;
mod digest;
mod error;
mod form_token;
mod jwk;
mod jwt;
mod key_format;
mod key_pair;
mod keyring;
mod lookup;
mod master;
mod password;
mod plain;
mod private_jwk;
mod recovery_code;
mod report_keys;
mod seal;
mod token;
mod webhook_secret;

pub use digest::{half_hash, jwk_thumbprint, matches_s256, sha256};
pub use error::Error;
pub use form_token::FormToken;
pub use jwk::{JwkError, PublicKey};
pub use jwt::{JwtSigner, JwtType};
pub use key_format::{Recognized, generate_key, hint, recognize};
pub use key_pair::KeyPair;
pub use keyring::{Keyring, SigningPair};
pub use lookup::{Lookup, LookupHasher, Purpose};
pub use master::MasterKey;
pub use password::{NewPassword, Password, PasswordError, PasswordHash};
pub use plain::Plain;
pub use recovery_code::RecoveryCode;
pub use report_keys::{ReportKeys, ReportKeysError};
pub use seal::{SealContext, Sealer};
pub use token::{TokenMaker, has_token_form, is_token};
pub use webhook_secret::WebhookSecret;
