use clap::CommandFactory;

use super::*;

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn help_lists_every_command() {
    let mut command = Cli::command().term_width(100);
    insta::assert_snapshot!(command.render_long_help());
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    let code = |arguments: &[&str]| {
        let error = Cli::try_parse_from(std::iter::once(&"claviger").chain(arguments)).unwrap_err();
        error.exit_code()
    };
    assert_eq!(code(&["--help"]), 0);
    assert_eq!(code(&["--version"]), 0);
    assert_eq!(code(&["no-such-command"]), 2);
    assert_eq!(code(&["demo", "--port", "70000"]), 2);
    assert_eq!(code(&["operator-token", "create"]), 2);
    assert_eq!(code(&[]), 2);
}
