//! APIs: rows that give a contract's name an id.

use claviger_domain::{Api, ApiId, ApiName, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, fetch_all, fetch_one, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    // The update changes nothing; without it, RETURNING would be silent about the row that was there.
    REGISTER = "INSERT INTO api (id, name, created_at) VALUES ($1, $2, $3) \
        ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id, name, created_at";
    FIND = "SELECT id, name, created_at FROM api WHERE id = $1";
    FIND_BY_NAME = "SELECT id, name, created_at FROM api WHERE name = $1";
    LIST = "SELECT id, name, created_at FROM api ORDER BY name";
}

row! {
    struct ApiRow {
        id: Uuid,
        name: String,
        created_at: i64,
    }
}

impl TryFrom<ApiRow> for Api {
    type Error = Error;

    fn try_from(row: ApiRow) -> Result<Self, Error> {
        Ok(Self {
            id: ApiId::from_uuid(row.id),
            name: row.name.parse().map_err(|_| Error::corrupt("api", "name"))?,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

impl Conn {
    /// The API with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_api(&mut self, id: ApiId) -> Result<Option<Api>, Error> {
        fetch_optional!(self, ApiRow, FIND, id.uuid())?.map(Api::try_from).transpose()
    }

    /// The API with this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_api_by_name(&mut self, name: &ApiName) -> Result<Option<Api>, Error> {
        fetch_optional!(self, ApiRow, FIND_BY_NAME, name.as_str())?.map(Api::try_from).transpose()
    }

    /// Every API, by name. There are as many as contracts: a handful.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_apis(&mut self) -> Result<Vec<Api>, Error> {
        fetch_all!(self, ApiRow, LIST)?.into_iter().map(Api::try_from).collect()
    }
}

impl Tx {
    /// Inserts an API unless its name is there already. Answers the API that has the name, whose id tells whether it
    /// is the one given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn register_api(&mut self, api: &Api) -> Result<Api, Error> {
        let created_at = api.created_at.micros();
        fetch_one!(self, ApiRow, REGISTER, api.id.uuid(), api.name.as_str(), created_at)?.try_into()
    }
}
