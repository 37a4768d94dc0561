//! How tokens and proofs are signed.

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// HMAC with SHA-256. Whoever can check a token can also make one.
    Hs256,
    /// RSA PKCS#1 with SHA-256.
    Rs256,
    /// RSA PKCS#1 with SHA-384.
    Rs384,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// P-256 with SHA-256.
    Es256,
    /// P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 7] =
        [Self::Hs256, Self::Rs256, Self::Rs384, Self::Ps256, Self::Es256, Self::Es384, Self::EdDsa];

    /// How proofs of possession can be signed (RFC 9449 section 4.2): anything with a public key, the best first.
    pub const PROOFS: [Self; 6] =
        [Self::Es256, Self::EdDsa, Self::Rs256, Self::Ps256, Self::Es384, Self::Rs384];

    /// The registered name, as in a header's `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of this registered name. `none` is not one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// Whether the key that checks is the key that signs.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256)
    }
}
