//! Keyset pages over ids, which are ordered by time.

use uuid::Uuid;

/// Which page of a list is wanted: at most `limit` rows older than `before`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The last row of the page before; none for the newest.
    pub before: Option<Uuid>,
    /// The most rows to answer.
    pub limit: u16,
}

impl PageRequest {
    /// Rows answered when the caller names no number.
    pub const DEFAULT_LIMIT: u16 = 50;
    /// The most rows one page can have.
    pub const MAX_LIMIT: u16 = 200;
}

/// Rows, newest first, and where the next page starts. It may have fewer than were asked for, and even none, and not be
/// the last: a filter that few rows pass is given up after many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The `before` of the next page; none when this is the last.
    pub next: Option<Uuid>,
}

impl<T> Page<T> {
    /// Cuts a list that was read with one row more than asked for.
    pub fn from_overfull(mut rows: Vec<T>, limit: u16, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::from(limit);
        if rows.len() <= limit {
            return Self { rows, next: None };
        }
        rows.truncate(limit);
        let next = rows.last().map(id);
        Self { rows, next }
    }

    /// Whether so many rows were looked at in vain that it ends before it is full, and is not the last.
    pub fn is_cut_short(&self, limit: u16) -> bool {
        self.next.is_some() && self.rows.len() < usize::from(limit)
    }

    /// The same page of other things.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(f).collect(), next: self.next }
    }
}
