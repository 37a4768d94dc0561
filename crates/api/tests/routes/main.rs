//! The management API over a real engine and a real contract, called as the server in front calls it.

#[cfg(test)]
mod access_requests;
mod apis;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod credits;
mod explanations;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod keys;
mod members;
mod nodes;
#[cfg(test)]
mod operator_tokens;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod signing_keys;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod unauthorized;
#[cfg(test)]
mod users;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod workspaces;
