//! The rules of unusual activity, and what is done when one of them finds something.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Declares the rules with their word, their title, what they see, and what else it may be.
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $title:literal, $sees:literal, $innocent:literal;)*) => {
        /// What may be found. Each rule says what it sees and what innocent thing looks the same.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $name,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word on the wire, in settings and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What people call it.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it sees.
            pub const fn sees(self) -> &'static str {
                match self { $(Self::$name => $sees,)* }
            }

            /// What innocent thing looks the same, and what keeps it from being found.
            pub const fn innocent(self) -> &'static str {
                match self { $(Self::$name => $innocent,)* }
            }
        }
    };
}

rules! {
    /// Refusals burst: of one credential, or of unknown keys from one network.
    RefusalsBursting = "refusals_bursting", "Refusals are bursting",
        "Within a minute at least 30 requests of one credential were refused, and at least half of all it sent; or at \
         least 100 keys that nobody has came from one network.",
        "A client that goes on with an ended key, or with a scope it lost, looks the same: it is found once and counted \
         from then on. Requests over a limit do not count.";
    /// A key came from a network it never came from.
    NewNetwork = "new_network", "A key came from a new network",
        "A key that is known for a week, and came from at most three networks in the last 30 days, came from another.",
        "A move to another data centre looks the same. Keys of phones, of laptops and of platforms with many addresses \
         come from more than three networks and are never found.";
    /// A key came from a country it never came from.
    NewCountry = "new_country", "A key came from a new country",
        "A key whose countries are known for a week, and that came from at most two in the last 30 days, came from another. \
         Only where a file of countries is given, and as far as that knows.",
        "A journey, a provider's other region and a file that places a network wrongly look the same. Keys that go about \
         come from more than two countries and are never found.";
    /// A key was used from many networks within a minute.
    ManyPlaces = "many_places_at_once", "A key is used from many places at once",
        "A key that is known for three days was used from at least five networks within a minute, and from more than \
         twice as many as in any minute of the 14 days before.",
        "A key shipped in an application looks the same from its first day on, and so has nothing it is more than twice \
         of.";
    /// A key was used after a long pause.
    DormantWoken = "dormant_key_woken", "A dormant key woke up",
        "A key was used that had not been used for 90 days.",
        "Yearly and quarterly work looks the same: what runs every three months is just short of 90 days mostly. A key's \
         first use is none of this.";
    /// A key is used far more than ever.
    VolumeSurge = "volume_far_from_history", "A key is used far more than before",
        "A key that is known for three days sent more than 600 requests within a minute, and more than ten times as many \
         as in its busiest minute of the 14 days before.",
        "A launch or a first import looks the same. What is busy every night has its busiest minute there, and what is \
         found becomes history itself.";
    /// Many accounts are tried with passwords.
    CredentialStuffing = "credential_stuffing", "Passwords are tried at many accounts",
        "Within a minute sign-ins at five accounts or more failed from one network, ten times or more in all; or at 25 \
         accounts, 50 times in all, from whatever networks.",
        "An office of many people behind one address who come back from their holidays may look the same for a minute.";
    /// A refresh token or a code was used twice.
    RefreshReplayed = "refresh_replayed", "A token was used a second time",
        "A refresh token or an authorization code was used again after its successor was. One of two who have it is no \
         rightful owner, so all its tokens have ended.",
        "A client that keeps its tokens in two places and does not agree with itself looks the same.";
    /// A key was found in public.
    LeakedKey = "leaked_key", "A key was found where it does not belong",
        "Somebody who had the whole key reported it, or a scanner found it in public.",
        "None: whoever reports a key has it.";
    /// A key was sent by a browser.
    KeyInBrowser = "secret_key_in_browser", "A secret key is used in a browser",
        "A request with a key for live data had the header fields that browsers add by themselves, so the key is in a \
         page, where every visitor can read it.",
        "A developer who tries something in an API browser looks the same: keys for test data are never found.";
    /// A key travelled without TLS.
    KeyInTheClear = "key_over_plain_http", "A key came over plain HTTP",
        "A request with a key for live data came without TLS from another machine, so everyone on the way could read \
         the key.",
        "A proxy that ends TLS and is not among `server.trusted_proxies` makes every request look the same. Requests \
         from this machine itself are never found.";
    /// A canary was used.
    CanaryUsed = "canary_key_used", "A canary key was used",
        "A key was used that was made for nobody to use. It opens nothing; whoever has it read what they should not have.",
        "Whoever tests the canary.";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no rule, or no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{name}`")]
pub struct UnknownWord {
    what: &'static str,
    name: String,
}

impl UnknownWord {
    fn new(what: &'static str, name: &str) -> Self {
        Self { what, name: name.chars().take(40).collect() }
    }
}

impl FromStr for Rule {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .iter()
            .copied()
            .find(|rule| rule.as_str() == text)
            .ok_or_else(|| UnknownWord::new("rule", text))
    }
}

impl Rule {
    /// Whether what it finds is always about a key, so that something can be done to the key.
    pub const fn is_about_keys(self) -> bool {
        !matches!(self, Self::CredentialStuffing | Self::RefreshReplayed)
    }

    /// Whether this response can be chosen for it.
    pub const fn may(self, response: Response) -> bool {
        matches!(response, Response::Notify) || (self.is_about_keys() && !matches!(self, Self::CanaryUsed))
    }
}

/// What is done when a rule finds something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Response {
    /// It is listed, and told to whom the settings name.
    #[default]
    Notify,
    /// The key is slowed down until an operator lifts that.
    Throttle,
    /// The key only reads until an operator lifts that.
    Quarantine,
    /// The key ends for ever.
    Revoke,
}

impl Response {
    /// Every response, the mildest first.
    pub const ALL: [Self; 4] = [Self::Notify, Self::Throttle, Self::Quarantine, Self::Revoke];

    /// The word on the wire, in settings and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::Throttle => "throttle",
            Self::Quarantine => "quarantine_read_only",
            Self::Revoke => "revoke",
        }
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Response {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|response| response.as_str() == text)
            .ok_or_else(|| UnknownWord::new("response", text))
    }
}

/// A response was chosen for a rule that cannot have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{rule}` can only notify, not {response}")]
pub struct UnfitResponse {
    /// The rule.
    pub rule: Rule,
    /// What was chosen for it.
    pub response: Response,
}

/// What is done for each rule; [`Response::Notify`] where nothing is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Responses(BTreeMap<Rule, Response>);

impl Responses {
    /// These choices.
    ///
    /// # Errors
    /// When a rule cannot have the response that is chosen for it.
    pub fn new(chosen: BTreeMap<Rule, Response>) -> Result<Self, UnfitResponse> {
        match chosen.iter().find(|(rule, response)| !rule.may(**response)) {
            Some((rule, response)) => Err(UnfitResponse { rule: *rule, response: *response }),
            None => Ok(Self(chosen)),
        }
    }

    /// The response to this rule, if one is chosen.
    pub fn chosen(&self, rule: Rule) -> Option<Response> {
        self.0.get(&rule).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_responses_round_trip_through_their_words() {
        for rule in Rule::ALL {
            assert_eq!(rule.as_str().parse(), Ok(*rule));
            assert!(rule.title().len() > 10 && rule.sees().ends_with('.') && rule.innocent().ends_with('.'));
        }
        for response in Response::ALL {
            assert_eq!(response.as_str().parse(), Ok(response));
        }
        assert_eq!("nothing".parse::<Rule>().unwrap_err().to_string(), "unknown rule `nothing`");
        assert_eq!("x".parse::<Response>().unwrap_err().to_string(), "unknown response `x`");
    }

    #[test]
    fn what_is_about_no_key_can_only_be_told() {
        let revoking = Responses::new([(Rule::CredentialStuffing, Response::Revoke)].into());
        assert_eq!(revoking.unwrap_err().to_string(), "`credential_stuffing` can only notify, not revoke");
        let fit = Responses::new([(Rule::LeakedKey, Response::Revoke)].into()).unwrap();
        assert_eq!(fit.chosen(Rule::LeakedKey), Some(Response::Revoke));
        assert_eq!(fit.chosen(Rule::NewNetwork), None);
    }
}
