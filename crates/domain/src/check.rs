//! The checks behind a decision, by name: what a judgement walks, and what an explanation shows.

/// A check that a request has to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// One credential stands where the contract looks.
    Place,
    /// It has the form of one of the API's: prefix, length, checksum.
    Form,
    /// Somebody has it, at this API.
    Owner,
    /// Neither it nor its workspace is revoked or switched off.
    Standing,
    /// It has not ended.
    End,
    /// It has begun.
    Start,
    /// The request proves the key that it is bound to (RFC 9449).
    Possession,
    /// The route takes its kind.
    Kind,
    /// The host takes its environment.
    Environment,
    /// It may be used from the caller's address.
    Address,
    /// The workspace that the request names is its own.
    Workspace,
    /// It has every scope that is needed.
    Scopes,
    /// The contract has such a route.
    Route,
    /// No limit is reached.
    Limits,
    /// The request keeps the rules of its route.
    Rules,
}

impl Check {
    /// Every check, in the order in which they are made.
    pub const ALL: [Self; 15] = [
        Self::Place,
        Self::Form,
        Self::Owner,
        Self::Standing,
        Self::End,
        Self::Start,
        Self::Possession,
        Self::Kind,
        Self::Environment,
        Self::Address,
        Self::Workspace,
        Self::Scopes,
        Self::Route,
        Self::Limits,
        Self::Rules,
    ];

    /// Those of [`Credential::decide`](crate::Credential::decide), in its order.
    pub const OF_CREDENTIAL: [Self; 10] = [
        Self::Standing,
        Self::End,
        Self::Start,
        Self::Possession,
        Self::Kind,
        Self::Environment,
        Self::Address,
        Self::Workspace,
        Self::Scopes,
        Self::Route,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Form => "form",
            Self::Owner => "owner",
            Self::Standing => "standing",
            Self::End => "end",
            Self::Start => "start",
            Self::Possession => "possession",
            Self::Kind => "kind",
            Self::Environment => "environment",
            Self::Address => "address",
            Self::Workspace => "workspace",
            Self::Scopes => "scopes",
            Self::Route => "route",
            Self::Limits => "limits",
            Self::Rules => "rules",
        }
    }
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The request passed.
    Passed,
    /// It was refused here.
    Failed,
    /// It had been refused before.
    NotReached,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 3] = [Self::Passed, Self::Failed, Self::NotReached];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotReached => "not_reached",
        }
    }
}

/// A check with what it looked at and what came of it. Nothing in it is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The check.
    pub check: Check,
    /// What it looked at, in words; empty where it was not reached and nothing is known.
    pub input: String,
    /// What came of it.
    pub verdict: Verdict,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_of_a_credential_are_all_checks_in_the_same_order() {
        let mut all = Check::ALL.into_iter();
        assert!(Check::OF_CREDENTIAL.into_iter().all(|check| all.any(|known| known == check)));
    }
}
