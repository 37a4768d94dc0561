//! The routes of a contract as a reader chooses one of them, and its path with the reader's values.

use claviger_contract::{Contract, Methods, Route};
use http::Method;

use crate::explain::Explain;
use crate::words::{Phrase, say};

/// The longest value of a parameter, in bytes.
const LONGEST_VALUE: usize = 200;

/// What is offered where a route takes any method.
const ANY: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// What stands for everything below a path.
const REST: &str = "**";

/// A method and a route of a contract.
#[derive(Clone, Debug)]
pub(super) struct Target<'c> {
    pub(super) method: Method,
    pub(super) route: &'c Route,
}

/// A part of a path that the reader says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter<'c> {
    /// What the contract calls it; `**` for the rest of a path.
    pub(super) name: &'c str,
}

impl Parameter<'_> {
    /// Its field in the form. No name in a contract has a dot.
    pub(super) fn field(self) -> String {
        format!("path.{}", self.name)
    }

    /// What people read.
    pub(super) fn title(self) -> String {
        if self.name == REST { say("portal-trial-rest-path").to_string() } else { self.name.to_owned() }
    }
}

/// Why a value cannot stand in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ValueError {
    #[error("say what stands here in the path")]
    Empty,
    #[error("at most {LONGEST_VALUE} bytes can stand here")]
    TooLong,
    #[error("a path has no segment of dots alone")]
    Dots,
}

impl Explain for ValueError {
    fn explain(&self) -> Phrase {
        match self {
            Self::Empty => say("portal-trial-value-empty"),
            Self::TooLong => say("portal-trial-value-too-long").count("max", LONGEST_VALUE),
            Self::Dots => say("portal-trial-value-dots"),
        }
    }
}

impl<'c> Target<'c> {
    /// Every route of a contract with each of its methods.
    pub(super) fn all(contract: &'c Contract) -> impl Iterator<Item = Self> {
        contract.routes().iter().flat_map(|route| {
            let methods = match route.methods() {
                Methods::Any => ANY.to_vec(),
                Methods::Only(methods) => methods.to_vec(),
            };
            methods.into_iter().map(move |method| Self { method, route })
        })
    }

    /// The one that is called so; without a word the first.
    pub(super) fn find(contract: &'c Contract, word: &str) -> Option<Self> {
        Self::all(contract).find(|target| word.is_empty() || target.word() == word)
    }

    /// What it is called in forms, and what people read.
    pub(super) fn word(&self) -> String {
        format!("{} {}", self.method, self.route.pattern())
    }

    /// Whether such a request has a body.
    pub(super) fn has_body(&self) -> bool {
        matches!(self.method, Method::POST | Method::PUT | Method::PATCH)
    }

    fn segments(&self) -> impl Iterator<Item = Segment<'c>> {
        let segments = self.route.pattern().as_str().split('/').skip(1);
        segments.map(|text| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => Segment::Said(Parameter { name }),
            None if text == REST => Segment::Said(Parameter { name: REST }),
            None => Segment::Fixed(text),
        })
    }

    /// The parts of its path that the reader says.
    pub(super) fn parameters(&self) -> Vec<Parameter<'c>> {
        let said = |segment| match segment {
            Segment::Said(parameter) => Some(parameter),
            Segment::Fixed(_) => None,
        };
        self.segments().filter_map(said).collect()
    }

    /// Its path with these values, each escaped so that it stays the segment that it stands for.
    pub(super) fn path<'v>(
        &self,
        value: impl Fn(Parameter<'c>) -> &'v str,
    ) -> Result<String, (Parameter<'c>, ValueError)> {
        let mut path = String::new();
        for segment in self.segments() {
            match segment {
                Segment::Fixed(text) => path.extend(["/", text]),
                Segment::Said(parameter) => {
                    let wrong = |error| (parameter, error);
                    let value = value(parameter).trim();
                    if parameter.name == REST && value.is_empty() {
                        continue;
                    }
                    if value.len() > LONGEST_VALUE {
                        return Err(wrong(ValueError::TooLong));
                    }
                    let is_rest = parameter.name == REST;
                    let parts = value.trim_matches('/').split('/').filter(|_| is_rest);
                    for part in parts.chain((!is_rest).then_some(value)) {
                        path.push('/');
                        path.push_str(&escaped(part).map_err(wrong)?);
                    }
                }
            }
        }
        Ok(if path.is_empty() { "/".to_owned() } else { path })
    }
}

enum Segment<'c> {
    Fixed(&'c str),
    Said(Parameter<'c>),
}

/// One segment, in which nothing means more than itself.
fn escaped(value: &str) -> Result<String, ValueError> {
    match value {
        "" => Err(ValueError::Empty),
        "." | ".." => Err(ValueError::Dots),
        _ => Ok(form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")),
    }
}

#[cfg(test)]
mod tests {
    use claviger_contract::parse;

    use super::*;

    fn contract() -> Contract {
        parse("redpin.toml", include_str!("../../../../contracts/redpin.toml")).unwrap().contract
    }

    fn propertybase() -> Contract {
        parse("propertybase.toml", include_str!("../../../../contracts/propertybase.toml")).unwrap().contract
    }

    #[test]
    fn a_value_stays_the_segment_that_it_stands_for() {
        let contract = propertybase();
        let target = Target::find(&contract, "GET /v1/leads/{id}").unwrap();
        assert_eq!(target.parameters(), [Parameter { name: "id" }]);
        let path = |value: &'static str| target.path(|_| value).map_err(|(_, error)| error);
        assert_eq!(path(" 7 ").unwrap(), "/v1/leads/7");
        assert_eq!(path("a/../b?c#d e+").unwrap(), "/v1/leads/a%2F..%2Fb%3Fc%23d%20e%2B");
        assert_eq!(path(""), Err(ValueError::Empty));
        assert_eq!((path("."), path("..")), (Err(ValueError::Dots), Err(ValueError::Dots)));
    }

    #[test]
    fn the_rest_of_a_path_is_segments_and_may_be_nothing() {
        let contract = contract();
        let target = Target::find(&contract, "GET /v1/customers/**").unwrap();
        let path = |value: &'static str| target.path(|_| value).map_err(|(_, error)| error);
        assert_eq!(path("7/fees/"), Ok("/v1/customers/7/fees".to_owned()));
        assert_eq!(path(""), Ok("/v1/customers".to_owned()));
        assert_eq!(path("7/../../admin"), Err(ValueError::Dots));
        assert_eq!(path("7//8"), Err(ValueError::Empty));
    }

    #[test]
    fn only_routes_of_the_contract_are_found() {
        let contract = contract();
        assert!(Target::find(&contract, "GET /metrics").is_none());
        assert!(Target::find(&contract, "DELETE /v1/referrals").is_none());
        assert_eq!(Target::find(&contract, "").unwrap().word(), "POST /v1/property-fees");
    }
}
