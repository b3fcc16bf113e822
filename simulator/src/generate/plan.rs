//! How many objects of which kind a made-up tenant has.

use std::collections::HashMap;

use super::{catalog, configuration, enrollment};

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

/// From so many policies on a tenant holds the rarer kinds and the samples as well.
const ALL_KINDS: usize = 100;

/// The rarer kinds, each with the number of policies for which there is one object more; 0 for those
/// of which there is one at most.
const RARE: [(&str, usize); 37] = [
    ("hardwareConfigurations", 500),
    ("appleUserInitiatedEnrollmentProfiles", 500),
    ("applePushNotificationCertificate", 0),
    ("androidDeviceOwnerEnrollmentProfiles", 300),
    ("androidForWorkEnrollmentProfiles", 0),
    ("managedDeviceCleanupRules", 500),
    ("complianceManagementPartners", 100),
    ("deviceManagementPartners", 100),
    ("remoteAssistancePartners", 100),
    ("mobileThreatDefenseConnectors", 500),
    ("derivedCredentials", 0),
    ("operationApprovalPolicies", 500),
    ("mobileAppCategories", 50),
    ("policySets", 200),
    ("vppTokens", 500),
    ("provisioningPolicies", 300),
    ("userSettings", 500),
    ("agreements", 0),
    ("brandingLocalizations", 500),
    ("groupSettings", 500),
    ("inventoryPolicies", 0),
    ("microsoftTunnelConfigurations", 0),
    ("microsoftTunnelSites", 500),
    ("cloudCertificationAuthority", 500),
    ("zebraFotaDeployments", 500),
    ("resourceAccessProfiles", 500),
    ("mdmWindowsInformationProtectionPolicies", 500),
    ("windowsInformationProtectionPolicies", 500),
    ("defaultManagedAppProtections", 0),
    ("wdacSupplementalPolicies", 0),
    ("iosLobAppProvisioningConfigurations", 500),
    ("managedEBooks", 300),
    ("onPremisesConnections", 500),
    ("deviceImages", 500),
    ("applications", 20),
    ("mobileDeviceManagementPolicies", 0),
    ("crossTenantAccessPartners", 200),
];

/// What every tenant has exactly one of.
const ALWAYS: [&str; 11] = [
    "deviceManagement",
    "androidManagedStoreAccountEnterpriseSettings",
    "remoteAssistanceSettings",
    "windowsManagementApp",
    "authenticationMethodsPolicy",
    "authorizationPolicy",
    "authenticationFlowsPolicy",
    "deviceRegistrationPolicy",
    "identitySecurityDefaultsEnforcementPolicy",
    "externalIdentitiesPolicy",
    "crossTenantAccessDefault",
];

/// Samples: objects behind the others of their collection, one of each sort that might not come up
/// by turn.
const SAMPLES: [(&str, usize); 4] = [
    ("deviceConfigurations", configuration::SAMPLES.len()),
    ("configurationPolicies", catalog::SAMPLES.len()),
    ("deviceEnrollmentConfigurations", enrollment::SAMPLES.len()),
    ("mobileAppConfigurations", 1),
];

/// Numbers of objects by collection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    counts: HashMap<&'static str, usize>,
    /// By collection, how many of the last objects are samples.
    samples: HashMap<&'static str, usize>,
}

impl Plan {
    /// About `policies` objects of the common kinds, one of each before any kind gets a second; the
    /// rarer kinds come on top.
    pub(crate) fn of(policies: usize) -> Self {
        let rest = policies.saturating_sub(SHARES.len());
        let whole: usize = SHARES.iter().map(|(_, share)| share).sum();
        let mut counts: HashMap<&'static str, usize> = SHARES
            .iter()
            .take(policies)
            .map(|(collection, share)| (*collection, 1 + rest * share / whole))
            .collect();
        counts.insert("groups", (policies / 20).clamp(policies.min(6), 60));
        if policies >= ALL_KINDS {
            counts.extend(RARE.map(|(collection, each)| {
                (collection, 1 + policies.checked_div(each).unwrap_or(0))
            }));
        }
        let mut plan = Self {
            counts,
            samples: HashMap::new(),
        };
        if policies >= ALL_KINDS {
            plan.add_samples();
        }
        plan.with_surroundings(policies)
    }

    fn add_samples(&mut self) {
        for (collection, number) in SAMPLES {
            *self.counts.entry(collection).or_default() += number;
            self.samples.insert(collection, number);
        }
    }

    /// Two objects of each kind at most, for the kinds that a corpus lacks.
    pub(crate) fn sparse() -> Self {
        let counts = SHARES
            .iter()
            .map(|(collection, share)| (*collection, 2.min(1 + share)));
        let rare = RARE.map(|(collection, _)| (collection, 1));
        let mut plan = Self {
            counts: counts.chain(rare).collect(),
            samples: HashMap::new(),
        }
        .with_surroundings(1);
        plan.counts.insert("groups", 6);
        plan
    }

    /// What exists beside the policies: what every tenant has always, look-ups where anything is.
    fn with_surroundings(mut self, policies: usize) -> Self {
        self.counts.extend(ALWAYS.map(|collection| (collection, 1)));
        if policies > 0 {
            self.counts.insert("templates", 3);
            self.counts.insert("groupPolicyUploadedDefinitionFiles", 1);
        }
        self
    }

    pub(crate) fn count(&self, collection: &str) -> usize {
        self.counts.get(collection).copied().unwrap_or(0)
    }
}

impl Plan {
    /// The place of an object among the samples of its collection.
    pub(crate) fn sample(&self, collection: &str, number: usize) -> Option<usize> {
        let samples = self.samples.get(collection)?;
        let first = self.count(collection) - samples;
        number.checked_sub(first).filter(|place| place < samples)
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
            .sum::<usize>()
            - plan.samples.values().sum::<usize>()
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

    #[test]
    fn rarer_kinds_and_samples_take_nothing_from_the_common_ones() {
        let plan = Plan::of(ALL_KINDS);
        assert!(
            RARE.iter()
                .all(|(collection, _)| plan.count(collection) > 0)
        );
        assert!(
            RARE.iter()
                .all(|(collection, _)| Plan::of(ALL_KINDS - 1).count(collection) == 0)
        );
        let common = plan.count("deviceEnrollmentConfigurations") - enrollment::SAMPLES.len();
        assert_eq!(common, 1 + (ALL_KINDS - SHARES.len()) * 14 / 1029);
        assert_eq!(
            plan.sample("deviceEnrollmentConfigurations", common - 1),
            None
        );
        assert_eq!(
            plan.sample("deviceEnrollmentConfigurations", common),
            Some(0)
        );
        assert_eq!(plan.sample("groups", 0), None);
    }
}
