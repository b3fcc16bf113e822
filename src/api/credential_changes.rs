//! Mutations of a tenant's Graph credential.
//!
//! Signing in takes time and may not work, so it happens before the transaction and has an end of
//! its own: an answer that does not come changes nothing.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    access::Attempt,
    call::Call,
    credential_inputs::SetTenantCredentialInput,
    credentials::{PolicyTypeRefusal, TenantCredential},
    error::{Code, Refusal, Result},
    faults::{Faults, Stop, Undone, UserError, UserErrorCode, found, settle},
    leave::Leave,
    loaders::{CredentialOf, TheTenant},
    payloads::payload,
    tenants::Tenant,
};
use crate::{
    domain::{
        audit::{AuditAction, AuditEntry, AuditOutcome, Target},
        credential::Credential,
        role::Permission,
        tenant,
    },
    store::{Db, audit, credentials, tenants},
    workers::{credential_records, credentials::Verdict},
};

/// Input of `verifyTenantCredential`, to test a Graph credential.
#[derive(InputObject, Clone, Debug)]
pub(super) struct VerifyTenantCredentialInput {
    /// ID of the tenant.
    tenant_id: ID,
}

/// Input of `removeTenantCredential`, to remove a Graph credential.
#[derive(InputObject, Clone, Debug)]
pub(super) struct RemoveTenantCredentialInput {
    /// ID of the tenant.
    tenant_id: ID,
}

macro_rules! tried_payload {
    ($payload:ident $name:tt: $about:tt, credential $credential:tt) => {
        #[doc = $about]
        #[derive(SimpleObject)]
        #[graphql(name = $name)]
        pub(super) struct $payload {
            #[doc = $credential]
            credential: Option<TenantCredential>,
            /// Kinds of policies that the credential does not open, in the order of the enum. Empty when every kind can be read, and when nobody told: see `remarks`.
            refused_policy_types: Vec<PolicyTypeRefusal>,
            /// What the test sign-in has shown besides, for people, in English, without secrets: why it was refused, that the token does not tell its permissions, or that Intune is not there.
            remarks: Vec<String>,
            /// Expected failures; empty on success.
            user_errors: Vec<UserError>,
        }

        impl From<std::result::Result<Tried, Faults>> for $payload {
            fn from(result: std::result::Result<Tried, Faults>) -> Self {
                match result {
                    Ok(tried) => Self {
                        refused_policy_types: PolicyTypeRefusal::all(&tried.verdict),
                        remarks: tried.verdict.remarks(),
                        credential: Some(tried.credential),
                        user_errors: Vec::new(),
                    },
                    Err(faults) => Self {
                        credential: None,
                        refused_policy_types: Vec::new(),
                        remarks: Vec::new(),
                        user_errors: faults.into_errors(),
                    },
                }
            }
        }
    };
}

/// A stored credential, and what came of trying it out.
pub(super) struct Tried {
    credential: TenantCredential,
    verdict: Verdict,
}

tried_payload! {
    SetTenantCredentialPayload "SetTenantCredentialPayload":
    "Outcome of `setTenantCredential`.", credential "The credential; null when there are user errors."
}

tried_payload! {
    VerifyTenantCredentialPayload "VerifyTenantCredentialPayload":
    "Outcome of `verifyTenantCredential`.", credential "The credential with the outcome of the test; null when there are user errors."
}

payload! {
    RemoveTenantCredentialPayload "RemoveTenantCredentialPayload":
    "Outcome of `removeTenantCredential`.", tenant Tenant: "The tenant; null when there are user errors."
}

pub(super) struct CredentialChanges;

#[Object]
impl CredentialChanges {
    /// Store the Graph credential of a tenant in place of the present one, after a test sign-in. What Microsoft refuses replaces nothing; when Microsoft does not answer in time, nothing is changed and the request error is UNAVAILABLE. Requires: OWNER; not for API tokens. User errors: NOT_FOUND, REQUIRED, INVALID_VALUE, CREDENTIAL_REJECTED.
    async fn set_tenant_credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The credential.")] input: SetTenantCredentialInput,
    ) -> Result<Option<SetTenantCredentialPayload>> {
        settle(set(Call::of(ctx), input).await)
    }

    /// Test the stored Graph credential and its permissions. When Microsoft does not answer in time, nothing is changed and the request error is UNAVAILABLE. Requires: OWNER; not for API tokens. User errors: NOT_FOUND, TENANT_NOT_CONNECTED.
    async fn verify_tenant_credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tenant.")] input: VerifyTenantCredentialInput,
    ) -> Result<Option<VerifyTenantCredentialPayload>> {
        settle(verify(Call::of(ctx), input).await)
    }

    /// Remove the Graph credential; runs fail with TOKEN_EXPIRED until a new one is set. Does nothing when none is stored. Requires: OWNER; not for API tokens. User errors: NOT_FOUND.
    async fn remove_tenant_credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tenant.")] input: RemoveTenantCredentialInput,
    ) -> Result<Option<RemoveTenantCredentialPayload>> {
        settle(remove(Call::of(ctx), input).await)
    }
}

type Outcome<T> = std::result::Result<T, Stop>;

async fn set(call: &Call, input: SetTenantCredentialInput) -> Outcome<Tried> {
    let wanted = ("setTenantCredential", AuditAction::CredentialSet);
    let (leave, tenant) = reach(call, &input.tenant_id, wanted).await?;
    let now = call.clock.now();
    let sealed = input
        .check(now)?
        .sealed(call.workers.vault(), tenant.id, now)
        .map_err(|error| Refusal::internal(&error))?;
    let verdict = tried(call, &tenant, &sealed).await?;
    if let Verdict::Refused(failure) = &verdict {
        let entry = AuditEntry::by(
            &leave.author,
            tenant.id,
            AuditAction::CredentialSet,
            Target::Tenant(tenant.id),
            tenant.name.as_str(),
        );
        let entry = entry.ended(AuditOutcome::Failed).changed(
            "errorCode",
            None::<&str>,
            failure.code.as_str(),
        );
        let written = call
            .store
            .write(move |db, now| audit::append(db, &entry, now));
        written.await.map_err(Refusal::from)?;
        let path = ["input", "secret"];
        let message = failure.message.clone();
        return Err(Faults::one(UserErrorCode::CredentialRejected, message, &path).into());
    }
    let noted = verdict.clone();
    let stored = call.store.write(move |db, now| {
        leave.confirmed(db)?;
        let sealed = Credential {
            updated_at: now,
            ..sealed
        };
        let credential = (&sealed, Some(&noted));
        credential_records::store(db, &tenant, credential, &leave.author, now)?;
        present(db, &leave)
    });
    let credential = stored.await?;
    Ok(Tried {
        credential,
        verdict,
    })
}

async fn verify(call: &Call, input: VerifyTenantCredentialInput) -> Outcome<Tried> {
    let wanted = ("verifyTenantCredential", AuditAction::CredentialVerified);
    let (leave, tenant) = reach(call, &input.tenant_id, wanted).await?;
    let stored = call.load(CredentialOf(tenant.id)).await?;
    let stored = stored.ok_or_else(not_connected)?;
    let verdict = tried(call, &tenant, &stored).await?;
    let noted = verdict.clone();
    let checked = call.store.write(move |db, now| {
        leave.confirmed(db)?;
        let checked = (&stored, &noted);
        credential_records::checked(db, &tenant, checked, &leave.author, now)?;
        present(db, &leave)
    });
    let credential = checked.await?;
    Ok(Tried {
        credential,
        verdict,
    })
}

async fn remove(call: &Call, input: RemoveTenantCredentialInput) -> Outcome<Tenant> {
    let wanted = ("removeTenantCredential", AuditAction::CredentialRemoved);
    let (leave, tenant) = reach(call, &input.tenant_id, wanted).await?;
    let scope = leave.scope;
    let after = call.store.write(move |db, now| {
        leave.confirmed(db)?;
        credential_records::remove(db, &tenant, &leave.author, now)?;
        Ok::<_, Undone>(tenants::find(db, tenant.id)?)
    });
    let tenant = after.await?.ok_or_else(Refusal::not_found)?;
    Ok(Tenant { scope, tenant })
}

/// The tenant that a client named, once it is clear that the caller may.
async fn reach(
    call: &Call,
    id: &ID,
    (operation, action): (&'static str, AuditAction),
) -> Outcome<(Leave, tenant::Tenant)> {
    let scope = found(call.scope(id).await, &["input", "tenantId"])?;
    let tenant = call.must_load(TheTenant(scope.tenant, ())).await?;
    let attempt = Attempt {
        operation,
        action,
        target: Target::Tenant(scope.tenant),
        name: tenant.name.to_string(),
    };
    let leave = Leave::ask(call, scope, Permission::ManageCredentials, attempt).await?;
    Ok((leave, tenant))
}

/// What a test sign-in shows, within most of the time that a request has.
///
/// # Errors
///
/// UNAVAILABLE when nobody could tell.
async fn tried(call: &Call, tenant: &tenant::Tenant, credential: &Credential) -> Result<Verdict> {
    let patience = call.limits.timeout.mul_f32(0.8);
    let answered = tokio::time::timeout(patience, call.workers.try_out(tenant, credential)).await;
    let why = match answered {
        Ok(Ok(Verdict::Refused(failure))) if failure.code.is_transient() => failure.message,
        Ok(Ok(verdict)) => return Ok(verdict),
        Ok(Err(error)) => return Err(Refusal::internal(&error)),
        Err(_) => format!("Microsoft did not answer within {patience:?}."),
    };
    let message = format!("{why} Nothing was changed; try again later.");
    Err(Refusal::new(Code::Unavailable, message))
}

/// The credential as it is stored now.
fn present(db: &mut Db, leave: &Leave) -> std::result::Result<TenantCredential, Undone> {
    let tenant = leave.scope.tenant;
    let credential = credentials::find(db, tenant)?.ok_or_else(not_connected)?;
    let tenant = tenants::find(db, tenant)?.ok_or_else(Refusal::not_found)?;
    Ok(TenantCredential {
        credential,
        connection: tenant.connection,
    })
}

fn not_connected() -> Faults {
    let message = "the tenant has no credential for Microsoft Graph";
    Faults::one(UserErrorCode::TenantNotConnected, message, &[])
}
