//! Lists the contract files at the repository's root, so that the demo carries them and no code names one; and has the
//! released program linked without repetition.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    fold_identical_code();
    let crate_directory = env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets CARGO_MANIFEST_DIR")?;
    let output = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    let contracts = Path::new(&crate_directory).join("../../contracts").canonicalize()?;
    write_out(&format!("cargo::rerun-if-changed={}", contracts.display()));
    let mut files = fs::read_dir(&contracts)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let name =
            file.file_name().and_then(|name| name.to_str()).ok_or("a contract's file name is UTF-8")?;
        let path = file.to_str().ok_or("the repository's path is UTF-8")?;
        writeln!(list, "    ({name:?}, include_str!({path:?})),")?;
    }
    list.push_str("]\n");
    fs::write(Path::new(&output).join("contracts.rs"), list)?;
    Ok(())
}

fn write_out(line: &str) {
    println!("{line}");
}

/// Generic code is compiled to the same machine code many times over. LLD, with which rustup's Rust links here unless told
/// otherwise, keeps one of each.
fn fold_identical_code() {
    let is = |name: &str, value: &str| env::var_os(name).is_some_and(|set| set == value);
    let is_release = is("TARGET", TARGET) && is("HOST", TARGET) && is("PROFILE", "release");
    let is_own_choice = env::var_os("RUSTC_LINKER").is_some()
        || env::var_os("CARGO_ENCODED_RUSTFLAGS").is_some_and(|flags| !flags.is_empty());
    if is_release && !is_own_choice && has_lld() {
        write_out("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

const TARGET: &str = "x86_64-unknown-linux-gnu";

fn has_lld() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let Ok(output) = Command::new(rustc).args(["--print", "sysroot"]).output() else { return false };
    let sysroot = String::from_utf8_lossy(&output.stdout);
    Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("bin/gcc-ld/ld.lld").exists()
}
