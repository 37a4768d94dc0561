//! Lists of names with values in one text, as OpenTelemetry writes them into variables of the environment.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// `name=value` pairs with commas between them. A value with a comma, or with space around it, is written with
/// percent signs, as in `authorization=Basic%20YTpi`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pairs(Vec<(String, String)>);

/// The text is no list of pairs. It is not repeated: it may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write pairs like `name=value,other=value`, with percent signs for special characters of values")]
pub struct PairsError;

impl Pairs {
    /// Reads a list.
    ///
    /// # Errors
    /// When a pair has no `=` or no name, or a value is not UTF-8.
    pub fn parse(text: &str) -> Result<Self, PairsError> {
        let filled = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        filled.map(pair).collect::<Result<_, _>>().map(Self)
    }

    /// The pairs, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn pair(text: &str) -> Result<(String, String), PairsError> {
    let (name, value) = text.split_once('=').ok_or(PairsError)?;
    let value = percent_decode_str(value.trim()).decode_utf8().map_err(|_| PairsError)?;
    let name = name.trim();
    if name.is_empty() { Err(PairsError) } else { Ok((name.to_owned(), value.into_owned())) }
}

impl TryFrom<String> for Pairs {
    type Error = PairsError;

    fn try_from(text: String) -> Result<Self, PairsError> {
        Self::parse(&text)
    }
}

impl From<Pairs> for String {
    fn from(pairs: Pairs) -> Self {
        pairs.to_string()
    }
}

impl fmt::Display for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
            write!(f, "{comma}{name}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_as_other_programs_write_them() {
        let read = |text| Pairs::parse(text).map(|pairs| pairs.0);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read("authorization=Basic%20YTpi=,x-scope = 7 ,"),
            Ok(vec![pair("authorization", "Basic YTpi="), pair("x-scope", "7")])
        );
        assert_eq!(read(""), Ok(vec![]));
        for bad in ["authorization", "=x", "a=%ff"] {
            assert_eq!(read(bad), Err(PairsError), "{bad}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let pairs = Pairs::parse("a=b%2Cc,d=").unwrap();
        assert_eq!(pairs.to_string(), "a=b%2Cc,d=");
        assert_eq!(Pairs::parse(&pairs.to_string()), Ok(pairs));
    }
}
