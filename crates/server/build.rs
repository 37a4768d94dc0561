//! Lists the contract files at the repository's root, so that the demo carries them and no code names one.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
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
