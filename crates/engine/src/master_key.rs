//! Whether the configured master key is the one this database was made with.

use claviger_secrets::Purpose;

use crate::engine::Engine;
use crate::error::Error;

const SETTING: &str = "master_key_check";

impl Engine {
    /// Writes a check value at first start, and compares it ever after. Without this, a wrong master key would
    /// look like every key being unknown.
    ///
    /// # Errors
    /// [`Error::WrongMasterKey`], or when the database fails.
    pub async fn check_master_key(&self) -> Result<(), Error> {
        let expected = self.vault().hash(Purpose::MasterKeyCheck, SETTING.as_bytes());
        let stored = self.store().read().await?.find_setting(SETTING).await?;
        let stored = match stored {
            Some(stored) => stored,
            None => {
                let value = expected.bytes();
                self.store()
                    .write::<_, Error, _>(move |tx| {
                        Box::pin(async move {
                            // Lost to another node's first start: then its value is compared.
                            tx.insert_setting(SETTING, &value).await?;
                            Ok(tx.find_setting(SETTING).await?.unwrap_or_default())
                        })
                    })
                    .await?
            }
        };
        if stored == expected.bytes() { Ok(()) } else { Err(Error::WrongMasterKey) }
    }
}
