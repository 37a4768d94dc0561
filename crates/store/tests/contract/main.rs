//! What the store promises, on both engines.

#[cfg(test)]
#[macro_use]
mod engines;
#[cfg(test)]
mod access_requests;
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod client_logos;
#[cfg(test)]
mod client_pictures;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod coordination;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod credits;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod invitations;
#[cfg(test)]
mod key_lists;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod mail_tokens;
#[cfg(test)]
mod members;
#[cfg(test)]
mod operator_tokens;
#[cfg(test)]
mod passkeys;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod sandbox_resets;
#[cfg(test)]
mod second_factors;
#[cfg(test)]
mod seen_once;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_ins;
#[cfg(test)]
mod signing_keys;
#[cfg(test)]
mod test_clocks;
#[cfg(test)]
mod token_trees;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod told;
#[cfg(test)]
mod transactions;
#[cfg(test)]
mod upkeep;
#[cfg(test)]
mod upstream_identities;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod usage_origins;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod workspaces;
