//! Who looks after the tenants.

use std::collections::HashSet;

use super::super::system_clock;
use super::{finding::Finding, some_of};
use crate::{config::Config, domain::ids::TenantId, oidc::Issuers, store::look::Stored};

const OWNER: &str = "owner";

/// Whether each tenant has an owner who can sign in.
pub(super) fn judge(stored: &Stored, config: &Config) -> Option<Finding> {
    let Ok(issuers) = Issuers::start(config.oidc.clone(), system_clock()) else {
        // Told already.
        return None;
    };
    if stored.tenants.is_empty() || config.oidc.issuers.is_empty() {
        return None;
    }
    Some(owners(stored, |issuer| issuers.accept(issuer)))
}

fn owners(stored: &Stored, accepts: impl Fn(&str) -> bool) -> Finding {
    let owned: HashSet<TenantId> = stored.owners.iter().map(|(tenant, _)| *tenant).collect();
    let can = stored.owners.iter().filter(|(_, issuer)| accepts(issuer));
    let reachable: HashSet<TenantId> = can.map(|(tenant, _)| *tenant).collect();
    let without = |owned: &HashSet<TenantId>| -> Vec<&str> {
        let tenants = stored
            .tenants
            .iter()
            .filter(|tenant| !owned.contains(&tenant.id));
        tenants.map(|tenant| tenant.name.as_str()).collect()
    };
    let (nobody, unable) = (without(&owned), without(&reachable));
    match (nobody.as_slice(), unable.as_slice()) {
        ([_, ..], _) => Finding::warn(
            OWNER,
            format!("nobody owns {}", some_of(&nobody)),
            "`tenantatlas member add --role OWNER …`",
        ),
        ([], [_, ..]) => Finding::warn(
            OWNER,
            format!(
                "no owner of {} can sign in: their issuers are not configured",
                some_of(&unable)
            ),
            "add the issuer (see docs/sign-in.md), or `tenantatlas member add` somebody of one that is there",
        ),
        ([], []) => Finding::ok(OWNER, "every tenant has one who can sign in"),
    }
}
