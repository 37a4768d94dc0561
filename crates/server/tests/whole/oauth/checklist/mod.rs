//! The checklists of RFC 9700, OAuth 2.1 and MCP, line by line; the number is in each test's name. Lines that are pure
//! rules have their tests beside the rule.

mod authorization;
mod clients;
mod departures;
mod deployment;
mod logos;
mod metadata;
mod openid;
mod pkce;
mod redirects;
mod token_endpoint;
