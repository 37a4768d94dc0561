//! Every SQL text, listed, so that a test can prepare each of them on both engines.

/// Declares statements as constants and lists them in `ALL`.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*

        /// Every statement of this file, by name.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

pub(crate) use statements;

#[cfg(test)]
#[path = "statements_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "statement_plans.rs"]
mod plans;
