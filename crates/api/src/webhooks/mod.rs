//! `/v1/webhooks`: endpoints that are told of what happens, what they were sent, and what they are sent.

pub(crate) mod create;
pub(crate) mod described;
pub(crate) mod lifecycle;
pub(crate) mod messages;
mod object;
mod parts;
pub(crate) mod read;
pub(crate) mod update;

use claviger_domain::{EventType, Subscription};
use serde::Deserialize;

pub(crate) use object::{IssuedWebhookObject, WebhookObject};

/// A choice of events that names at least one.
#[derive(Debug)]
pub(crate) struct Events(pub(crate) Subscription);

impl<'de> Deserialize<'de> for Events {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let types = Vec::<EventType>::deserialize(deserializer)?;
        let none = || serde::de::Error::custom("name at least one event, or leave the member out for all");
        Subscription::only(types).map(Self).ok_or_else(none)
    }
}

/// An address of an endpoint.
#[derive(Debug)]
pub(crate) struct Address(pub(crate) claviger_domain::WebhookAddress);

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(serde::de::Error::custom)
    }
}
