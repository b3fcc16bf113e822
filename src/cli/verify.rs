//! `verify`: recomputes every hash of the stored sets, and names what is damaged.

use super::{
    author,
    error::CliError,
    output::{self, ProgressLine},
    tenant, values,
};
use crate::{
    app::{self, Base},
    config::Config,
    domain::{
        backup::BackupSet,
        global_id::GlobalId,
        ids::{BackupSetId, TenantId},
        tenant::Tenant,
    },
    store::{Db, StoreError, backups, schedules, tenants},
    workers::{
        proof::{self, Prover, SetProof},
        sets::SetOf,
    },
};

/// What to check; everything without any.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only the sets of this tenant
    #[arg(long, value_name = "ID", value_parser = values::tenant_id)]
    tenant: Option<TenantId>,
    /// Only this backup set
    #[arg(long, value_name = "ID", value_parser = values::set_id)]
    set: Option<BackupSetId>,
}

/// Sets that are looked up at once.
const SETS: i64 = 50;

/// What was checked, and found.
#[derive(Debug, Default)]
struct Total {
    sets: usize,
    items: usize,
    damaged_sets: usize,
    damaged_items: usize,
}

/// Checks what was asked for and prints a line for each thing that is damaged.
pub(super) async fn run(arguments: Arguments, config: &Config) -> Result<(), CliError> {
    let base = app::open(config, super::system_clock()).await?;
    let mut round = Round {
        base,
        line: ProgressLine::new(),
        total: Total::default(),
    };
    match (arguments.tenant, arguments.set) {
        (tenant, Some(set)) => round.one(tenant, set).await?,
        (Some(tenant), None) => {
            let tenant = tenant::require(&round.base.store, tenant).await?;
            round.all_of(&tenant).await?;
        }
        (None, None) => {
            for tenant in round.base.store.read(tenants::all).await? {
                round.all_of(&tenant).await?;
            }
        }
    }
    let Round { total, line, .. } = round;
    drop(line);
    output::note(format!(
        "checked {} item(s) in {} backup set(s)",
        total.items, total.sets
    ));
    match total.damaged_sets {
        0 => Ok(()),
        sets => Err(CliError::Damaged {
            items: total.damaged_items,
            sets,
        }),
    }
}

struct Round {
    base: Base,
    line: ProgressLine,
    total: Total,
}

impl Round {
    async fn one(&mut self, tenant: Option<TenantId>, id: BackupSetId) -> Result<(), CliError> {
        let set = self.base.store.read(move |db| backups::anywhere(db, id));
        let of_tenant = |set: &BackupSet| tenant.is_none_or(|tenant| tenant == set.tenant);
        let Some(set) = set.await?.filter(of_tenant) else {
            return Err(CliError::Refused("there is no such backup set".to_owned()));
        };
        let tenant = tenant::require(&self.base.store, set.tenant).await?;
        let mut prover = self.prover(&tenant)?;
        self.check(&mut prover, set).await
    }

    async fn all_of(&mut self, tenant: &Tenant) -> Result<(), CliError> {
        let mut prover = self.prover(tenant)?;
        let (id, mut behind) = (tenant.id, None);
        loop {
            let look = move |db: &mut Db| backups::following(db, id, behind, SETS);
            let sets = self.base.store.read(look).await?;
            let Some(last) = sets.last() else {
                return Ok(());
            };
            behind = Some(last.id);
            for set in sets {
                self.check(&mut prover, set).await?;
            }
        }
    }

    fn prover(&self, tenant: &Tenant) -> Result<Prover, CliError> {
        let Base { store, vault } = self.base.clone();
        Ok(Prover::new(store, vault, tenant)?)
    }

    async fn check(&mut self, prover: &mut Prover, set: BackupSet) -> Result<(), CliError> {
        let (line, total) = (&self.line, &self.total);
        let told = |items: usize| {
            line.show(format!(
                "checked {} item(s), {} backup set(s) done …",
                total.items + items,
                total.sets
            ));
        };
        let proof = prover.check(&set, told).await?;
        let (tenant, id) = (set.tenant, set.id);
        let look = move |db: &mut Db| backups::find(db, tenant, id);
        if self.base.store.read(look).await?.is_none() {
            // It was purged meanwhile, which is no damage.
            return Ok(());
        }
        // Said first: whether it can be written down is another matter.
        self.count(&set, &proof)?;
        let (noted, of) = (proof.clone(), set.clone());
        let recorded = self.base.store.write_telling(move |db, notices, now| {
            tenants::lock(db, of.tenant)?;
            let of = SetOf {
                tenant: of.tenant,
                set: of.id,
                schedule: schedules::name(db, of.schedule)?,
            };
            proof::record(db, &of, &noted, &author(), notices, now)
        });
        let recorded: Result<bool, StoreError> = recorded.await;
        recorded?;
        Ok(())
    }

    fn count(&mut self, set: &BackupSet, proof: &SetProof) -> Result<(), CliError> {
        self.total.sets += 1;
        self.total.items += proof.items;
        if proof.is_sound() {
            return Ok(());
        }
        self.total.damaged_sets += 1;
        self.total.damaged_items += usize::try_from(proof.damaged_items()).unwrap_or(usize::MAX);
        self.line.show("");
        let (tenant, id) = (set.tenant.to_global(), set.id.to_global());
        for damaged in &proof.damaged {
            let item = &damaged.item;
            for flaw in &damaged.flaws {
                output::data(format!(
                    "{tenant} {id} {} {} {:?}: {flaw}",
                    item.id.to_global(),
                    item.kind,
                    item.name
                ))?;
            }
        }
        for flaw in &proof.flaws {
            output::data(format!("{tenant} {id}: {flaw}"))?;
        }
        Ok(())
    }
}
