//! The files of contracts, as the console asks about them.

use std::fmt;
use std::fs;
use std::io;
use std::sync::Arc;

use claviger_domain::{Actor, ApiName};
use claviger_pages::{Checked, Comparison, ContractFiles, ContractFilesError, OnDisk};
use futures_util::future::BoxFuture;

use super::{Contracts, ContractsError};

impl fmt::Debug for Contracts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contracts").field("path", &self.path).finish_non_exhaustive()
    }
}

impl ContractFiles for Contracts {
    fn compare<'f>(&'f self, api: &'f ApiName) -> BoxFuture<'f, Result<Comparison, ContractFilesError>> {
        Box::pin(async move {
            let in_force = self.in_force.lock().await;
            let found = in_force.iter().find(|(_, entry)| entry.installed.contract.name() == api);
            let (path, entry) = found.ok_or(ContractFilesError::Unknown)?;
            let on_disk = match fs::read_to_string(path) {
                Ok(text) => Some(text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(ContractFilesError::Failed(error.into())),
            };
            let on_disk = on_disk.map(|text| OnDisk {
                checked: match self.read_one(path, &text) {
                    Ok((contract, warnings)) => Ok(Checked { contract: Box::new(contract), warnings }),
                    Err(rejected) => Err(rejected.render(false)),
                },
                text: text.into(),
            });
            let file = path.display().to_string();
            Ok(Comparison { file, in_force: Arc::clone(&entry.text), on_disk })
        })
    }

    fn reload<'f>(&'f self, actor: &'f Actor) -> BoxFuture<'f, Result<usize, ContractFilesError>> {
        Box::pin(async move {
            self.try_reload(actor).await.map_err(|error| match error {
                ContractsError::NameTwice(_) | ContractsError::HostClash(_) => {
                    ContractFilesError::Refused(error.to_string())
                }
                error => ContractFilesError::Failed(Box::new(error)),
            })
        })
    }
}
