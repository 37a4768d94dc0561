//! `live` and `test`, with a hard wall between them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which world a credential belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Real data.
    Live,
    /// Sandbox data.
    Test,
}

impl Environment {
    /// Both, in the order pages list them.
    pub const ALL: [Self; 2] = [Self::Live, Self::Test];

    /// The word used on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an environment is `live` or `test`")]
pub struct UnknownEnvironment;

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, UnknownEnvironment> {
        match text {
            "live" => Ok(Self::Live),
            "test" => Ok(Self::Test),
            _ => Err(UnknownEnvironment),
        }
    }
}
