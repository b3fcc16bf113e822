//! The calm after the chaos: until nothing is queued or running any more.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types as sql};
use tenantatlas::{
    domain::ids::TenantId,
    store::{Db, Store, StoreError},
};

use crate::{client::Client, people::call_off, waiting::until, world::Stock};

/// How long it may take: the second attempt of a run begins up to 75 seconds after the first.
const LONGEST: Duration = Duration::from_secs(150);

/// People do not wait for attempts that are farther off than this.
const TOO_FAR: &str = "75 seconds";

/// The longest wait for another attempt, a quarter of fifteen minutes added to them.
const LONGEST_WAIT: &str = "1125 seconds";

/// How it became quiet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quiet {
    /// Runs that were called off because their next attempt was far off.
    pub(crate) called_off: usize,
    /// Runs that were still active when there was no more time to wait, or would have been for too long.
    pub(crate) stuck: Vec<String>,
}

/// A run that is queued or running, or a schedule that is due.
#[derive(Debug, QueryableByName)]
struct Active {
    #[diesel(sql_type = sql::Text)]
    id: String,
    #[diesel(sql_type = sql::Text)]
    tenant_id: String,
    #[diesel(sql_type = sql::Text)]
    status: String,
    #[diesel(sql_type = sql::Bool)]
    is_far_off: bool,
    /// Farther off than anything has to wait.
    #[diesel(sql_type = sql::Bool)]
    is_out_of_sight: bool,
}

/// Waits until no run is active and nothing is due.
pub(crate) async fn come(store: &Store, client: &Client, stock: &Stock) -> Quiet {
    let tokens: BTreeMap<TenantId, &str> = stock
        .tenants
        .iter()
        .map(|tenancy| (tenancy.id, tenancy.token.as_str()))
        .collect();
    let (mut called_off, mut left, mut forgotten) = (0, Vec::new(), BTreeSet::new());
    let is_quiet = until(LONGEST, async || {
        // A database that does not answer yet is asked again.
        let active: Vec<Active> = store.read(active).await.ok()?;
        left.clear();
        for run in active {
            left.push(format!("{} is {}", run.id, run.status));
            if run.is_out_of_sight {
                forgotten.insert(format!("{} waits for longer than {LONGEST_WAIT}", run.id));
            }
            if run.is_far_off {
                let tenant: TenantId = run.tenant_id.parse().expect("an ID");
                let id = run.id.parse().expect("an ID");
                let answer = call_off(client, tokens[&tenant], id).await;
                called_off += usize::from(answer.is_ok());
            }
        }
        left.is_empty().then_some(())
    });
    let mut stuck: Vec<String> = match is_quiet.await {
        Some(()) => Vec::new(),
        None => left,
    };
    stuck.extend(forgotten);
    Quiet { called_off, stuck }
}

fn active(db: &mut Db) -> Result<Vec<Active>, StoreError> {
    let is_beyond = |wait: &str| {
        format!(
            "COALESCE(next_attempt_at > clock_timestamp() AT TIME ZONE 'UTC' + INTERVAL '{wait}', FALSE)"
        )
    };
    let query = format!(
        "SELECT id, tenant_id, status, {} AS is_far_off, {} AS is_out_of_sight \
         FROM runs WHERE status IN ('QUEUED', 'RUNNING') \
         UNION ALL \
         SELECT id, tenant_id, 'DUE', FALSE, FALSE FROM schedules \
         WHERE enabled AND dispatch_at <= clock_timestamp() AT TIME ZONE 'UTC'",
        is_beyond(TOO_FAR),
        is_beyond(LONGEST_WAIT)
    );
    Ok(sql_query(query).load(db)?)
}
