//! Exports of backup sets: who may have one, and how many at once.

use std::sync::Arc;

use async_graphql::ID;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    access::Attempt,
    call::Call,
    census::{Holder, Place, Sockets},
    error::{Code, Refusal, Result},
    ids,
    leave::Leave,
    loaders::{TheSchedule, TheSet},
    principal::PrincipalId,
    settings::ExportLimits,
};
use crate::{
    domain::{
        audit::{AuditAction, Target},
        ids::{BackupSetId, TenantId},
        role::Permission,
    },
    export::{Export, Format, Pace, Secrets, Set},
    store::tenants,
    workers::{
        exports::{self as records, Manner},
        sets::SetOf,
    },
};

/// Points of an item, as in a query for its payload.
const POINTS: usize = 20;

/// Bytes that a caller takes in a second, on the whole. It has to be worth a place of its own.
const LEAST: u64 = 16 * 1024;

/// What a caller asks for beside the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// The layout.
    pub(super) format: Format,
    /// Whether secrets are to be in it.
    pub(super) with_secrets: bool,
}

/// The exports of a server that are under way.
pub(super) struct Exports {
    limits: ExportLimits,
    shares: Arc<Sockets>,
    all: Arc<Semaphore>,
}

/// The place of one of them, given back when it is dropped.
pub(super) struct Slot {
    _of_caller: Place,
    _of_tenant: Place,
    _of_all: OwnedSemaphorePermit,
}

impl Exports {
    pub(super) fn new(limits: ExportLimits) -> Self {
        Self {
            limits,
            shares: Sockets::new(),
            all: Arc::new(Semaphore::new(limits.at_once)),
        }
    }

    /// A place for one more, of a set of a tenant. Half of all places are left to other tenants.
    ///
    /// # Errors
    ///
    /// RATE_LIMITED for a caller that has as many as it may, or a tenant that has, UNAVAILABLE for a
    /// server that has.
    pub(super) fn enter(&self, caller: PrincipalId, tenant: TenantId) -> Result<Slot> {
        let share = |holder, most, whose| {
            let place = self.shares.enter(holder, most);
            place.ok_or_else(|| {
                let message = format!("{most} exports of this {whose} are under way; let one end");
                Refusal::new(Code::RateLimited, message)
            })
        };
        let most = self.limits.per_caller;
        let of_caller = share(Holder::Caller(caller), most, "caller")?;
        let most = self.limits.at_once.div_ceil(2);
        let of_tenant = share(Holder::Tenant(tenant), most, "tenant")?;
        let of_all = self.all.clone().try_acquire_owned().map_err(|_| {
            let message = "too many exports are under way; try again later";
            Refusal::new(Code::Unavailable, message)
        })?;
        Ok(Slot {
            _of_caller: of_caller,
            _of_tenant: of_tenant,
            _of_all: of_all,
        })
    }

    /// How long a caller may take.
    pub(super) fn pace(&self) -> Pace {
        Pace {
            patience: self.limits.patience,
            least: LEAST,
            longest: self.limits.longest,
        }
    }
}

/// A set that a caller may have.
pub(super) struct Wanted {
    set: Set,
    wish: Wish,
    leave: Leave,
}

impl Wanted {
    /// Finds a set, and whether the caller may have it like this.
    ///
    /// # Errors
    ///
    /// INVALID_ID, NOT_FOUND, and FORBIDDEN, which is written down; what is wrong with the wish
    /// comes after.
    pub(super) async fn reach(call: &Call, id: &ID, wish: &Result<Wish>) -> Result<Self> {
        let id: BackupSetId = ids::read(id)?;
        let (scope, set) = call.reach(id, TheSet).await?;
        let schedule = TheSchedule(scope.tenant, set.schedule);
        let schedule = call.must_load(schedule).await?.name.to_string();
        let tenant = scope.tenant;
        let found = call.store.read(move |db| tenants::find(db, tenant));
        let tenant = found.await?.ok_or_else(Refusal::not_found)?;
        let opens = wish.as_ref().is_ok_and(|wish| wish.with_secrets);
        let right = if opens {
            Permission::ExportSecrets
        } else {
            Permission::ReadBackups
        };
        let attempt = Attempt {
            operation: "export",
            action: AuditAction::BackupSetExported,
            target: Target::BackupSet(id),
            name: schedule.clone(),
        };
        let leave = Leave::ask(call, scope, right, attempt).await?;
        Ok(Self {
            set: Set {
                set,
                tenant,
                schedule,
            },
            wish: wish.clone()?,
            leave,
        })
    }

    /// Whose it is.
    pub(super) fn tenant(&self) -> TenantId {
        self.set.tenant.id
    }

    /// What it costs.
    pub(super) fn points(&self) -> usize {
        let items = usize::try_from(self.set.set.item_count).unwrap_or(usize::MAX);
        items.saturating_mul(POINTS)
    }

    /// What the caller's browser calls the file.
    pub(super) fn file_name(&self) -> String {
        let set = &self.set.set;
        let date = set.created_at.format("%Y-%m-%d");
        format!("tenantatlas-{date}-{}.zip", ids::show(set.id).as_str())
    }

    /// Begins the export, once it is written down.
    pub(super) async fn begin(self, call: &Call) -> Result<Export> {
        let Self { set, wish, leave } = self;
        let of = SetOf {
            tenant: set.tenant.id,
            set: set.set.id,
            schedule: set.schedule.clone(),
        };
        let manner = Manner {
            format: wish.format.as_str(),
            with_secrets: wish.with_secrets,
        };
        let written = call.store.write(move |db, now| {
            leave.confirmed(db)?;
            records::begin(db, &of, manner, &leave.author, now)?;
            Ok::<_, Refusal>(())
        });
        written.await?;
        let secrets = if wish.with_secrets {
            Secrets::Open(call.workers.vault().clone())
        } else {
            Secrets::Sealed
        };
        let opened = Export::open(&call.store, set, wish.format, secrets).await;
        opened.map_err(|error| Refusal::internal(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ApiTokenId;

    #[test]
    fn callers_of_one_tenant_leave_places_to_others() {
        let exports = Exports::new(ExportLimits {
            per_caller: 1,
            at_once: 3,
            ..ExportLimits::default()
        });
        let (one, other) = (TenantId::mint(), TenantId::mint());
        let enter = |tenant| {
            let caller = PrincipalId::Token(ApiTokenId::mint());
            let entered = exports.enter(caller, tenant);
            entered.map_err(|refusal| refusal.code)
        };
        let first = enter(one).expect("a first");
        let _second = enter(one).expect("a second");
        assert_eq!(enter(one).err(), Some(Code::RateLimited));
        let _third = enter(other).expect("there is a place");
        assert_eq!(enter(other).err(), Some(Code::Unavailable));
        drop(first);
        assert!(enter(one).is_ok());
    }
}
