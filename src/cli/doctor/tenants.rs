//! The tenants' credentials: whether each can sign in, as far as that is known without trying.

use std::{collections::HashMap, path::Path};

use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::{StreamExt, stream};

use super::super::system_clock;
use super::{finding::Finding, in_time, now};
use crate::{
    app,
    config::Config,
    domain::{
        credential::{Credential, Means},
        expiry::outlook,
        global_id::GlobalId,
        tenant::{Cloud, ConnectionStatus, Tenant},
    },
    store::look::Stored,
    telemetry::chain,
    vault::Vault,
    workers::credentials::{self, Verdict},
};

const TENANT: &str = "tenant";

/// Sign-ins that are tried at once.
const AT_ONCE: usize = 8;

/// The clouds that tenants are in; the worldwide one where there is none.
pub(super) fn clouds(stored: Option<&Stored>) -> Vec<Cloud> {
    let tenants = stored.map(|stored| stored.tenants.as_slice());
    let mut clouds = tenants
        .unwrap_or_default()
        .iter()
        .fold(Vec::new(), |mut clouds, tenant| {
            if !clouds.contains(&tenant.cloud) {
                clouds.push(tenant.cloud);
            }
            clouds
        });
    if clouds.is_empty() {
        clouds.push(Cloud::Global);
    }
    clouds
}

/// What is to be said of each tenant. With a key, each credential that is there is tried out too.
pub(super) async fn look(
    config: &Config,
    stored: Option<&Stored>,
    key: Option<&Vault>,
) -> Vec<Finding> {
    let Some(stored) = stored else {
        return Vec::new();
    };
    if stored.tenants.is_empty() {
        let found = "there is none yet; `tenantatlas tenant add` adds one";
        return vec![Finding::ok(TENANT, found)];
    }
    let own: HashMap<_, _> = stored
        .credentials
        .iter()
        .map(|it| (it.tenant, it))
        .collect();
    let pairs = stored
        .tenants
        .iter()
        .map(|tenant| (tenant, own.get(&tenant.id).copied()));
    let mut findings: Vec<Finding> = pairs
        .clone()
        .flat_map(|(it, own)| judge(it, own, now()))
        .collect();
    if let Some(key) = key {
        findings.extend(sign_in(config, key, pairs.collect()).await);
    }
    if findings.is_empty() {
        let number = stored.tenants.len();
        findings.push(Finding::ok(
            TENANT,
            format!("nothing is wrong with the credentials of {number}"),
        ));
    }
    findings
}

/// What is to be said where somebody wanted credentials tried out, and they cannot be opened.
pub(super) fn not_tried() -> Finding {
    Finding::warn(
        TENANT,
        "no credential was tried out: that takes the database and its key",
        "mend what is said of these, then look with --sign-in again",
    )
}

/// What is known of a tenant's credential that somebody should know.
fn judge(tenant: &Tenant, credential: Option<&Credential>, now: DateTime<Utc>) -> Vec<Finding> {
    let (name, id) = (tenant.name.as_str(), tenant.id.to_global());
    let set = format!("`tenantatlas tenant credential set {id} …`");
    let Some(credential) = credential else {
        let found = format!("{name} has no credential, so its runs fail");
        return vec![Finding::fail(TENANT, found, set)];
    };
    let mut findings: Vec<Finding> = [
        expiry(name, credential, &set, now),
        token_file(name, &credential.means),
    ]
    .into_iter()
    .flatten()
    .collect();
    match tenant.connection {
        ConnectionStatus::TokenExpired => findings.push(Finding::fail(
            TENANT,
            format!("the credential of {name} was refused when it was last used"),
            format!("`tenantatlas tenant credential verify {id}` says why; {set} replaces it"),
        )),
        ConnectionStatus::PermissionMissing => findings.push(Finding::warn(
            TENANT,
            match credential.usage.missing_permissions.as_slice() {
                [] => format!("the app of {name} lacks permissions"),
                names => format!("the app of {name} lacks {}", names.join(", ")),
            },
            "grant the permissions to the app in Microsoft Entra, with the consent of an administrator",
        )),
        ConnectionStatus::Connected | ConnectionStatus::NotConfigured | ConnectionStatus::Unverified => {}
    }
    findings
}

fn expiry(name: &str, credential: &Credential, set: &str, now: DateTime<Utc>) -> Option<Finding> {
    let end = credential.means.expires_at()?;
    let at = end.to_rfc3339_opts(SecondsFormat::Secs, true);
    if end <= now {
        let found = format!("the credential of {name} expired at {at}");
        return Some(Finding::fail(
            TENANT,
            found,
            format!("make a new one in Microsoft Entra, then {set}"),
        ));
    }
    outlook(end, now).is_near.then(|| {
        let found = format!("the credential of {name} expires at {at}");
        Finding::warn(
            TENANT,
            found,
            format!("make a new one in Microsoft Entra, then {set}"),
        )
    })
}

fn token_file(name: &str, means: &Means) -> Option<Finding> {
    let Means::WorkloadIdentity { token_file } = means else {
        return None;
    };
    let error = credentials::federation(Path::new(token_file)).err()?;
    Some(Finding::fail(
        TENANT,
        format!(
            "the token file of {name}, {token_file}, cannot be used ({})",
            chain(&error)
        ),
        "have the platform write its token there, readable for the user that runs the server",
    ))
}

/// Signs in with each credential, and tells which were refused.
async fn sign_in(
    config: &Config,
    key: &Vault,
    pairs: Vec<(&Tenant, Option<&Credential>)>,
) -> Vec<Finding> {
    let graph = match app::graph(config, system_clock()) {
        Ok(graph) => graph,
        Err(error) => {
            return vec![Finding::fail(
                TENANT,
                chain(&error).to_string(),
                "see the settings of `graph`",
            )];
        }
    };
    let there = pairs
        .into_iter()
        .filter_map(|(tenant, own)| Some((tenant, own?)));
    let tries = stream::iter(there).map(async |(tenant, own)| {
        let tried = in_time(credentials::try_out(&graph, key, tenant, own)).await;
        let name = tenant.name.as_str();
        let verify = format!(
            "`tenantatlas tenant credential verify {}` says more",
            tenant.id.to_global()
        );
        match tried {
            Some(Ok(Verdict::Accepted { .. })) => {
                Finding::ok(TENANT, format!("{name} can be signed in to"))
            }
            Some(Ok(Verdict::Refused(failure))) => Finding::fail(
                TENANT,
                format!("{name} cannot be signed in to ({})", failure.message),
                verify,
            ),
            Some(Err(error)) => Finding::fail(
                TENANT,
                format!(
                    "the credential of {name} cannot be opened ({})",
                    chain(&error)
                ),
                "bring the key file back that belongs to this database",
            ),
            None => Finding::fail(
                TENANT,
                format!("{name} gave no answer within 5 seconds"),
                verify,
            ),
        }
    });
    tries.buffered(AT_ONCE).collect().await
}
