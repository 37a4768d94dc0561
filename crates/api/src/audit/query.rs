//! Which rows are wanted.

use std::borrow::Cow;

use claviger_domain::{Action, AuditObject, Timestamp, Who, WorkspaceId};
use claviger_engine::AuditFilter;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The filters that lists and exports share, as a part of their query.
macro_rules! filtered {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            #[serde(default)]
            workspace: Option<claviger_domain::WorkspaceId>,
            #[serde(default)]
            actor: Option<crate::audit::query::ActorName>,
            #[serde(default)]
            action: Option<crate::audit::query::Parsed<claviger_domain::Action>>,
            #[serde(default)]
            object: Option<crate::audit::query::Parsed<claviger_domain::AuditObject>>,
            #[serde(default)]
            from: Option<claviger_domain::Timestamp>,
            #[serde(default)]
            until: Option<claviger_domain::Timestamp>,
            $($(#[$attribute])* $field: $type,)*
        }

        impl $name {
            fn filter(&self) -> claviger_engine::AuditFilter {
                crate::audit::query::filter(
                    (self.workspace, self.actor.as_ref()),
                    (self.action.as_ref(), self.object.as_ref()),
                    (self.from, self.until),
                )
            }
        }
    };
}

pub(super) use filtered;

pub(super) fn filter(
    (workspace, actor): (Option<WorkspaceId>, Option<&ActorName>),
    (action, object): (Option<&Parsed<Action>>, Option<&Parsed<AuditObject>>),
    (from, until): (Option<Timestamp>, Option<Timestamp>),
) -> AuditFilter {
    AuditFilter {
        workspace,
        actor: actor.map(|actor| actor.0.clone()),
        action: action.map(|action| action.0),
        object: object.map(|object| object.0),
        from,
        until,
    }
}

/// An actor as it is written: an id, `local`, `visitor` or `system`.
#[derive(Debug)]
pub(crate) struct ActorName(String);

impl<'de> Deserialize<'de> for ActorName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let expected = || {
            D::Error::custom(
                "expected the id of an account, operator token or client, `local`, `visitor` or `system`",
            )
        };
        Who::is_name(&name).then_some(Self(name)).ok_or_else(expected)
    }
}

/// A value that is read from its text.
#[derive(Debug)]
pub(crate) struct Parsed<T>(pub(super) T);

impl<'de, T: std::str::FromStr<Err: std::fmt::Display>> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}
