//! Skeleton; the store branch replaces it.
#![allow(missing_docs, clippy::all)]
use claviger_domain::ErrorKind;
#[derive(Clone, Debug)]
pub struct Store;
#[derive(Debug, thiserror::Error)]
#[error("store")]
pub struct Error;
impl Error { pub fn kind(&self) -> ErrorKind { ErrorKind::Internal } }
