//! Method and path to what the contract says of them. The most specific pattern wins: from the left, a fixed
//! segment before a named one before `**`; among equal patterns one that names the method before one for any.

use http::Method;

use crate::pattern::{PARAMETER, PathPattern};

/// Which methods a pattern is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Methods {
    /// All.
    Any,
    /// These; `GET` brings `HEAD`.
    Only(Vec<Method>),
}

impl Methods {
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, Self::Any) => true,
            (Self::Only(mine), Self::Only(theirs)) => mine.iter().any(|m| theirs.contains(m)),
            _ => false,
        }
    }
}

/// What a request was matched with, by its place in the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Route(usize),
    Endpoint(usize),
}

/// A line of the table before it is built.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) pattern: PathPattern,
    pub(crate) methods: Methods,
    pub(crate) slot: Slot,
}

/// Two entries between which nothing decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ambiguous {
    pub(crate) first: usize,
    pub(crate) second: usize,
}

/// The built table: a tree of segments.
///
/// The `matchit` crate is not used because it tries `/{a}/x` before `/b/**` for `/b/x`: a request would
/// get past the rule that names its first segment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    fixed: Vec<(Box<str>, Table)>,
    named: Option<Box<Table>>,
    here: Ends,
    rest: Ends,
}

/// What ends at one place of the tree.
#[derive(Clone, Debug, Default)]
struct Ends {
    by_method: Vec<(Method, Slot)>,
    any: Option<Slot>,
}

impl Ends {
    fn add(&mut self, methods: &Methods, slot: Slot) {
        match methods {
            Methods::Any => self.any = Some(slot),
            Methods::Only(methods) => self.by_method.extend(methods.iter().map(|m| (m.clone(), slot))),
        }
    }

    fn find(&self, method: &Method) -> Option<Slot> {
        let named = |wanted: &Method| self.by_method.iter().find(|(m, _)| m == wanted).map(|(_, slot)| *slot);
        // HEAD is GET without the body (RFC 9110 section 9.3.2), unless the contract names it.
        named(method).or_else(|| (method == Method::HEAD).then(|| named(&Method::GET)).flatten()).or(self.any)
    }
}

impl Table {
    pub(crate) fn build(entries: &[Entry]) -> Result<Self, Vec<Ambiguous>> {
        let ambiguous = find_ambiguous(entries);
        if !ambiguous.is_empty() {
            return Err(ambiguous);
        }
        let mut table = Self::default();
        for entry in entries {
            let mut node = &mut table;
            for segment in segments(&entry.pattern.canonical) {
                node = node.child(segment);
            }
            let ends = if entry.pattern.open { &mut node.rest } else { &mut node.here };
            ends.add(&entry.methods, entry.slot);
        }
        Ok(table)
    }

    fn child(&mut self, segment: &str) -> &mut Self {
        if segment == PARAMETER {
            return self.named.get_or_insert_default();
        }
        let at = match self.fixed.binary_search_by(|(known, _)| known.as_ref().cmp(segment)) {
            Ok(at) => at,
            Err(at) => {
                self.fixed.insert(at, (segment.into(), Self::default()));
                at
            }
        };
        match self.fixed.get_mut(at) {
            Some((_, node)) => node,
            // Not reached: the place was found or filled just now.
            None => self.named.get_or_insert_default(),
        }
    }

    /// Looks a normalized path up. Visits each node of the tree at most once, so no path is expensive.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Slot> {
        self.descend(method, segments(path))
    }

    fn descend<'p>(&self, method: &Method, mut left: impl Iterator<Item = &'p str> + Clone) -> Option<Slot> {
        let Some(segment) = left.next() else {
            return self.here.find(method).or_else(|| self.rest.find(method));
        };
        let fixed = self.fixed.binary_search_by(|(known, _)| known.as_ref().cmp(segment)).ok();
        let fixed = fixed.and_then(|at| self.fixed.get(at)).map(|(_, node)| node);
        fixed
            .and_then(|node| node.descend(method, left.clone()))
            .or_else(|| self.named.as_ref()?.descend(method, left))
            .or_else(|| self.rest.find(method))
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> + Clone {
    path.split('/').skip(1).filter(|segment| !segment.is_empty())
}

fn find_ambiguous(entries: &[Entry]) -> Vec<Ambiguous> {
    let mut found = Vec::new();
    for (second, later) in entries.iter().enumerate() {
        let earlier = entries.iter().take(second).position(|earlier| {
            earlier.pattern.canonical == later.pattern.canonical
                && earlier.pattern.open == later.pattern.open
                && earlier.methods.overlaps(&later.methods)
        });
        found.extend(earlier.map(|first| Ambiguous { first, second }));
    }
    found
}

#[cfg(test)]
#[path = "router_tests.rs"]
mod tests;
