//! Made-up tenants: every object is a function of seed, tenant, collection and number.

mod access;
mod apps;
mod awkward;
mod catalog;
mod compliance;
mod configuration;
mod connectors;
mod draft;
mod enrollment;
mod entra;
mod plan;
mod protection;
mod rare;
mod rare_apps;
mod scripts;
pub(crate) mod seeds;
mod settings;
mod surroundings;
mod templates;
mod tenant_wide;
mod updates;

use uuid::Uuid;

pub(crate) use self::settings::{SettingsCache, edit as edit_settings};
use self::{draft::Draft, plan::Plan};
use crate::{options::TenantSpec, tenant::StoredObject};

/// What a made-up tenant holds, before any object of it is made.
#[derive(Clone, Debug)]
pub(crate) struct Landscape {
    /// Tells this tenant of this seed from all others.
    key: String,
    plan: Plan,
    /// Assignment filters that made-up assignments may name.
    filters: usize,
    /// See [`TenantSpec::settings_per_policy`].
    settings: Option<usize>,
    awkward: bool,
}

impl Landscape {
    pub(crate) fn of(spec: &TenantSpec, seed: u64) -> Self {
        let beside_corpus = spec.corpus.is_some() && spec.policies > 0;
        let plan = if beside_corpus {
            Plan::sparse()
        } else {
            Plan::of(spec.policies)
        };
        Self {
            key: format!("{seed}/{}", spec.entra_tenant_id),
            // The filters of a corpus have their own ids.
            filters: if beside_corpus {
                0
            } else {
                plan.count("assignmentFilters")
            },
            plan,
            settings: spec.settings_per_policy,
            awkward: spec.awkward,
        }
    }

    /// A tenant without objects, for what needs nothing but its key.
    fn bare(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            plan: Plan::default(),
            filters: 0,
            settings: None,
            awkward: false,
        }
    }

    /// Tells this tenant of this seed from all others.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// How many objects of a collection there are.
    fn count(&self, collection: &str) -> usize {
        self.plan.count(collection)
    }

    /// The place of an object among the samples of its collection.
    fn sample(&self, collection: &str, number: usize) -> Option<usize> {
        self.plan.sample(collection, number)
    }

    /// The id of an object.
    fn id(&self, collection: &str, number: usize) -> Uuid {
        seeds::id(&[&self.key, collection, &number.to_string()])
    }
}

/// All made-up objects of a collection.
pub(crate) fn objects(landscape: &Landscape, collection: &str) -> Vec<StoredObject> {
    let made =
        (0..landscape.count(collection)).filter_map(|number| object(landscape, collection, number));
    made.chain(awkward::objects(landscape, collection))
        .collect()
}

/// How many they are.
pub(crate) fn count(landscape: &Landscape, collection: &str) -> usize {
    landscape.count(collection) + awkward::objects(landscape, collection).len()
}

/// One made-up object; numbers beyond the count give further ones.
pub(crate) fn object(
    landscape: &Landscape,
    collection: &str,
    number: usize,
) -> Option<StoredObject> {
    let make = maker(collection)?;
    Some(make(&mut Draft::new(landscape, collection, number)))
}

type Maker = fn(&mut Draft<'_>) -> StoredObject;

fn maker(collection: &str) -> Option<Maker> {
    Some(match collection {
        "deviceConfigurations" => configuration::profile,
        "configurationPolicies" => catalog::policy,
        "reusablePolicySettings" => catalog::reusable,
        "compliancePolicies" => catalog::linux_compliance,
        "intents" => catalog::intent,
        "templates" => catalog::template,
        "deviceManagementScripts" => scripts::powershell,
        "deviceShellScripts" => scripts::shell,
        "deviceCustomAttributeShellScripts" => scripts::custom_attribute,
        "deviceHealthScripts" => scripts::remediation,
        "deviceComplianceScripts" => scripts::compliance,
        "deviceCompliancePolicies" => compliance::policy,
        "notificationMessageTemplates" => compliance::notification,
        "groups" => surroundings::group,
        "assignmentFilters" => surroundings::filter,
        "roleScopeTags" => surroundings::scope_tag,
        "deviceCategories" => surroundings::category,
        "groupPolicyConfigurations" => templates::policy,
        "groupPolicyUploadedDefinitionFiles" => templates::uploaded_file,
        "windowsFeatureUpdateProfiles" => updates::feature,
        "windowsQualityUpdateProfiles" => updates::quality_profile,
        "windowsQualityUpdatePolicies" => updates::quality_policy,
        "windowsDriverUpdateProfiles" => updates::driver,
        "deviceEnrollmentConfigurations" => enrollment::configuration,
        "windowsAutopilotDeploymentProfiles" => enrollment::autopilot,
        "depOnboardingSettings" => enrollment::apple_token,
        "mobileApps" => apps::app,
        "mobileAppConfigurations" => protection::device_configuration,
        "iosManagedAppProtections" => protection::ios,
        "androidManagedAppProtections" => protection::android,
        "windowsManagedAppProtections" => protection::windows,
        "targetedManagedAppConfigurations" => protection::configuration,
        "roleDefinitions" => access::role,
        "roleAssignments" => access::role_granted,
        "conditionalAccessPolicies" => access::conditional_access,
        "namedLocations" => access::named_location,
        "authenticationStrengthPolicies" => access::authentication_strength,
        "authenticationContextClassReferences" => access::authentication_context,
        "deviceManagement" => tenant_wide::settings,
        "intuneBrandingProfiles" => tenant_wide::branding,
        "termsAndConditions" => tenant_wide::terms,
        _ => return rare_maker(collection),
    })
}

fn rare_maker(collection: &str) -> Option<Maker> {
    Some(match collection {
        "hardwareConfigurations" => rare::firmware,
        "appleUserInitiatedEnrollmentProfiles" => connectors::apple_user_profile,
        "applePushNotificationCertificate" => connectors::push_certificate,
        "androidManagedStoreAccountEnterpriseSettings" => connectors::managed_google_play,
        "androidDeviceOwnerEnrollmentProfiles" => connectors::android_owner_profile,
        "androidForWorkEnrollmentProfiles" => connectors::android_work_profile,
        "managedDeviceCleanupRules" => connectors::cleanup_rule,
        "complianceManagementPartners" => connectors::compliance_partner,
        "deviceManagementPartners" => connectors::management_partner,
        "remoteAssistancePartners" => connectors::assistance_partner,
        "mobileThreatDefenseConnectors" => connectors::threat_connector,
        "remoteAssistanceSettings" => connectors::remote_help,
        "derivedCredentials" => connectors::derived_credential,
        "operationApprovalPolicies" => connectors::approval_policy,
        "inventoryPolicies" => rare::inventory,
        "microsoftTunnelConfigurations" => rare::tunnel,
        "microsoftTunnelSites" => rare::tunnel_site,
        "cloudCertificationAuthority" => rare::certificate_authority,
        "zebraFotaDeployments" => rare::zebra,
        "resourceAccessProfiles" => rare::resource_access,
        "provisioningPolicies" => rare::cloud_pc_policy,
        "userSettings" => rare::cloud_pc_setting,
        "onPremisesConnections" => rare::cloud_pc_connection,
        "deviceImages" => rare::cloud_pc_image,
        "mobileAppCategories" => rare_apps::category,
        "policySets" => rare_apps::policy_set,
        "vppTokens" => connectors::volume_token,
        "mdmWindowsInformationProtectionPolicies" => rare_apps::mdm_information_protection,
        "windowsInformationProtectionPolicies" => rare_apps::mam_information_protection,
        "defaultManagedAppProtections" => rare_apps::default_protection,
        "wdacSupplementalPolicies" => rare_apps::supplemental,
        "iosLobAppProvisioningConfigurations" => rare_apps::provisioning_profile,
        "managedEBooks" => rare_apps::book,
        "windowsManagementApp" => rare_apps::managed_installer,
        "agreements" => entra::agreement,
        "brandingLocalizations" => entra::sign_in_page,
        "authenticationMethodsPolicy" => entra::authentication_methods,
        "authorizationPolicy" => entra::authorization,
        "authenticationFlowsPolicy" => entra::authentication_flows,
        "deviceRegistrationPolicy" => entra::device_registration,
        "identitySecurityDefaultsEnforcementPolicy" => entra::security_defaults,
        "externalIdentitiesPolicy" => entra::external_identities,
        "groupSettings" => entra::group_setting,
        "applications" => entra::application,
        "mobileDeviceManagementPolicies" => entra::mobility,
        "crossTenantAccessDefault" => entra::cross_tenant_default,
        "crossTenantAccessPartners" => entra::cross_tenant_partner,
        _ => return None,
    })
}
