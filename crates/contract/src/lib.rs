//! Skeleton; the contract branch replaces everything but `directory`.
#![allow(missing_docs, clippy::all, clippy::unimplemented, clippy::allow_attributes, clippy::allow_attributes_without_reason, unused_variables)]
mod directory;
pub use directory::{Directory, HostClash, Installed};
use std::net::IpAddr;
use std::sync::Arc;
use bytes::Bytes;
use claviger_domain::*;
use http::{HeaderMap, Method, Response, Uri};

#[derive(Debug)]
pub struct Contract;
#[derive(Debug)]
pub struct Host;
impl Host {
    pub fn name(&self) -> &str { unimplemented!() }
    pub fn environment(&self) -> Option<Environment> { unimplemented!() }
}
pub struct Parsed { pub contract: Contract, pub warnings: Vec<String> }
/// Displays as a plain list `file:line:column: message`; `render_fancy()` for terminals.
#[derive(Debug, thiserror::Error)]
#[error("contract")]
pub struct Diagnostics;
impl Diagnostics { pub fn render_fancy(&self) -> String { unimplemented!() } }
pub fn parse(file: &str, text: &str) -> Result<Parsed, Diagnostics> { unimplemented!() }
/// What a deployment changes of a contract.
#[derive(Clone, Debug, Default)]
pub struct Deployment { pub upstreams: Vec<(Environment, Uri)>, pub hosts: Vec<(String, String)> /* contract's host -> deployed host */ }
#[derive(Clone, Copy)]
pub struct RequestView<'r> { pub method: &'r Method, pub path: &'r str, pub query: Option<&'r str>, pub headers: &'r HeaderMap, pub host: &'r str, pub address: Option<IpAddr> }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault { BadRequest, BodyTooLarge, HeaderTooLarge, RequestTimeout, UpgradeRefused, UpstreamUnreachable, UpstreamTimeout, Unavailable, Internal }
pub struct Reading<'r> { pub target: Target<'r>, pub rules: Option<&'r RequestRules> , x: std::marker::PhantomData<&'r ()> }
impl<'r> Reading<'r> {
    pub fn presented(&self) -> Presented<'_> { unimplemented!() }
    pub fn facts(&self) -> Facts<'_> { unimplemented!() }
}
#[derive(Clone, Copy, Debug)]
pub enum Target<'r> { Upstream, Answer(&'r Answer), Public, Unlisted, TokenEndpoint(&'r TokenEndpoint) }
#[derive(Debug)]
pub struct Answer;
#[derive(Debug)]
pub struct TokenEndpoint;
#[derive(Debug)]
pub struct RequestRules;
#[derive(Clone, Debug)]
pub struct RuleViolation;
impl RuleViolation { pub fn reason(&self) -> DenialReason { unimplemented!() } }
impl RequestRules {
    pub fn needs_body(&self) -> bool { unimplemented!() }
    pub fn check(&self, headers: &HeaderMap, body: Option<&[u8]>, belongings: &Belongings) -> Result<(), RuleViolation> { unimplemented!() }
}
pub struct RefusalContext<'c> { pub request_id: &'c str, pub now: Timestamp, pub limits: &'c [LimitState], pub host: &'c str, pub violation: Option<&'c RuleViolation> }
impl Contract {
    pub fn name(&self) -> &ApiName { unimplemented!() }
    pub fn title(&self) -> &str { unimplemented!() }
    pub fn policy(&self) -> &Arc<Policy> { unimplemented!() }
    pub fn hosts(&self) -> &[Host] { unimplemented!() }
    pub fn upstream(&self, environment: Environment) -> Option<&Uri> { unimplemented!() }
    pub fn deployed(self, deployment: &Deployment) -> Result<Self, Diagnostics> { unimplemented!() }
    pub fn read<'r>(&'r self, request: &RequestView<'r>) -> Result<Reading<'r>, Fault> { unimplemented!() }
    pub fn refuse(&self, denial: &Denial, context: &RefusalContext<'_>) -> Response<Bytes> { unimplemented!() }
    pub fn fault(&self, fault: Fault, request_id: &str) -> Response<Bytes> { unimplemented!() }
    pub fn write_limits(&self, limits: &[LimitState], now: Timestamp, headers: &mut HeaderMap) { unimplemented!() }
    pub fn strip_request(&self, headers: &mut HeaderMap) { unimplemented!() }
    /// The query without an (allowed) credential in it; None when nothing is left.
    pub fn strip_query<'q>(&self, query: Option<&'q str>) -> Option<std::borrow::Cow<'q, str>> { unimplemented!() }
    pub fn write_identity(&self, principal: &Principal, request_id: &str, headers: &mut HeaderMap) { unimplemented!() }
    pub fn respond(&self, answer: &Answer, principal: &Principal, request_id: &str) -> Response<Bytes> { unimplemented!() }
}
