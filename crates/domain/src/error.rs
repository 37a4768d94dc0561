//! The closed list of ways a use case can fail; status, log level and retry hint derive from it.

/// What kind of failure an error is. Every use case's error has a `kind()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The caller sent something we cannot accept.
    InvalidRequest,
    /// We do not know who is calling.
    Unauthenticated,
    /// We know, and the answer is no.
    Forbidden,
    /// There is no such thing, or the caller may not know that there is.
    NotFound,
    /// It collides with what is already there.
    Conflict,
    /// Too many, too fast.
    RateLimited,
    /// A part we need is away; trying again later may help.
    Unavailable,
    /// Our fault.
    Internal,
}

impl ErrorKind {
    /// Every kind, so that tables over it can be tested for completeness.
    pub const ALL: [Self; 8] = [
        Self::InvalidRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The HTTP status (RFC 9110 section 15) that says so.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::RateLimited => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }

    /// Whether an operator has to look at it.
    pub const fn is_fault(self) -> bool {
        matches!(self, Self::Unavailable | Self::Internal)
    }

    /// Seconds after which a retry makes sense, where it does at all.
    pub const fn retry_after(self) -> Option<u32> {
        match self {
            Self::Unavailable => Some(1),
            _ => None,
        }
    }

    /// A stable word for problem documents, metrics and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_exactly_the_5xx() {
        for kind in ErrorKind::ALL {
            assert_eq!(kind.is_fault(), kind.status() >= 500, "{kind:?}");
        }
    }
}
