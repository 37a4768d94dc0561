//! E-mail addresses: kept as they were typed, compared in lower case.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// It is empty.
    #[error("must not be empty")]
    Empty,
    /// It is longer than mail can be delivered to (RFC 5321 section 4.5.3.1).
    #[error("must have at most {max} bytes", max = Email::MAX)]
    TooLong,
    /// It does not look like `name@example.com`.
    #[error("must look like name@example.com")]
    Form,
}

/// An e-mail address. Two that differ in case alone are equal. Personal data: it does not print in logs.
#[derive(Clone)]
pub struct Email {
    original: Arc<str>,
    folded: Arc<str>,
}

impl Email {
    /// The longest address, in bytes.
    pub const MAX: usize = 254;
    /// The longest part before the `@`, in bytes.
    const MAX_LOCAL: usize = 64;

    /// The address as it was typed, for showing and for mail.
    pub fn as_str(&self) -> &str {
        &self.original
    }

    /// The address in lower case, for comparing.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

impl FromStr for Email {
    type Err = EmailError;

    /// Takes what mail servers take in practice: no quoted names, no address literals, no comments.
    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.len() > Self::MAX {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::Form)?;
        if !is_local(local) || !is_domain(domain) {
            return Err(EmailError::Form);
        }
        Ok(Self { original: text.into(), folded: text.to_lowercase().into() })
    }
}

fn is_local(local: &str) -> bool {
    let legal = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let dots = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    !local.is_empty() && local.len() <= Email::MAX_LOCAL && dots && local.chars().all(legal)
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let legal = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.chars().all(legal)
    })
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Email {}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.original)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_is_kept_and_does_not_count() {
        let email: Email = " Ada.Lovelace+keys@Example.COM ".parse().unwrap();
        assert_eq!(email.as_str(), "Ada.Lovelace+keys@Example.COM");
        assert_eq!(email.folded(), "ada.lovelace+keys@example.com");
        assert_eq!(email, "ada.lovelace+keys@example.com".parse().unwrap());
    }

    #[test]
    fn what_no_mail_server_takes_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "a",
            "@b.c",
            "a@",
            "a@b@c",
            "a b@c.d",
            "a@-b.c",
            "a@b..c",
            ".a@b.c",
            "a..b@c.d",
            "a\u{0}@b.c",
            &long,
        ] {
            assert_eq!(bad.parse::<Email>(), Err(EmailError::Form), "{bad:?}");
        }
        assert_eq!("  ".parse::<Email>(), Err(EmailError::Empty));
        let domain = "a.".repeat(125) + "example";
        assert_eq!(format!("x@{domain}").parse::<Email>(), Err(EmailError::TooLong));
    }

    #[test]
    fn an_address_does_not_print_in_debug_output() {
        assert_eq!(format!("{:?}", "ada@example.com".parse::<Email>()), "Ok(Email(…))");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_and_folding_is_stable(text in ".*") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert_eq!(email.folded(), email.folded().to_lowercase());
            }
        }
    }
}
