//! Rows of SQLite as values. PostgreSQL's are read by sqlx's derive; [`row!`] declares a row once for both.

use rusqlite::Row;
use rusqlite::types::FromSql;

/// Where the columns of a statement are, in the order in which a type reads them: found by their names with the first row.
pub(crate) type Positions = Vec<usize>;

/// A row that is read one column after the other.
pub(crate) struct Columns<'r> {
    row: &'r Row<'r>,
    positions: &'r mut Positions,
    /// How many were read.
    read: usize,
}

/// A value that a row can be read as, always by the same columns in the same order.
pub(crate) trait FromColumns: Sized + 'static {
    /// Reads its columns.
    fn read(columns: &mut Columns<'_>) -> rusqlite::Result<Self>;

    /// Reads a whole row.
    fn from_row(row: &Row<'_>, positions: &mut Positions) -> rusqlite::Result<Self> {
        Self::read(&mut Columns { row, positions, read: 0 })
    }
}

impl Columns<'_> {
    /// The next column's value.
    fn next<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        let value = self.row.get(self.read);
        self.read += 1;
        value
    }

    /// The value of the column of this name.
    pub(crate) fn named<T: FromSql>(&mut self, name: &'static str) -> rusqlite::Result<T> {
        let position = self.position(name)?;
        self.row.get(position)
    }

    /// Apart from what is read there, of which there are many types.
    #[inline(never)]
    fn position(&mut self, name: &'static str) -> rusqlite::Result<usize> {
        let position = match self.positions.get(self.read) {
            Some(position) => *position,
            None => {
                let position = self.row.as_ref().column_index(name)?;
                self.positions.push(position);
                position
            }
        };
        self.read += 1;
        Ok(position)
    }
}

/// Declares a row as both engines read it: a structure with a field for each column, named like it. A field that is
/// `#[sqlx(flatten)]` is a row of its own within this one.
macro_rules! row {
    ($(#[doc = $about:literal])* $vis:vis struct $name:ident {
        $($(#[doc = $doc:literal])* $(#[sqlx($flatten:ident)])? $field_vis:vis $field:ident: $type:ty),* $(,)?
    }) => {
        $(#[doc = $about])*
        #[derive(sqlx::FromRow)]
        $vis struct $name {
            $($(#[doc = $doc])* $(#[sqlx($flatten)])? $field_vis $field: $type,)*
        }

        impl $crate::columns::FromColumns for $name {
            fn read(columns: &mut $crate::columns::Columns<'_>) -> rusqlite::Result<Self> {
                Ok(Self { $($field: $crate::columns::row!(@read columns $field $($flatten)?),)* })
            }
        }
    };
    (@read $columns:ident $field:ident) => { $columns.named(stringify!($field))? };
    (@read $columns:ident $field:ident flatten) => { $crate::columns::FromColumns::read($columns)? };
}

pub(crate) use row;

/// Tuples are read by position, as sqlx reads them.
macro_rules! tuples {
    ($(($($type:ident),+);)*) => {
        $(impl<$($type: FromSql + 'static),+> FromColumns for ($($type,)+) {
            fn read(columns: &mut Columns<'_>) -> rusqlite::Result<Self> {
                Ok(($(columns.next::<$type>()?,)+))
            }
        })*
    };
}

tuples! {
    (A);
    (A, B);
    (A, B, C);
    (A, B, C, D);
    (A, B, C, D, E);
    (A, B, C, D, E, F);
    (A, B, C, D, E, F, G);
    (A, B, C, D, E, F, G, H);
    (A, B, C, D, E, F, G, H, I);
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    row! {
        struct Pair {
            one: i64,
            two: String,
        }
    }

    #[test]
    fn columns_are_found_by_their_names_and_stay_found_also_where_a_row_could_not_be_read() {
        let database = Connection::open_in_memory().unwrap();
        let rows = "VALUES ('a', 0, 'no number'), ('b', 0, 2), ('c', 0, 3)";
        let mut statement = database.prepare(rows).unwrap();
        assert!(
            statement.query_row([], |row| Pair::from_row(row, &mut Positions::new())).is_err(),
            "no such names"
        );

        let named = format!("SELECT column1 AS two, column3 AS one FROM ({rows})");
        let mut statement = database.prepare(&named).unwrap();
        let mut positions = Positions::new();
        let mut rows = statement.query([]).unwrap();
        let mut next = || Pair::from_row(rows.next().unwrap().unwrap(), &mut positions);
        assert!(next().is_err(), "it is no number");
        for expected in [(2, "b"), (3, "c")] {
            let Pair { one, two } = next().unwrap();
            assert_eq!((one, two.as_str()), expected);
        }
        assert_eq!(positions, [1, 0]);
    }
}
