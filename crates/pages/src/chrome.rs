//! What surrounds every page of the console, and how a page becomes an answer.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use claviger_domain::Right;
use claviger_engine::{SignedIn, Visit};
use http::StatusCode;

use crate::error::PageError;
use crate::reader::Reader;

/// Which part of the console a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Keys,
    Workspaces,
}

impl Section {
    /// The value of `aria-current` on this section's link.
    pub(crate) fn current(self, link: &str) -> &'static str {
        let name = match self {
            Self::Overview => "overview",
            Self::Keys => "keys",
            Self::Workspaces => "workspaces",
        };
        if name == link { "page" } else { "false" }
    }
}

/// Which part of a workspace in the portal a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Keys,
    Members,
}

impl Tab {
    /// Every tab, in the order of the navigation.
    pub(crate) const ALL: [Self; 3] = [Self::Overview, Self::Keys, Self::Members];

    /// What people call it.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Keys => "API keys",
            Self::Members => "Members",
        }
    }

    /// Where it is below the workspace.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Keys => "/keys",
            Self::Members => "/members",
        }
    }
}

/// The frame of a page: where it is, who reads it, and the token of its forms.
pub(crate) struct Chrome<'p> {
    signed_in: &'p SignedIn,
    reader: Option<&'p Reader>,
    tab: Tab,
    pub(crate) section: Section,
    pub(crate) notice: Option<&'static str>,
}

impl<'p> Chrome<'p> {
    /// The frame for this reader.
    pub(crate) const fn new(signed_in: &'p SignedIn, section: Section) -> Self {
        Self { signed_in, reader: None, tab: Tab::Overview, section, notice: None }
    }

    /// The frame of a page that console and portal share.
    pub(crate) const fn at(reader: &'p Reader, section: Section) -> Self {
        let tab = if matches!(section, Section::Keys) { Tab::Keys } else { Tab::Overview };
        Self { reader: Some(reader), tab, ..Self::new(reader.signed_in(), section) }
    }

    /// The frame of a page that only the portal has.
    pub(crate) const fn in_portal(reader: &'p Reader, tab: Tab) -> Self {
        Self { reader: Some(reader), tab, ..Self::new(reader.signed_in(), Section::Overview) }
    }

    /// The frame of a page about what this address is for.
    pub(crate) fn about(reader: &'p Reader, address: &str) -> Self {
        let below = address.strip_prefix(&reader.base()).unwrap_or_default();
        let tab = Tab::ALL.into_iter().rev().find(|tab| below.starts_with(tab.path()));
        Self { tab: tab.unwrap_or(Tab::Overview), ..Self::at(reader, Section::Keys) }
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
        Tab::ALL.into_iter().map(|tab| (tab, tab == self.tab))
    }

    /// Whether the reader may make and change keys.
    pub(crate) fn may_write_keys(&self) -> bool {
        self.reader.is_none_or(|reader| reader.allows(Right::WriteKeys))
    }

    /// The same frame with a message on top.
    pub(crate) fn saying(self, notice: Option<&'static str>) -> Self {
        Self { notice, ..self }
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
