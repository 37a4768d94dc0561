//! Everything that touches a secret: its text, its format, its keyed hash, its sealed form.
//!
//! Nothing here does I/O. A secret is a type that cannot be printed and is wiped when dropped.

mod client_key;
mod error;
mod form_token;
mod jwt;
mod key_format;
mod lookup;
mod master;
mod password;
mod plain;
mod seal;
mod token;

pub use client_key::ClientKeyPair;
pub use error::Error;
pub use form_token::FormToken;
pub use jwt::JwtSigner;
pub use key_format::{Recognized, generate_key, hint, recognize};
pub use lookup::{Lookup, LookupHasher, Purpose};
pub use master::MasterKey;
pub use password::{NewPassword, Password, PasswordError, PasswordHash};
pub use plain::Plain;
pub use seal::{SealContext, Sealer};
pub use token::{TokenMaker, TokenName, is_token};
