//! People, and their membership in tenants.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::{Origin, actor_columns, folded, stamp},
    conn::Db,
    error::{Claim, StoreError},
    schema::{members, users},
};
use crate::domain::{
    actor::Actor,
    identity::Identity,
    ids::{MemberId, TenantId, UserId},
    member::Member,
    role::Role,
};

/// A person at an OpenID Connect issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its identifier here.
    pub id: UserId,
    /// The issuer, exactly as in its tokens.
    pub issuer: String,
    /// The subject, exactly as in its tokens.
    pub subject: String,
    /// Name to show.
    pub display_name: String,
    /// E-mail address, for show only.
    pub email: Option<String>,
}

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = users)]
pub(super) struct UserRow {
    id: String,
    issuer: String,
    subject: String,
    display_name: String,
    email: Option<String>,
    created_at: NaiveDateTime,
    name_folded: Option<String>,
    email_folded: Option<String>,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let id = Origin {
            what: "user",
            id: &row.id,
        }
        .text(&row.id)?;
        Ok(Self {
            id,
            issuer: row.issuer,
            subject: row.subject,
            display_name: row.display_name,
            email: row.email,
        })
    }
}

/// The person with this identity.
pub fn find_user(db: &mut Db, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
    let query = users::table
        .filter(users::issuer.eq(issuer))
        .filter(users::subject.eq(subject));
    let row: Option<UserRow> = query.first(db).optional()?;
    row.map(User::try_from).transpose()
}

/// Adds a person; taken when the identity is known.
pub fn insert_user(db: &mut Db, user: &User, now: DateTime<Utc>) -> Result<Claim, StoreError> {
    let row = UserRow {
        id: user.id.to_string(),
        issuer: user.issuer.clone(),
        subject: user.subject.clone(),
        display_name: user.display_name.clone(),
        email: user.email.clone(),
        created_at: stamp(now),
        name_folded: Some(folded(&user.display_name)),
        email_folded: user.email.as_deref().map(folded),
    };
    Claim::of(db.transaction(|db| diesel::insert_into(users::table).values(row).execute(db)))
}

/// The person with this identity, known from now on by the name and e-mail address that come with
/// it. What does not come stays as it is; without any name, a person goes by its subject.
pub fn note_sign_in(
    db: &mut Db,
    identity: &Identity,
    now: DateTime<Utc>,
) -> Result<User, StoreError> {
    let name = identity.display_name.as_deref();
    let new = User {
        id: UserId::mint(),
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        display_name: name.unwrap_or(&identity.subject).to_owned(),
        email: identity.email.clone(),
    };
    if insert_user(db, &new, now)? == Claim::Ours {
        return Ok(new);
    }
    let known = users::table
        .filter(users::issuer.eq(&identity.issuer))
        .filter(users::subject.eq(&identity.subject));
    if let Some(email) = &identity.email {
        let email = (
            users::email.eq(email),
            users::email_folded.eq(folded(email)),
        );
        diesel::update(known).set(email).execute(db)?;
    }
    if let Some(name) = name {
        let name = (
            users::display_name.eq(name),
            users::name_folded.eq(folded(name)),
        );
        diesel::update(known).set(name).execute(db)?;
    }
    User::try_from(known.first::<UserRow>(db)?)
}

/// The person with this identity, known from now on. A name comes with the first sign-in; until then
/// it is the subject.
pub fn make_known(
    db: &mut Db,
    issuer: &str,
    subject: &str,
    now: DateTime<Utc>,
) -> Result<User, StoreError> {
    let new = User {
        id: UserId::mint(),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        display_name: subject.to_owned(),
        email: None,
    };
    match insert_user(db, &new, now)? {
        Claim::Ours => Ok(new),
        Claim::Taken => {
            let known = users::table
                .filter(users::issuer.eq(issuer))
                .filter(users::subject.eq(subject));
            User::try_from(known.first::<UserRow>(db)?)
        }
    }
}

/// A person.
pub fn user(db: &mut Db, user: UserId) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = users::table.find(user.to_string()).first(db).optional()?;
    row.map(User::try_from).transpose()
}

/// Locks a person until the transaction ends: whoever makes something that has no tenant yet does so
/// first.
pub fn lock_user(db: &mut Db, user: UserId) -> Result<(), StoreError> {
    let row = users::table.find(user.to_string());
    diesel::update(row)
        .set(users::created_at.eq(users::created_at))
        .execute(db)?;
    Ok(())
}

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = members)]
pub(super) struct MemberRow {
    id: String,
    tenant_id: String,
    user_id: String,
    role: String,
    created_at: NaiveDateTime,
    added_by_kind: String,
    added_by_id: Option<String>,
    added_by_name: String,
}

impl TryFrom<MemberRow> for Member {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "member",
            id: &row.id,
        };
        Ok(Self {
            id: from.text(&row.id)?,
            tenant: from.text(&row.tenant_id)?,
            user: from.text(&row.user_id)?,
            role: from.text(&row.role)?,
            created_at: row.created_at.and_utc(),
            added_by: from.actor(
                &row.added_by_kind,
                row.added_by_id.as_deref(),
                &row.added_by_name,
            )?,
        })
    }
}

/// Makes a person a member; taken when the person is one.
pub fn insert(
    db: &mut Db,
    member: MemberId,
    tenant: TenantId,
    user: UserId,
    role: Role,
    added_by: &Actor,
    now: DateTime<Utc>,
) -> Result<Claim, StoreError> {
    let (added_by_kind, added_by_id, added_by_name) = actor_columns(added_by);
    let row = MemberRow {
        id: member.to_string(),
        tenant_id: tenant.to_string(),
        user_id: user.to_string(),
        role: role.to_string(),
        created_at: stamp(now),
        added_by_kind: added_by_kind.to_owned(),
        added_by_id,
        added_by_name,
    };
    Claim::of(db.transaction(|db| diesel::insert_into(members::table).values(row).execute(db)))
}

/// A member of a tenant.
pub fn find(db: &mut Db, tenant: TenantId, member: MemberId) -> Result<Option<Member>, StoreError> {
    let query = members::table
        .find(member.to_string())
        .filter(members::tenant_id.eq(tenant.to_string()));
    let row: Option<MemberRow> = query.first(db).optional()?;
    row.map(Member::try_from).transpose()
}

/// The rank of every member of a tenant.
pub fn roles(db: &mut Db, tenant: TenantId) -> Result<Vec<(MemberId, Role)>, StoreError> {
    let rows: Vec<(String, String)> = members::table
        .filter(members::tenant_id.eq(tenant.to_string()))
        .select((members::id, members::role))
        .load(db)?;
    rows.iter()
        .map(|(id, role)| {
            let from = Origin { what: "member", id };
            Ok((from.text(id)?, from.text(role)?))
        })
        .collect()
}

/// Gives a member another rank.
pub fn set_role(db: &mut Db, member: MemberId, role: Role) -> Result<(), StoreError> {
    let row = members::table.find(member.to_string());
    diesel::update(row)
        .set(members::role.eq(role.as_str()))
        .execute(db)?;
    Ok(())
}

/// Ends a membership.
pub fn remove(db: &mut Db, member: MemberId) -> Result<(), StoreError> {
    diesel::delete(members::table.find(member.to_string())).execute(db)?;
    Ok(())
}

/// The role of a person in a tenant; none for a stranger.
pub fn role_of(db: &mut Db, tenant: TenantId, user: UserId) -> Result<Option<Role>, StoreError> {
    let query = members::table
        .filter(members::user_id.eq(user.to_string()))
        .filter(members::tenant_id.eq(tenant.to_string()));
    let role: Option<String> = query.select(members::role).first(db).optional()?;
    Origin {
        what: "member",
        id: &user.to_string(),
    }
    .maybe(role.as_deref())
}

/// The members of a tenant, with their roles.
pub fn roles_in(db: &mut Db, tenant: TenantId) -> Result<Vec<(UserId, Role)>, StoreError> {
    let rows: Vec<(String, String)> = members::table
        .filter(members::tenant_id.eq(tenant.to_string()))
        .select((members::user_id, members::role))
        .load(db)?;
    let read = |(user, role): (String, String)| {
        let from = Origin {
            what: "member",
            id: &user,
        };
        Ok((from.text(&user)?, from.text(&role)?))
    };
    rows.into_iter().map(read).collect()
}

/// People of at least this rank in a tenant.
pub fn users_with(db: &mut Db, tenant: TenantId, least: Role) -> Result<Vec<UserId>, StoreError> {
    let people = roles_in(db, tenant)?.into_iter();
    let able = people.filter(|(_, role)| *role >= least);
    Ok(able.map(|(user, _)| user).collect())
}

/// Ends every membership in a tenant.
pub fn remove_all(db: &mut Db, tenant: TenantId) -> Result<(), StoreError> {
    diesel::delete(members::table.filter(members::tenant_id.eq(tenant.to_string()))).execute(db)?;
    Ok(())
}
