//! `claviger completions` and `claviger man`.

use std::io;

use clap::CommandFactory;

use super::Cli;

pub(super) fn print_completions(shell: clap_complete::Shell) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "claviger", &mut script);
    print(&script)
}

pub(super) fn print_page() -> io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    print(&page)
}

fn print(bytes: &[u8]) -> io::Result<()> {
    match io::Write::write_all(&mut io::stdout().lock(), bytes) {
        // A reader that has gone away, as `head` does, is no error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
