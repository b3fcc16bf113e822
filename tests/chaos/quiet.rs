//! The calm after the chaos: until nothing is queued or running any more.

use std::{collections::BTreeMap, time::Duration};

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
}

/// Waits until no run is active and nothing is due. Returns how many were called off because their next attempt was far off.
///
/// # Errors
///
/// The runs that are still active when there is no more time to wait.
pub(crate) async fn come(
    store: &Store,
    client: &Client,
    stock: &Stock,
) -> Result<usize, Vec<String>> {
    let tokens: BTreeMap<TenantId, &str> = stock
        .tenants
        .iter()
        .map(|tenancy| (tenancy.id, tenancy.token.as_str()))
        .collect();
    let (mut called_off, mut left) = (0, Vec::new());
    let is_quiet = until(LONGEST, async || {
        // A database that does not answer yet is asked again.
        let active: Vec<Active> = store.read(active).await.ok()?;
        left.clear();
        for run in active {
            left.push(format!("{} is {}", run.id, run.status));
            if run.is_far_off {
                let tenant: TenantId = run.tenant_id.parse().expect("an ID");
                let id = run.id.parse().expect("an ID");
                let answer = call_off(client, tokens[&tenant], id).await;
                called_off += usize::from(answer.is_ok());
            }
        }
        left.is_empty().then_some(())
    });
    match is_quiet.await {
        Some(()) => Ok(called_off),
        None => Err(left),
    }
}

fn active(db: &mut Db) -> Result<Vec<Active>, StoreError> {
    let query = format!(
        "SELECT id, tenant_id, status, \
                COALESCE(next_attempt_at > clock_timestamp() AT TIME ZONE 'UTC' + INTERVAL '{TOO_FAR}', FALSE) AS is_far_off \
         FROM runs WHERE status IN ('QUEUED', 'RUNNING') \
         UNION ALL \
         SELECT id, tenant_id, 'DUE', FALSE FROM schedules \
         WHERE enabled AND dispatch_at <= clock_timestamp() AT TIME ZONE 'UTC'"
    );
    Ok(sql_query(query).load(db)?)
}
