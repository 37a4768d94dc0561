//! `cargo xtask screenshots`: the pictures of every page, by the test that knows them all.

use crate::failure::Failure;
use crate::workspace;

/// The test that takes the pictures, which no run of all tests takes.
const TEST: [&str; 9] = [
    "test",
    "-p",
    "claviger-server",
    "--test",
    "whole",
    "pages::screenshots",
    "--",
    "--ignored",
    "--nocapture",
];

/// Takes them. They are to be looked at before they are committed.
pub(crate) fn run() -> Result<(), Failure> {
    workspace::run(workspace::cargo().args(TEST))
}
