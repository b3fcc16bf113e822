//! How many objects of which kind a made-up tenant has.

use std::collections::HashMap;

/// Kinds in the order in which a small tenant gets its first object of each, with their share of
/// what is left after that.
const SHARES: [(&str, usize); 38] = [
    ("deviceConfigurations", 130),
    ("configurationPolicies", 260),
    ("deviceManagementScripts", 60),
    ("deviceCompliancePolicies", 70),
    ("mobileApps", 130),
    ("conditionalAccessPolicies", 40),
    ("groupPolicyConfigurations", 40),
    ("deviceHealthScripts", 60),
    ("assignmentFilters", 30),
    ("roleScopeTags", 4),
    ("deviceShellScripts", 40),
    ("iosManagedAppProtections", 12),
    ("androidManagedAppProtections", 12),
    ("mobileAppConfigurations", 20),
    ("deviceEnrollmentConfigurations", 14),
    ("windowsAutopilotDeploymentProfiles", 8),
    ("intents", 12),
    ("deviceCustomAttributeShellScripts", 10),
    ("deviceComplianceScripts", 8),
    ("compliancePolicies", 8),
    ("reusablePolicySettings", 8),
    ("windowsFeatureUpdateProfiles", 4),
    ("windowsQualityUpdateProfiles", 3),
    ("windowsQualityUpdatePolicies", 2),
    ("windowsDriverUpdateProfiles", 4),
    ("notificationMessageTemplates", 4),
    ("depOnboardingSettings", 1),
    ("roleDefinitions", 4),
    ("roleAssignments", 6),
    ("deviceCategories", 4),
    ("termsAndConditions", 2),
    ("intuneBrandingProfiles", 1),
    ("targetedManagedAppConfigurations", 6),
    ("windowsManagedAppProtections", 2),
    ("namedLocations", 8),
    ("authenticationStrengthPolicies", 2),
    ("authenticationContextClassReferences", 2),
    ("deviceManagement", 0),
];

/// Numbers of objects by collection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan(HashMap<&'static str, usize>);

impl Plan {
    /// About `policies` objects, one of each kind before any kind gets a second.
    pub(crate) fn of(policies: usize) -> Self {
        let rest = policies.saturating_sub(SHARES.len());
        let whole: usize = SHARES.iter().map(|(_, share)| share).sum();
        let mut counts: HashMap<&'static str, usize> = SHARES
            .iter()
            .take(policies)
            .map(|(collection, share)| (*collection, 1 + rest * share / whole))
            .collect();
        counts.insert("groups", (policies / 20).clamp(policies.min(6), 60));
        Self(counts).with_surroundings(policies)
    }

    /// Two objects of each kind at most, for the kinds that a corpus lacks.
    pub(crate) fn sparse() -> Self {
        let counts = SHARES
            .iter()
            .map(|(collection, share)| (*collection, 2.min(1 + share)));
        let mut plan = Self(counts.collect()).with_surroundings(1);
        plan.0.insert("groups", 6);
        plan
    }

    /// What exists beside the policies: tenant settings always, look-ups where anything is.
    fn with_surroundings(mut self, policies: usize) -> Self {
        self.0.insert("deviceManagement", 1);
        if policies > 0 {
            self.0.insert("templates", 3);
            self.0.insert("groupPolicyUploadedDefinitionFiles", 1);
        }
        self
    }

    pub(crate) fn count(&self, collection: &str) -> usize {
        self.0.get(collection).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(policies: usize) -> usize {
        let plan = Plan::of(policies);
        SHARES
            .iter()
            .map(|(collection, _)| plan.count(collection))
            .sum()
    }

    #[test]
    fn the_number_is_kept_roughly_and_no_kind_is_forgotten() {
        for policies in [1, 10, 38, 100, 2000] {
            let total = total(policies);
            assert!(
                total.abs_diff(policies) <= policies / 4 + 1,
                "{total} for {policies}"
            );
        }
        let plan = Plan::of(38);
        assert!(
            SHARES
                .iter()
                .all(|(collection, _)| plan.count(collection) == 1)
        );
        assert_eq!(Plan::of(0).count("groups"), 0);
    }
}
