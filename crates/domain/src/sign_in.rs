//! What became of an attempt to sign in, for who counts them.

/// What became of an attempt to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignInOutcome {
    /// Somebody is wholly signed in, their second factor included.
    Succeeded,
    /// Address, password, passkey or what another provider said was not right, or the account cannot be used.
    Wrong,
    /// The code of the second factor was not right.
    WrongCode,
    /// It was not heard, because too many had failed before.
    Slowed,
}

impl SignInOutcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Succeeded, Self::Wrong, Self::WrongCode, Self::Slowed];

    /// The word the database holds.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Wrong => "wrong",
            Self::WrongCode => "wrong_code",
            Self::Slowed => "slowed",
        }
    }

    /// The outcome of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_round_trips_through_its_word() {
        for outcome in SignInOutcome::ALL {
            assert_eq!(SignInOutcome::from_name(outcome.as_str()), Some(outcome));
        }
        assert_eq!(SignInOutcome::from_name("guessed"), None);
    }
}
