//! Every change of who belongs to a tenant, whichever door it comes through.
//!
//! Each function acts within its caller's transaction and writes the audit entry with the change. The
//! tenant is locked first, so that two changes at once cannot take the last owner away together.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        audit::{AuditAction, AuditEntry, Author, Target},
        ids::{MemberId, TenantId},
        member::{MOST_MEMBERS, Member, loses_last_owner},
        role::Role,
    },
    store::{
        Claim, Db, StoreError, audit,
        members::{self, User},
        notifications, tenants,
    },
};

/// What became of the wish to make somebody a member.
#[derive(Clone, Debug)]
pub enum Added {
    /// The person is one now.
    Member(Member),
    /// The person was one already.
    Already,
    /// The tenant has as many as it may.
    Full,
}

/// What became of the wish to change a membership.
#[derive(Clone, Debug)]
pub enum Changed {
    /// It is as it was wished.
    Done(Member),
    /// The tenant would have no owner.
    LastOwner,
    /// There is no such member.
    Gone,
}

/// Makes a person a member.
pub fn add(
    db: &mut Db,
    tenant: TenantId,
    (user, role): (&User, Role),
    author: &Author,
    now: DateTime<Utc>,
) -> Result<Added, StoreError> {
    tenants::lock(db, tenant)?;
    if members::role_of(db, tenant, user.id)?.is_some() {
        return Ok(Added::Already);
    }
    if members::roles(db, tenant)?.len() >= MOST_MEMBERS {
        return Ok(Added::Full);
    }
    let (id, by) = (MemberId::mint(), &author.actor);
    if members::insert(db, id, tenant, user.id, role, by, now)? == Claim::Taken {
        return Ok(Added::Already);
    }
    let member = Member {
        id,
        tenant,
        user: user.id,
        role,
        created_at: now,
        added_by: by.clone(),
    };
    let entry = entry(&member, AuditAction::MemberAdded, user, author)
        .changed("role", None::<&str>, role.as_str())
        .changed("issuer", None::<&str>, user.issuer.as_str())
        .changed("subject", None::<&str>, user.subject.as_str());
    audit::append(db, &entry, now)?;
    notifications::note_membership(db, user.id, tenant, now)?;
    Ok(Added::Member(member))
}

/// Gives a member another role.
pub fn change_role(
    db: &mut Db,
    (tenant, id): (TenantId, MemberId),
    role: Role,
    author: &Author,
    now: DateTime<Utc>,
) -> Result<Changed, StoreError> {
    let (before, user) = match locked(db, tenant, id, Some(role))? {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    if before.role == role {
        return Ok(Changed::Done(before));
    }
    members::set_role(db, id, role)?;
    let entry = entry(&before, AuditAction::MemberRoleChanged, &user, author).changed(
        "role",
        before.role.as_str(),
        role.as_str(),
    );
    audit::append(db, &entry, now)?;
    Ok(Changed::Done(Member { role, ..before }))
}

/// Ends a membership; the answer is what it was.
pub fn remove(
    db: &mut Db,
    (tenant, id): (TenantId, MemberId),
    author: &Author,
    now: DateTime<Utc>,
) -> Result<Changed, StoreError> {
    let (member, user) = match locked(db, tenant, id, None)? {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    members::remove(db, id)?;
    let entry = entry(&member, AuditAction::MemberRemoved, &user, author).changed(
        "role",
        member.role.as_str(),
        None::<&str>,
    );
    audit::append(db, &entry, now)?;
    notifications::note_membership(db, member.user, tenant, now)?;
    Ok(Changed::Done(member))
}

/// A member as it is now, if it may become what is wished, its tenant locked until the transaction ends.
fn locked(
    db: &mut Db,
    tenant: TenantId,
    id: MemberId,
    afterwards: Option<Role>,
) -> Result<Result<(Member, User), Changed>, StoreError> {
    tenants::lock(db, tenant)?;
    let Some(member) = members::find(db, tenant, id)? else {
        return Ok(Err(Changed::Gone));
    };
    if loses_last_owner(&members::roles(db, tenant)?, id, afterwards) {
        return Ok(Err(Changed::LastOwner));
    }
    let user = members::user(db, member.user)?;
    Ok(user.map(|user| (member, user)).ok_or(Changed::Gone))
}

fn entry(member: &Member, action: AuditAction, user: &User, author: &Author) -> AuditEntry {
    let target = Target::Member(member.id);
    AuditEntry::by(author, member.tenant, action, target, &*user.display_name)
}
