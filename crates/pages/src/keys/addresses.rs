//! The addresses that a key may be used from, one in a line.

use std::net::IpAddr;
use std::str::FromStr;

use crate::fields::Fields;
use crate::words::say;

/// The field.
const FIELD: &str = "addresses";

/// The networks that a form names; an address is a network of one.
pub(super) fn read_addresses<N: FromStr + From<IpAddr>>(fields: &Fields) -> Result<Vec<N>, String> {
    fields.lines(FIELD).map(read).collect()
}

fn read<N: FromStr + From<IpAddr>>(line: &str) -> Result<N, String> {
    let network = line.parse::<N>().ok().or_else(|| line.parse::<IpAddr>().ok().map(N::from));
    let shown: String = line.chars().take(60).collect();
    network.ok_or_else(|| say("key-no-network").with("text", shown).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_address_or_is_named_as_none() {
        let read = |text: &str| read_addresses::<IpAddr>(&Fields::parse(text.as_bytes()));
        assert_eq!(read("addresses=192.0.2.7%0D%0A%0D%0A+::1+").unwrap().len(), 2);
        assert_eq!(read("addresses=").unwrap(), Vec::<IpAddr>::new());
        assert_eq!(read("addresses=home").unwrap_err(), "“home” is no address or network.");
    }
}
