//! What is done about unusual activity.

use std::collections::BTreeMap;

use claviger_domain::{Response, Responses, Rule};

use crate::document::{Section, did_you_mean};

/// The responses that the contract chooses, rule by rule.
pub(super) fn responses(root: &Section<'_>) -> Responses {
    let mut chosen = BTreeMap::new();
    let Some(section) = root.section("unusual_activity") else { return Responses::default() };
    for (name, item) in section.rest() {
        let Ok(rule) = name.text.parse::<Rule>() else {
            let help = did_you_mean(name.text, Rule::ALL.iter().map(|rule| rule.as_str()));
            name.error_with(format!("there is no rule `{}`", name.text), help);
            continue;
        };
        let choices = Response::ALL.map(|response| (response.as_str(), response));
        let Some(response) = item.choice(&choices) else { continue };
        match Responses::new([(rule, response)].into()) {
            Ok(_) => drop(chosen.insert(rule, response)),
            Err(unfit) => item.error(unfit.to_string()),
        }
    }
    Responses::new(chosen).unwrap_or_default()
}
