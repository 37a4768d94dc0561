//! What can go wrong with secrets. No variant ever holds one.

/// Why a secret could not be made, read or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The master key's text is not 32 bytes in base64.
    #[error("the master key must be 32 bytes in base64 (44 characters); `claviger init` makes one")]
    MasterKeyForm,
    /// The sealed bytes are cut, altered, or of another place.
    #[error("sealed data was altered or belongs elsewhere")]
    Altered,
    /// The sealed bytes name a master key that is not configured.
    #[error("sealed under a master key that is not configured")]
    UnknownMasterKey,
    /// The stored text is no argon2id hash.
    #[error("a stored password hash cannot be read")]
    PasswordHashForm,
    /// A contract asks for a signature that this server cannot make.
    #[error("tokens with this signature algorithm cannot be made")]
    Algorithm,
    /// The crypto library refused, which its documentation gives no cause for.
    #[error("the crypto library refused an operation")]
    Crypto,
}
