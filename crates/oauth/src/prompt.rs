//! `prompt` (OpenID Connect Core section 3.1.2.1).

use crate::code::ErrorCode;
use crate::refusal::Refusal;

/// What a client wants to be shown to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Nothing.
    None,
    /// The sign-in, even if someone is signed in.
    Login,
    /// The consent, even if it was given.
    Consent,
    /// A choice of accounts.
    SelectAccount,
}

/// The prompts of a request.
pub(crate) fn read(text: Option<&str>) -> Result<Vec<Prompt>, Refusal> {
    let mut prompts = Vec::new();
    for word in text.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        let prompt = match word {
            "none" => Prompt::None,
            "login" => Prompt::Login,
            "consent" => Prompt::Consent,
            "select_account" => Prompt::SelectAccount,
            _ => return Err(Refusal::new(ErrorCode::InvalidRequest, "prompt has an unknown value")),
        };
        if !prompts.contains(&prompt) {
            prompts.push(prompt);
        }
    }
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "prompt=none must stand alone"));
    }
    Ok(prompts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_stands_alone_and_others_combine() {
        assert_eq!(read(None), Ok(Vec::new()));
        assert_eq!(read(Some("none")), Ok(vec![Prompt::None]));
        let both = vec![Prompt::Login, Prompt::Consent];
        assert_eq!(read(Some("login consent login")), Ok(both));
        for bad in ["none login", "Login", "create"] {
            assert_eq!(read(Some(bad)).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
        }
    }
}
