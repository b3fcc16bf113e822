//! People in a tenant, and that it never runs out of owners.

use chrono::{DateTime, Utc};

use super::{
    actor::Actor,
    ids::{MemberId, TenantId, UserId},
    role::Role,
};

/// The most members of a tenant.
pub const MOST_MEMBERS: usize = 500;

/// A person's membership in a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its identifier.
    pub id: MemberId,
    /// The tenant.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
    /// The person's rank.
    pub role: Role,
    /// When the person became a member.
    pub created_at: DateTime<Utc>,
    /// Who added the person.
    pub added_by: Actor,
}

/// Whether a tenant would lose its last owner if one of its members got another role, or went.
/// Where nobody is an owner, nothing can be lost.
pub fn loses_last_owner(
    members: &[(MemberId, Role)],
    changed: MemberId,
    afterwards: Option<Role>,
) -> bool {
    let mut owners = members.iter().filter(|(_, role)| *role == Role::Owner);
    let is_only = owners.next().is_some_and(|(id, _)| *id == changed) && owners.next().is_none();
    is_only && afterwards != Some(Role::Owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_owner_stays_one() {
        let [one, two, three] = [(); 3].map(|()| MemberId::mint());
        let (owner, manager) = (Role::Owner, Role::Manager);
        for (members, changed, afterwards, expected) in [
            (vec![(one, owner)], one, None, true),
            (vec![(one, owner)], one, Some(manager), true),
            (vec![(one, owner)], one, Some(owner), false),
            (vec![(one, owner), (two, manager)], one, None, true),
            (vec![(one, owner), (two, manager)], two, None, false),
            (vec![(one, owner), (two, owner)], one, None, false),
            (vec![(one, manager), (three, manager)], one, None, false),
        ] {
            let loses = loses_last_owner(&members, changed, afterwards);
            assert_eq!(loses, expected, "{members:?} {changed} {afterwards:?}");
        }
    }
}
