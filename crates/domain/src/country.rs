//! Countries, as far as an address tells.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A country by its code: two capital letters (ISO 3166-1 alpha-2). Whether there is such a country is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// The text is no code of a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not two capital letters, such as DE")]
pub struct CountryError;

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, CountryError> {
        let code: [u8; 2] = text.as_bytes().try_into().map_err(|_| CountryError)?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code)).ok_or(CountryError)
    }
}

impl TryFrom<String> for Country {
    type Error = CountryError;

    fn try_from(text: String) -> Result<Self, CountryError> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0.map(char::from);
        write!(f, "{first}{second}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_two_capital_letters_and_round_trips() {
        let country: Country = "DE".parse().unwrap();
        assert_eq!(serde_json::to_string(&country).unwrap(), r#""DE""#);
        assert_eq!(serde_json::from_str::<Country>(r#""DE""#).unwrap(), country);
        for text in ["", "D", "DEU", "de", "D1", "Ä"] {
            assert_eq!(text.parse::<Country>(), Err(CountryError), "{text}");
        }
    }
}
