//! Dividing a large flush, so that the transactions that fold it stay short and each writes to few pages.
//!
//! A part is a stretch of names in the order in which the database keeps them. The same name is nearly always of the same
//! part, so that what is folded together adds up to few rows; nothing is counted wrong where it is not.

use claviger_domain::UsageName;

/// Counts beyond which a flush is divided.
const WHOLE: usize = 256;
/// Names of one part when it is new.
const SIZE: usize = 160;
/// All is divided anew when one part has more.
const MOST: usize = 4 * SIZE;

/// Where parts end.
#[derive(Default)]
pub(crate) struct UsageParts {
    /// The first name of each part but the first, in order.
    bounds: Vec<UsageName>,
}

/// The number of a part; that of an undivided flush is apart from all others.
pub(crate) type Part = i64;

/// Of a flush that is not divided.
const UNDIVIDED: Part = -1;

impl UsageParts {
    /// The part of each name, in the order in which they come.
    pub(crate) fn divide<'n>(
        &mut self,
        names: impl ExactSizeIterator<Item = &'n UsageName> + Clone,
    ) -> Vec<Part> {
        if names.len() <= WHOLE {
            return vec![UNDIVIDED; names.len()];
        }
        let parts = self.places(names.clone());
        if self.are_short(&parts) {
            return parts;
        }
        self.learn(names.clone());
        self.places(names)
    }

    fn places<'n>(&self, names: impl Iterator<Item = &'n UsageName>) -> Vec<Part> {
        let place = |name| self.bounds.partition_point(|first| first <= name);
        names.map(|name| Part::try_from(place(name)).unwrap_or(Part::MAX)).collect()
    }

    fn are_short(&self, parts: &[Part]) -> bool {
        let mut sizes = vec![0_usize; self.bounds.len() + 1];
        for part in parts {
            if let Some(size) = usize::try_from(*part).ok().and_then(|part| sizes.get_mut(part)) {
                *size += 1;
            }
        }
        sizes.into_iter().all(|size| size <= MOST)
    }

    fn learn<'n>(&mut self, names: impl Iterator<Item = &'n UsageName>) {
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        self.bounds = names.into_iter().step_by(SIZE).skip(1).cloned().collect();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use claviger_domain::ApiId;
    use uuid::Uuid;

    fn names(numbers: impl IntoIterator<Item = usize>) -> Vec<UsageName> {
        let name = |number: usize| UsageName {
            api: ApiId::from_uuid(Uuid::nil()),
            workspace: None,
            credential: Some(format!("key_{number:06}").into()),
            route: None,
            status: None,
            reason: None,
        };
        numbers.into_iter().map(name).collect()
    }

    fn sizes(parts: &[Part]) -> BTreeMap<Part, usize> {
        let mut sizes = BTreeMap::new();
        for part in parts {
            *sizes.entry(*part).or_default() += 1;
        }
        sizes
    }

    #[test]
    fn few_counts_are_one_part_that_is_no_other() {
        let mut parts = UsageParts::default();
        let few = parts.divide(names(0..WHOLE).iter());
        assert!(few.iter().all(|part| *part == UNDIVIDED) && few.len() == WHOLE);
        assert!(parts.divide(names(0..WHOLE + 1).iter()).iter().all(|part| *part != UNDIVIDED));
    }

    #[test]
    fn many_are_parts_of_neighbours() {
        let divided = UsageParts::default().divide(names(0..10_000).iter());
        assert!(divided.is_sorted());
        assert!(sizes(&divided).values().all(|size| *size <= SIZE));
    }

    #[test]
    fn a_name_stays_in_its_part_while_others_come_and_go() {
        let mut parts = UsageParts::default();
        let first = parts.divide(names(0..10_000).iter());
        let second = parts.divide(names((0..10_000).step_by(2)).iter());
        assert!(second.iter().eq(first.iter().step_by(2)));
    }

    #[test]
    fn names_of_another_kind_are_divided_too() {
        let mut parts = UsageParts::default();
        parts.divide(names(0..10_000).iter());
        let divided = parts.divide(names(500_000..520_000).iter());
        assert!(sizes(&divided).values().all(|size| *size <= SIZE));
    }
}
