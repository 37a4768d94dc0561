//! What surrounds every page of the console, and how a page becomes an answer.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use claviger_domain::Right;
use claviger_engine::{SignedIn, Visit};
use http::StatusCode;

use crate::error::PageError;
use crate::reader::Reader;
use crate::words::{Phrase, say};

/// Declares the sections, in the order of the navigation.
macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident = $path:literal, $title:expr;)*) => {
        /// Which part of the console a page belongs to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Section {
            $($(#[$doc])* $name,)*
        }

        impl Section {
            /// Every section, in the order of the navigation.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// Where it begins.
            pub(crate) const fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)*
                }
            }

            /// What people call it.
            pub(crate) const fn title(self) -> Phrase {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }
    };
}

sections! {
    /// The first page.
    Overview = "/console", say("nav-overview");
    /// Customers and partners.
    Workspaces = "/console/workspaces", say("word-workspaces");
    /// Who asks for access.
    Access = "/console/access-requests", say("word-access-requests");
    /// Keys.
    Keys = "/console/keys", say("word-keys");
    /// OAuth clients.
    Applications = "/console/clients", say("word-applications");
    /// What users of APIs allowed to applications.
    Consents = "/console/grants", say("nav-consents");
    /// Users of APIs and their sessions.
    Users = "/console/users", say("word-users");
    /// Endpoints that are told of what happens.
    Webhooks = "/console/webhooks", say("word-webhooks");
    /// APIs, their contracts and signing keys.
    Apis = "/console/apis", say("word-apis");
    /// The servers of this installation.
    Nodes = "/console/nodes", say("nav-nodes");
    /// How this server is set up.
    Settings = "/console/settings", say("nav-settings");
    /// What was found unusual.
    Findings = "/console/findings", say("word-findings");
    /// Who did what.
    Audit = "/console/audit", say("nav-audit");
    /// Why a request was refused.
    Refusals = "/console/refusals", say("nav-refusals");
    /// The reader's own authenticator.
    Security = "/console/security", say("word-security");
}

/// What the navigation of the console is made of. The reader's own security stands beside their address instead.
const GROUPS: [(Phrase, &[Section]); 5] = [
    (say("nav-watch"), &[Section::Overview, Section::Findings, Section::Refusals]),
    (say("nav-credentials"), &[Section::Keys, Section::Applications, Section::Consents]),
    (say("nav-people"), &[Section::Workspaces, Section::Access, Section::Users]),
    (say("nav-set-up"), &[Section::Apis, Section::Webhooks, Section::Nodes, Section::Settings]),
    (say("nav-record"), &[Section::Audit]),
];

/// Some links of the navigation, and what they have in common.
pub(crate) struct Group {
    pub(crate) title: Phrase,
    /// The sections, and which of them is where the page is.
    pub(crate) sections: Vec<(Section, bool)>,
}

impl Section {
    /// The section that a page at this address belongs to.
    pub(crate) fn of(path: &str) -> Self {
        let is_in = |section: &&Self| {
            path.strip_prefix(section.path()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        Self::ALL.iter().rev().find(is_in).copied().unwrap_or(Self::Overview)
    }
}

/// Which part of a workspace in the portal a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Keys,
    Applications,
    Webhooks,
    Members,
    History,
    Docs,
    Findings,
    Security,
}

impl Tab {
    /// Every tab, in the order of the navigation.
    pub(crate) const ALL: [Self; 9] = [
        Self::Overview,
        Self::Keys,
        Self::Applications,
        Self::Webhooks,
        Self::Docs,
        Self::Findings,
        Self::Members,
        Self::History,
        Self::Security,
    ];

    /// What people call it.
    pub(crate) const fn title(self) -> Phrase {
        match self {
            Self::Overview => say("nav-overview"),
            Self::Keys => say("word-api-keys"),
            Self::Applications => say("word-applications"),
            Self::Webhooks => say("word-webhooks"),
            Self::Members => say("word-members"),
            Self::History => say("word-history"),
            Self::Docs => say("word-docs"),
            Self::Findings => say("word-findings"),
            Self::Security => say("word-security"),
        }
    }

    /// Where it is below the workspace.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Keys => "/keys",
            Self::Applications => "/clients",
            Self::Webhooks => "/webhooks",
            Self::Members => "/members",
            Self::History => "/history",
            Self::Docs => "/docs",
            Self::Findings => "/findings",
            Self::Security => "/security",
        }
    }

    /// The right that it takes to come here.
    const fn needs(self) -> Right {
        match self {
            Self::History => Right::ReadHistory,
            Self::Overview
            | Self::Keys
            | Self::Applications
            | Self::Webhooks
            | Self::Docs
            | Self::Findings
            | Self::Members
            | Self::Security => Right::Read,
        }
    }
}

/// The frame of a page: where it is, who reads it, and the token of its forms.
pub(crate) struct Chrome<'p> {
    signed_in: &'p SignedIn,
    reader: Option<&'p Reader>,
    tab: Tab,
    pub(crate) section: Section,
    pub(crate) notice: Option<Phrase>,
}

impl<'p> Chrome<'p> {
    /// The frame for this reader.
    pub(crate) const fn new(signed_in: &'p SignedIn, section: Section) -> Self {
        Self { signed_in, reader: None, tab: Tab::Overview, section, notice: None }
    }

    /// The frame of a page that console and portal share.
    pub(crate) fn at(reader: &'p Reader, section: Section) -> Self {
        let tab = match section {
            Section::Keys => Tab::Keys,
            Section::Audit => Tab::History,
            Section::Applications => Tab::Applications,
            Section::Security => Tab::Security,
            Section::Apis | Section::Refusals => Tab::Docs,
            Section::Findings => Tab::Findings,
            Section::Webhooks => Tab::Webhooks,
            _ => Tab::Overview,
        };
        Self { reader: Some(reader), tab, ..Self::new(reader.signed_in(), section) }
    }

    /// The frame of a page that only the portal has.
    pub(crate) fn in_portal(reader: &'p Reader, tab: Tab) -> Self {
        Self { reader: Some(reader), tab, ..Self::new(reader.signed_in(), Section::Overview) }
    }

    /// The frame of a page about what this address is for.
    pub(crate) fn about(reader: &'p Reader, address: &str) -> Self {
        let below = address.strip_prefix(&reader.base()).unwrap_or_default();
        let tab = Tab::ALL.into_iter().rev().find(|tab| below.starts_with(tab.path()));
        Self { tab: tab.unwrap_or(Tab::Overview), ..Self::at(reader, Section::of(address)) }
    }

    /// Where a member is; none in the console.
    pub(crate) fn visit(&self) -> Option<&'p Visit> {
        self.reader.and_then(Reader::visit)
    }

    /// What the addresses of the pages around begin with.
    pub(crate) fn base(&self) -> String {
        self.reader.map_or_else(|| "/console".to_owned(), Reader::base)
    }

    /// The links of the portal's navigation, and which of them is where the page is.
    pub(crate) fn tabs(&self) -> impl Iterator<Item = (Tab, bool)> {
        let is_open = |tab: &Tab| self.reader.is_none_or(|reader| reader.allows(tab.needs()));
        Tab::ALL.into_iter().filter(is_open).map(|tab| (tab, tab == self.tab))
    }

    /// Where the record of what was done begins, for whoever may read it.
    pub(crate) fn history(&self) -> Option<String> {
        match self.visit() {
            None => Some(Section::Audit.path().to_owned()),
            Some(_) => self.reader.filter(|reader| reader.allows(Right::ReadHistory)).map(|reader| {
                let base = reader.base();
                format!("{base}{}", Tab::History.path())
            }),
        }
    }

    /// Where the contracts of the APIs are read.
    pub(crate) fn apis(&self) -> String {
        format!("{}/{}", self.base(), if self.visit().is_some() { "docs" } else { "apis" })
    }

    /// Whether the reader may make and change keys.
    pub(crate) fn may_write_keys(&self) -> bool {
        self.reader.is_none_or(|reader| reader.allows(Right::WriteKeys))
    }

    /// Whether the reader may register and change applications.
    pub(crate) fn may_write_clients(&self) -> bool {
        self.reader.is_none_or(|reader| reader.allows(Right::WriteClients))
    }

    /// The same frame with a message on top.
    pub(crate) fn saying(self, notice: Option<Phrase>) -> Self {
        Self { notice, ..self }
    }

    /// The navigation of the console.
    pub(crate) fn groups(&self) -> impl Iterator<Item = Group> {
        GROUPS.into_iter().map(|(title, sections)| Group {
            title,
            sections: sections.iter().map(|section| (*section, *section == self.section)).collect(),
        })
    }

    /// Whether the page is about the reader's own security.
    pub(crate) fn is_own(&self) -> bool {
        self.section == Section::Security
    }

    /// What people call the part that the page belongs to.
    pub(crate) fn here(&self) -> Phrase {
        if self.visit().is_some() { self.tab.title() } else { self.section.title() }
    }

    /// Who is signed in.
    pub(crate) fn email(&self) -> &str {
        self.signed_in.account().email.as_str()
    }

    /// For the hidden field of every form.
    pub(crate) fn token(&self) -> &str {
        self.signed_in.form_token().expose()
    }
}

/// A page as an answer.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Result<Response, PageError> {
    Ok((status, Html(template.render()?)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_the_section_that_its_address_begins_with() {
        assert_eq!(Section::of("/console"), Section::Overview);
        assert_eq!(Section::of("/console/keys/key_1/rotate"), Section::Keys);
        assert_eq!(Section::of("/console/keysmith"), Section::Overview);
        assert_eq!(Section::of("/console/grants"), Section::Consents);
        assert_eq!(Section::of("/console/tokens"), Section::Overview);
    }

    #[test]
    fn every_section_but_ones_own_security_is_in_the_navigation_once() {
        for section in Section::ALL {
            let times = GROUPS.iter().flat_map(|(_, sections)| *sections).filter(|of| *of == section).count();
            assert_eq!(times, usize::from(*section != Section::Security), "{section:?}");
        }
    }
}
