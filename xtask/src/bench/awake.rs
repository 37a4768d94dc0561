//! Keeps idle processors from sleeping while something is measured.
//!
//! A load tool that waits for its answer leaves its processor idle. To wake it is dear on a virtual machine – an
//! interrupt to a halted virtual processor is a call of the hypervisor, about 9 µs – and the kernel counts it to the one
//! who wakes: the server that sends the answer. The latency request of the kernel's power management
//! (`Documentation/power/pm_qos_interface.rst`) makes idle processors poll instead.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Takes the longest wake-up that is borne, a binary 32-bit number of microseconds, for as long as it is open.
const DEVICE: &str = "/dev/cpu_dma_latency";

/// Whether processors are kept awake: until this is dropped.
#[derive(Debug)]
pub(super) struct Awake(io::Result<File>);

impl Awake {
    /// Asks for no latency at all. Only root may; a run without is measured all the same, and says so.
    pub(super) fn hold() -> Self {
        Self::hold_at(Path::new(DEVICE))
    }

    fn hold_at(device: &Path) -> Self {
        Self(OpenOptions::new().write(true).open(device).and_then(|mut file| {
            file.write_all(&0_i32.to_ne_bytes())?;
            Ok(file)
        }))
    }
}

/// A sentence for the report.
impl fmt::Display for Awake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(_) => write!(
                f,
                "Idle processors were kept awake (`{DEVICE}` held at 0 µs), so that no row has the hypervisor's work to \
                 wake the load tool in it."
            ),
            Err(error) => write!(
                f,
                "Idle processors could sleep (`{DEVICE}`: {error}): on a virtual machine each row may have some 9 µs of the \
                 hypervisor's work to wake the load tool in it."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_latency_is_asked_for_in_four_bytes() {
        let device = tempfile::NamedTempFile::new().unwrap();
        let awake = Awake::hold_at(device.path());
        assert_eq!(std::fs::read(device.path()).unwrap(), [0; 4]);
        assert!(awake.to_string().starts_with("Idle processors were kept awake"), "{awake}");
    }

    #[test]
    fn a_machine_that_does_not_let_us_is_measured_and_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let awake = Awake::hold_at(&folder.path().join("missing"));
        assert!(awake.to_string().starts_with("Idle processors could sleep"), "{awake}");
    }
}
