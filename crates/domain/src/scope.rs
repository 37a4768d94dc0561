//! Scopes: what a credential may do, and which scope contains which.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One scope-token of RFC 6749 section 3.3: printable ASCII without space, `"` and `\`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Arc<str>);

impl Scope {
    /// The longest scope, in bytes.
    pub const MAX: usize = 128;

    /// The scope as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is not a scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope has 1 to 128 printable ASCII characters without space, quote and backslash")]
pub struct ScopeParseError;

impl FromStr for Scope {
    type Err = ScopeParseError;

    fn from_str(text: &str) -> Result<Self, ScopeParseError> {
        let legal = |b: u8| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        if text.is_empty() || text.len() > Self::MAX || !text.bytes().all(legal) {
            return Err(ScopeParseError);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of scopes, kept sorted so that equal sets are equal texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(Arc<[Scope]>);

impl ScopeSet {
    /// The most scopes one credential can hold.
    pub const MAX: usize = 64;

    /// Whether `scope` itself is in the set; implications are [`ScopeCatalog`]'s business.
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.binary_search(scope).is_ok()
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Parses the space-separated form of RFC 6749 section 3.3.
    ///
    /// # Errors
    /// When a part is not a scope.
    pub fn parse_spaced(text: &str) -> Result<Self, ScopeParseError> {
        text.split(' ').filter(|part| !part.is_empty()).map(str::parse).collect()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut sorted: Vec<Scope> = scopes.into_iter().collect();
        // Nearly always they come in order: from another set, or from a catalog.
        if !sorted.is_sorted_by(|one, next| one < next) {
            sorted.sort_unstable();
            sorted.dedup();
        }
        Self(sorted.into())
    }
}

/// Space-separated, in order.
impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, scope) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter())
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let scopes = Vec::<Scope>::deserialize(deserializer)?;
        if scopes.len() > Self::MAX {
            return Err(serde::de::Error::custom("at most 64 scopes"));
        }
        Ok(scopes.into_iter().collect())
    }
}

/// What an API says about one of its scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeDescription {
    /// One sentence for the person who grants it.
    pub description: String,
    /// The scopes it contains directly.
    pub implies: Vec<Scope>,
}

/// Why a catalogue was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeCatalogError {
    /// `scope` implies something the catalogue does not have.
    #[error("scope `{scope}` implies `{implied}`, which is not defined")]
    UnknownImplied {
        /// The scope that names it.
        scope: Scope,
        /// The name that is missing.
        implied: Scope,
    },
}

/// Every scope of an API, with the closure of "implies" worked out once.
#[derive(Clone, Debug, Default)]
pub struct ScopeCatalog {
    described: indexmap::IndexMap<Scope, ScopeDescription>,
    /// For each scope, all whose holder may do what it allows: itself and everything that reaches it.
    satisfied_by: BTreeMap<Scope, Vec<Scope>>,
    /// All but those that are nearly everything.
    ordinary: ScopeSet,
}

impl ScopeCatalog {
    /// Builds the catalogue and its closure; cycles are fine and make their members equal.
    ///
    /// # Errors
    /// When a scope implies one that is not defined.
    pub fn new(described: indexmap::IndexMap<Scope, ScopeDescription>) -> Result<Self, ScopeCatalogError> {
        let mut satisfied_by: BTreeMap<Scope, Vec<Scope>> = BTreeMap::new();
        for holder in described.keys() {
            let mut reached = BTreeSet::new();
            let mut queue = vec![holder];
            while let Some(scope) = queue.pop() {
                if !reached.insert(scope.clone()) {
                    continue;
                }
                for implied in described.get(scope).map(|d| d.implies.as_slice()).unwrap_or_default() {
                    if !described.contains_key(implied) {
                        return Err(ScopeCatalogError::UnknownImplied {
                            scope: scope.clone(),
                            implied: implied.clone(),
                        });
                    }
                    queue.push(implied);
                }
            }
            for scope in reached {
                satisfied_by.entry(scope).or_default().push(holder.clone());
            }
        }
        let catalog = Self { described, satisfied_by, ordinary: ScopeSet::default() };
        let ordinary = catalog.described.keys().filter(|scope| !catalog.is_master(scope)).cloned().collect();
        Ok(Self { ordinary, ..catalog })
    }

    /// Whether a holder of `granted` may do what `required` allows.
    pub fn allows(&self, granted: &ScopeSet, required: &Scope) -> bool {
        match self.satisfied_by.get(required) {
            Some(holders) => holders.iter().any(|holder| granted.contains(holder)),
            // A scope outside the catalogue is implied by nothing but itself.
            None => granted.contains(required),
        }
    }

    /// The first of `required` that `granted` does not cover.
    pub fn first_missing<'r>(&self, granted: &ScopeSet, required: &'r [Scope]) -> Option<&'r Scope> {
        required.iter().find(|scope| !self.allows(granted, scope))
    }

    /// Whether the API defines this scope.
    pub fn defines(&self, scope: &Scope) -> bool {
        self.described.contains_key(scope)
    }

    /// The scopes in the order of the contract, with their descriptions.
    pub fn iter(&self) -> impl Iterator<Item = (&Scope, &ScopeDescription)> {
        self.described.iter()
    }

    /// Whether a scope contains every other, of which there are at least two: nobody gets such a one unasked. Where
    /// there is but one other, as with `write` that contains `read`, it is an ordinary scope.
    pub fn is_master(&self, scope: &Scope) -> bool {
        let holders = |other: &Scope| self.satisfied_by.get(other).is_some_and(|by| by.contains(scope));
        self.described.len() > 2 && self.described.keys().all(holders)
    }

    /// Every scope but those for which [`ScopeCatalog::is_master`] says yes.
    pub const fn ordinary(&self) -> &ScopeSet {
        &self.ordinary
    }

    /// Whether the API has no scopes at all.
    pub fn is_empty(&self) -> bool {
        self.described.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(entries: &[(&str, &[&str])]) -> ScopeCatalog {
        let described = entries
            .iter()
            .map(|(name, implies)| {
                let implies = implies.iter().map(|s| s.parse().unwrap()).collect();
                (name.parse().unwrap(), ScopeDescription { description: String::new(), implies })
            })
            .collect();
        ScopeCatalog::new(described).unwrap()
    }

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse_spaced(text).unwrap()
    }

    #[test]
    fn implication_is_transitive_and_one_way() {
        let c = catalog(&[("admin", &["write"]), ("write", &["read"]), ("read", &[])]);
        assert!(c.allows(&set("admin"), &"read".parse().unwrap()));
        assert!(c.allows(&set("write"), &"write".parse().unwrap()));
        assert!(!c.allows(&set("read"), &"write".parse().unwrap()));
        assert!(!c.allows(&ScopeSet::default(), &"read".parse().unwrap()));
    }

    #[test]
    fn a_master_scope_contains_at_least_two_others() {
        let c = catalog(&[("admin", &["write", "read"]), ("write", &[]), ("read", &[])]);
        let masters = |c: &ScopeCatalog| {
            c.iter().map(|(s, _)| s).filter(|s| c.is_master(s)).map(Scope::to_string).collect::<Vec<_>>()
        };
        assert_eq!(masters(&c), ["admin"]);
        assert_eq!(*c.ordinary(), set("read write"));
        assert!(masters(&catalog(&[("write", &["read"]), ("read", &[])])).is_empty());
        assert!(masters(&catalog(&[("only", &[])])).is_empty());
    }

    #[test]
    fn a_cycle_makes_its_members_equal() {
        let c = catalog(&[("a", &["b"]), ("b", &["a"])]);
        assert!(c.allows(&set("a"), &"b".parse().unwrap()));
        assert!(c.allows(&set("b"), &"a".parse().unwrap()));
    }

    #[test]
    fn a_scope_keeps_to_rfc_6749() {
        for bad in ["", "a b", "a\"b", "a\\b", "ä", "a\n"] {
            assert_eq!(bad.parse::<Scope>(), Err(ScopeParseError), "{bad:?}");
        }
        assert!("read:leads".parse::<Scope>().is_ok());
    }

    #[test]
    fn equal_sets_are_equal_texts() {
        assert_eq!(set("b a  b").to_string(), "a b");
        assert_eq!(set("b a"), set("a b"));
    }
}
