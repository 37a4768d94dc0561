//! What people call themselves and their things.

use crate::fields::Fields;
use crate::words::say;

/// The longest name that is kept, in characters.
pub(crate) const LONGEST_NAME: usize = 100;

/// A name that somebody gave, or none.
pub(crate) fn read_name(fields: &Fields) -> Result<Option<String>, String> {
    let Some(name) = fields.given("name") else { return Ok(None) };
    if name.chars().count() > LONGEST_NAME {
        return Err(say("wrong-too-long")
            .with("what", say("wrong-name"))
            .count("max", LONGEST_NAME)
            .to_string());
    }
    if name.chars().any(char::is_control) {
        return Err(say("sign-up-name-holds-character-cannot-shown").to_string());
    }
    Ok(Some(name.to_owned()))
}
