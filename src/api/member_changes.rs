//! Mutations of members.

use async_graphql::{Context, ID, InputObject, Object};

use super::{
    access::{Attempt, TenantScope},
    call::Call,
    error::{Refusal, Result},
    faults::{Faults, Stop, Undone, UserErrorCode, found, settle},
    ids,
    leave::Leave,
    loaders::{TheMember, TheMembership, TheTenant},
    member_principals::{self, TenantMemberPrincipalInput, Whom},
    members::TenantMember,
    payloads::payload,
    words::TenantRole,
};
use crate::{
    domain::{
        audit::{AuditAction, Target},
        ids::{MemberId, TenantId},
        member::{MOST_MEMBERS, Member},
        role::Permission,
    },
    store,
    workers::members::{self, Added, Changed},
};

/// Input of `addTenantMember`, to add a member.
#[derive(InputObject, Clone, Debug)]
pub(super) struct AddTenantMemberInput {
    /// ID of the tenant, which can have 500 members (LIMIT_REACHED).
    tenant_id: ID,
    /// Whom.
    principal: TenantMemberPrincipalInput,
    /// Role to give.
    role: TenantRole,
}

/// Input of `updateTenantMember`, to change a member's role.
#[derive(InputObject, Clone, Debug)]
pub(super) struct UpdateTenantMemberInput {
    /// ID of the membership.
    member_id: ID,
    /// New role.
    role: TenantRole,
}

/// Input of `removeTenantMember`, to remove a member.
#[derive(InputObject, Clone, Debug)]
pub(super) struct RemoveTenantMemberInput {
    /// ID of the membership.
    member_id: ID,
}

payload! {
    AddTenantMemberPayload "AddTenantMemberPayload":
    "Outcome of `addTenantMember`.", member TenantMember: "The membership; null when there are user errors."
}

payload! {
    UpdateTenantMemberPayload "UpdateTenantMemberPayload":
    "Outcome of `updateTenantMember`.", member TenantMember: "The membership; null when there are user errors."
}

payload! {
    RemoveTenantMemberPayload "RemoveTenantMemberPayload":
    "Outcome of `removeTenantMember`.", removed_member_id ID: "ID of the membership that is gone; null when there are user errors."
}

pub(super) struct MemberChanges;

#[Object]
impl MemberChanges {
    /// Make a person a member. Requires: OWNER; not for API tokens. User errors: NOT_FOUND, INVALID_VALUE, BLANK, TOO_LONG, ALREADY_EXISTS, LIMIT_REACHED.
    async fn add_tenant_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to add.")] input: AddTenantMemberInput,
    ) -> Result<Option<AddTenantMemberPayload>> {
        settle(add(Call::of(ctx), input).await)
    }

    /// Change a member's role. Requires: OWNER; not for API tokens. User errors: NOT_FOUND, LAST_OWNER.
    async fn update_tenant_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateTenantMemberInput,
    ) -> Result<Option<UpdateTenantMemberPayload>> {
        settle(update(Call::of(ctx), input).await)
    }

    /// Remove a member, at once, with the person's subscriptions. Members may remove themselves. Requires: OWNER, or READONLY for oneself; not for API tokens. User errors: NOT_FOUND, LAST_OWNER.
    async fn remove_tenant_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to remove.")] input: RemoveTenantMemberInput,
    ) -> Result<Option<RemoveTenantMemberPayload>> {
        settle(remove(Call::of(ctx), input).await)
    }
}

type Outcome<T> = std::result::Result<T, Stop>;

/// Where a membership is named in every input that has one.
const PATH: &[&str] = &["input", "memberId"];

async fn add(call: &Call, input: AddTenantMemberInput) -> Outcome<TenantMember> {
    let wanted: TenantId = ids::read(&input.tenant_id)?;
    input.principal.user_id()?;
    let standing = call.standing(wanted).await?;
    let scope = found(
        standing.ok_or_else(Refusal::not_found),
        &["input", "tenantId"],
    )?;
    let tenant = call.must_load(TheTenant(scope.tenant, ())).await?;
    let attempt = Attempt {
        operation: "addTenantMember",
        action: AuditAction::MemberAdded,
        target: Target::Tenant(scope.tenant),
        name: tenant.name.to_string(),
    };
    let leave = Leave::ask(call, scope, Permission::ManageMembers, attempt).await?;
    let whom = input.principal.find(call).await?;
    let role = input.role.into();
    let added = call.store.write(move |db, now| {
        leave.confirmed(db)?;
        let user = match whom {
            Whom::Known(user) => user,
            Whom::At { issuer, subject } => store::members::make_known(db, &issuer, &subject, now)?,
        };
        match members::add(db, scope.tenant, (&user, role), &leave.author, now)? {
            Added::Member(member) => Ok(member),
            Added::Already => {
                let message = "this person is a member already";
                let path = member_principals::PATH;
                Err(Undone::from(Faults::one(
                    UserErrorCode::AlreadyExists,
                    message,
                    path,
                )))
            }
            Added::Full => {
                let message = format!("a tenant has at most {MOST_MEMBERS} members");
                Err(Faults::one(UserErrorCode::LimitReached, message, &[]).into())
            }
        }
    });
    let member = added.await?;
    Ok(TenantMember { scope, member })
}

async fn update(call: &Call, input: UpdateTenantMemberInput) -> Outcome<TenantMember> {
    let (scope, member) = reach(call, &input.member_id).await?;
    let attempt = attempt(
        call,
        &member,
        ("updateTenantMember", AuditAction::MemberRoleChanged),
    );
    let leave = Leave::ask(call, scope, Permission::ManageMembers, attempt.await?).await?;
    let (id, role) = ((scope.tenant, member.id), input.role.into());
    let changed = call.store.write(move |db, now| {
        leave.confirmed(db)?;
        done(members::change_role(db, id, role, &leave.author, now)?)
    });
    let member = changed.await?;
    Ok(TenantMember { scope, member })
}

async fn remove(call: &Call, input: RemoveTenantMemberInput) -> Outcome<ID> {
    let (scope, member) = reach(call, &input.member_id).await?;
    let attempt = attempt(
        call,
        &member,
        ("removeTenantMember", AuditAction::MemberRemoved),
    );
    let own = call.caller.person().map(|person| person.id);
    let right = if own == Some(member.user) {
        Permission::ReadBackups
    } else {
        Permission::ManageMembers
    };
    let leave = Leave::ask(call, scope, right, attempt.await?).await?;
    let id = (scope.tenant, member.id);
    let removed = call.store.write(move |db, now| {
        leave.confirmed(db)?;
        done(members::remove(db, id, &leave.author, now)?)
    });
    let member = removed.await?;
    Ok(ids::show(member.id))
}

/// The member that a client named.
async fn reach(call: &Call, id: &ID) -> Outcome<(TenantScope, Member)> {
    let id: MemberId = ids::read(id)?;
    found(call.reach(id, TheMembership).await, PATH)
}

async fn attempt(
    call: &Call,
    member: &Member,
    (operation, action): (&'static str, AuditAction),
) -> Result<Attempt> {
    let user = call
        .must_load(TheMember(member.tenant, member.user))
        .await?;
    Ok(Attempt {
        operation,
        action,
        target: Target::Member(member.id),
        name: user.display_name,
    })
}

fn done(changed: Changed) -> std::result::Result<Member, Undone> {
    match changed {
        Changed::Done(member) => Ok(member),
        Changed::Gone => Err(Faults::not_found(PATH).into()),
        Changed::LastOwner => {
            let message = "the tenant would have no owner; make somebody else one first";
            Err(Faults::one(UserErrorCode::LastOwner, message, PATH).into())
        }
    }
}
