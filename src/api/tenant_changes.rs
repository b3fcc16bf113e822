//! Mutations of tenants themselves.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    access::{Attempt, TenantScope, home_of},
    call::Call,
    error::{Code, Refusal, Result},
    faults::{Faults, Stop, Undone, UserError, UserErrorCode, found, settle},
    input_rules::{given, name},
    leave::Leave,
    loaders::TheTenant,
    payloads::payload,
    principal::Principal,
    repeats::Repeat,
    scalars::Uuid,
    tenants::Tenant,
    words::MicrosoftCloud,
};
use crate::{
    domain::{
        audit::{AuditAction, Author, Target},
        ids::UserId,
        role::{Permission, Role},
        tenant,
    },
    store::{self, Claim, Db},
    workers::{
        members::{self, Added},
        tenants::{self, NewTenant},
    },
};

/// Input of `createTenant`, to add a tenant.
#[derive(InputObject, Clone, Debug)]
pub(super) struct CreateTenantInput {
    /// Directory (tenant) ID in Microsoft Entra; unique in this installation (ALREADY_EXISTS).
    entra_tenant_id: Uuid,
    /// Name to show, 1 to 120 characters after trimming (BLANK, TOO_LONG).
    name: String,
    /// Microsoft cloud that the tenant lives in; cannot be changed.
    #[graphql(default_with = "MicrosoftCloud::Global")]
    cloud: MicrosoftCloud,
    /// Chosen by the caller to make a repeat harmless: 8 to 128 characters of `[A-Za-z0-9._:-]`, a UUID for example (INVALID_VALUE). A repeat within 24 hours by the same caller with the same input gives the first answer again, with `isReplay` true; with different input it is refused (IDEMPOTENCY_KEY_REUSED).
    idempotency_key: Option<String>,
}

/// Input of `updateTenant`, to change a tenant.
#[derive(InputObject, Clone, Debug)]
pub(super) struct UpdateTenantInput {
    /// ID of the tenant.
    tenant_id: ID,
    /// New name, 1 to 120 characters after trimming (BLANK, TOO_LONG). Unchanged when absent; null is refused (REQUIRED).
    name: MaybeUndefined<String>,
}

/// Outcome of `createTenant`.
#[derive(SimpleObject)]
pub(super) struct CreateTenantPayload {
    /// The tenant; null when there are user errors.
    tenant: Option<Tenant>,
    /// Whether this is the answer to an earlier request with the same idempotency key.
    is_replay: bool,
    /// Expected failures; empty on success.
    user_errors: Vec<UserError>,
}

/// A tenant, and whether an earlier request made it.
struct Created {
    tenant: Tenant,
    is_replay: bool,
}

impl From<std::result::Result<Created, Faults>> for CreateTenantPayload {
    fn from(result: std::result::Result<Created, Faults>) -> Self {
        match result {
            Ok(created) => Self {
                tenant: Some(created.tenant),
                is_replay: created.is_replay,
                user_errors: Vec::new(),
            },
            Err(faults) => Self {
                tenant: None,
                is_replay: false,
                user_errors: faults.into_errors(),
            },
        }
    }
}

payload! {
    UpdateTenantPayload "UpdateTenantPayload":
    "Outcome of `updateTenant`.", tenant Tenant: "The tenant; null when there are user errors."
}

pub(super) struct TenantChanges;

#[Object]
impl TenantChanges {
    /// Add a tenant; the caller becomes its owner. Requires: the instance-wide right `Viewer.canCreateTenants`; not for API tokens. User errors: ALREADY_EXISTS, BLANK, TOO_LONG, INVALID_VALUE, IDEMPOTENCY_KEY_REUSED.
    async fn create_tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to add.")] input: CreateTenantInput,
    ) -> Result<Option<CreateTenantPayload>> {
        settle(create(Call::of(ctx), input).await)
    }

    /// Change a tenant's settings. Requires: OWNER; not for API tokens. User errors: NOT_FOUND, REQUIRED, BLANK, TOO_LONG.
    async fn update_tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateTenantInput,
    ) -> Result<Option<UpdateTenantPayload>> {
        settle(update(Call::of(ctx), input).await)
    }
}

type Outcome<T> = std::result::Result<T, Stop>;
type Change<T> = std::result::Result<T, Undone>;

async fn create(call: &Call, input: CreateTenantInput) -> Outcome<Created> {
    let person = call.caller.person();
    let owner = person.filter(|person| person.may_create_tenants);
    let Some(owner) = owner.map(|person| person.id) else {
        return Err(refused(call).await?.into());
    };
    let mut faults = Faults::default();
    let key = input.idempotency_key.as_deref();
    let repeat = Repeat::of(&call.caller, "createTenant", key, &input, &mut faults);
    let name = name(&input.name, &mut faults);
    let new = NewTenant {
        name: faults.or(name)?,
        entra_tenant_id: input.entra_tenant_id.0,
        cloud: input.cloud.into(),
    };
    let tenant = new
        .made(call.workers.vault(), call.clock.now())
        .map_err(|error| Refusal::internal(&error))?;
    let author = call.author();
    let made = call.store.write(move |db, now| {
        store::members::lock_user(db, owner)?;
        if let Some((scope, tenant)) = earlier(db, &repeat, owner, now)? {
            return Ok((scope, tenant, true));
        }
        let scope = add(db, &tenant, owner, &author, now)?;
        repeat.remember(db, tenant.id, now)?;
        Ok::<_, Undone>((scope, tenant, false))
    });
    let (scope, tenant, is_replay) = made.await?;
    Ok(Created {
        tenant: Tenant { scope, tenant },
        is_replay,
    })
}

/// The refusal of a caller without the right. A token's attempt is in the log of its tenant; a
/// person's belongs to no tenant, so no log could hold it.
async fn refused(call: &Call) -> Result<Refusal> {
    if let Principal::Token(token) = &call.caller.principal {
        let scope = home_of(token);
        let attempt = Attempt {
            operation: "createTenant",
            action: AuditAction::TenantCreated,
            target: Target::Tenant(scope.tenant),
            name: Tenant::within(call, scope).await?.tenant.name.to_string(),
        };
        call.write_refusal(scope, attempt).await?;
    }
    let message = "createTenant needs the right to create tenants, which the identity provider gives to people";
    Ok(Refusal::new(Code::Forbidden, message))
}

/// The tenant that the same request made before, as long as its maker is in it.
fn earlier(
    db: &mut Db,
    repeat: &Repeat,
    owner: UserId,
    now: DateTime<Utc>,
) -> Change<Option<(TenantScope, tenant::Tenant)>> {
    let Some(id) = repeat.earlier(db, now)? else {
        return Ok(None);
    };
    let role = store::members::role_of(db, id, owner)?;
    let found = role.zip(store::tenants::find(db, id)?);
    let (role, tenant) = found.ok_or_else(Refusal::not_found)?;
    Ok(Some((TenantScope { tenant: id, role }, tenant)))
}

fn add(
    db: &mut Db,
    tenant: &tenant::Tenant,
    owner: UserId,
    author: &Author,
    now: DateTime<Utc>,
) -> Change<TenantScope> {
    if tenants::add(db, tenant, author, now)? == Claim::Taken {
        let message = "a tenant with this Entra ID is in the installation already";
        let path = ["input", "entraTenantId"];
        return Err(Faults::one(UserErrorCode::AlreadyExists, message, &path).into());
    }
    let user = store::members::user(db, owner)?.ok_or_else(Refusal::not_found)?;
    match members::add(db, tenant.id, (&user, Role::Owner), author, now)? {
        Added::Member(member) => Ok(TenantScope {
            tenant: tenant.id,
            role: member.role,
        }),
        // A new tenant has no members.
        Added::Already | Added::Full => Err(Refusal::not_found().into()),
    }
}

async fn update(call: &Call, input: UpdateTenantInput) -> Outcome<Tenant> {
    let scope = found(call.scope(&input.tenant_id).await, &["input", "tenantId"])?;
    let tenant = call.must_load(TheTenant(scope.tenant, ())).await?;
    let attempt = Attempt {
        operation: "updateTenant",
        action: AuditAction::TenantUpdated,
        target: Target::Tenant(scope.tenant),
        name: tenant.name.to_string(),
    };
    let leave = Leave::ask(call, scope, Permission::ManageTenant, attempt).await?;
    let mut faults = Faults::default();
    let new = given(input.name, "name", &mut faults).and_then(|text| name(&text, &mut faults));
    let new = faults.or(Some(new))?;
    let after = call.store.write(move |db, now| {
        leave.confirmed(db)?;
        let before = store::tenants::find(db, scope.tenant)?.ok_or_else(Refusal::not_found)?;
        if let Some(name) = &new {
            tenants::rename(db, &before, name, &leave.author, now)?;
        }
        Ok::<_, Undone>(store::tenants::find(db, scope.tenant)?)
    });
    let tenant = after.await?.ok_or_else(Refusal::not_found)?;
    Ok(Tenant { scope, tenant })
}
