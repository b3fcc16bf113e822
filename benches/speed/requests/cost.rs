//! What would suffice, and how much more a run asks for.

use std::collections::BTreeMap;

use tenantatlas::{domain::kind::PolicyKind, graph::catalog::entry};

use super::{server::Ran, traffic::Traffic};

/// Readings that every listed object of a kind needs beside the pages of its list, at most.
const NEEDED: [(&str, u64); 8] = [
    ("SETTINGS_CATALOG", 1),
    ("POWERSHELL_SCRIPT", 1),
    ("SHELL_SCRIPT", 1),
    ("CUSTOM_ATTRIBUTE_SCRIPT", 1),
    ("REMEDIATION", 1),
    ("COMPLIANCE_SCRIPT", 1),
    ("MOBILE_APP", 1),
    ("GROUP_POLICY_CONFIGURATION", 2),
];

/// Groups that one request names.
const NAMED_AT_ONCE: usize = 1_000;

/// The requests of a run beside those that suffice.
#[derive(Debug)]
pub(crate) struct Cost {
    parts: Vec<(String, u64)>,
    requests: u64,
    /// Where more was asked for, by kind.
    beyond: Vec<(String, u64)>,
}

impl Cost {
    /// Of a first run: the pages of the lists, the bodies that no list shows, the names of groups.
    pub(crate) fn first(traffic: &Traffic, ran: &Ran, groups: usize) -> Self {
        let names = u64::try_from(groups.div_ceil(NAMED_AT_ONCE)).unwrap();
        let mut parts = vec![
            ("pages of lists".to_owned(), traffic.pages),
            ("names of groups".to_owned(), names),
        ];
        let mut beyond = traffic.follow_ups.clone();
        for (kind, each) in NEEDED {
            let listed = ran.listed_by_kind.get(kind).copied().unwrap_or_default();
            parts.push((format!("{kind}, {each} each"), listed * each));
            if let Some(asked) = beyond.get_mut(kind) {
                *asked = asked.saturating_sub(listed * each);
            }
        }
        Self {
            parts,
            requests: traffic.requests,
            beyond: beyond.into_iter().collect(),
        }
    }

    /// Of a quiet run: the pages of the lists, and what kinds without a marker needed at first.
    pub(crate) fn quiet(first: &Traffic, quiet: &Traffic) -> Self {
        Self {
            parts: vec![
                ("pages of lists".to_owned(), quiet.pages),
                ("kinds without a marker".to_owned(), first.markerless),
            ],
            requests: quiet.requests,
            beyond: beyond_markers(&quiet.follow_ups),
        }
    }

    pub(crate) fn suffices(&self) -> u64 {
        self.parts.iter().map(|(_, number)| number).sum()
    }
}

/// What was read of kinds whose marker says that nothing moved.
fn beyond_markers(follow_ups: &BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let has_marker = |name: &str| {
        let kind = PolicyKind::ALL.iter().find(|kind| kind.to_string() == name);
        kind.is_none_or(|kind| entry(*kind).capture.marker.is_some())
    };
    let marked = follow_ups.iter().filter(|(name, _)| has_marker(name));
    marked
        .map(|(name, number)| (name.clone(), *number))
        .collect()
}

/// What suffices for each run, part by part, and what is asked for on top.
pub(crate) fn table(costs: &[(&str, &Cost)]) -> String {
    let mut lines = Vec::new();
    for (run, cost) in costs {
        let suffices = cost.suffices();
        let over = super::percent(cost.requests, suffices.max(1)) - 100.0;
        lines.push(format!(
            "{run} run: {} requests, {suffices} would suffice ({over:+.0} %)",
            cost.requests
        ));
        for (part, number) in cost.parts.iter().filter(|(_, number)| *number > 0) {
            lines.push(format!("{number:>7}  {part}"));
        }
        for (kind, number) in cost.beyond.iter().filter(|(_, number)| *number > 0) {
            lines.push(format!("{number:>+7}  {kind}, beyond that"));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
