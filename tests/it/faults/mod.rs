//! What a backup makes of everything that goes wrong at Graph: one row per fault, with the outcome
//! that people are promised.

mod batches;
mod lists;
mod meanwhile;
mod objects;
mod paging;
mod sign_in;
mod throttling;

use chrono::TimeDelta;
use tenantatlas::domain::{
    completeness::{KindResult, KindStatus},
    failure::{Failure, FailureCode},
    kind::PolicyKind,
    run::{Run, RunState, RunStatus},
    schedule::Schedule,
};
use tenantatlas_simulator::{Effect, Fault};

use crate::support::TestApp;

/// The kind whose list is struck: one request, nothing more.
const STRUCK: PolicyKind = PolicyKind::DeviceCategory;
/// The path of its list.
const STRUCK_LIST: &str = "/deviceManagement/deviceCategories";
/// A kind that nothing happens to, and that Graph does not count with the one that is struck.
const NEIGHBOUR: PolicyKind = PolicyKind::AuthenticationContext;

/// One fault of a list, and its outcome.
struct Row {
    name: &'static str,
    fault: Fault,
    outcome: Outcome,
    /// Requests for the list.
    requests: usize,
}

enum Outcome {
    /// The backup does not suffer.
    Unharmed,
    /// The kind is missing from the set, for this reason, which is told with these words.
    Missing(FailureCode, &'static str),
    /// The kind is said not to exist in the tenant.
    NotAvailable(&'static str),
}

/// A fault that strikes once and is made good by a second try.
fn once(name: &'static str, effect: Effect) -> Row {
    Row {
        name,
        fault: Fault::on(STRUCK_LIST, effect).first(1),
        outcome: Outcome::Unharmed,
        requests: 2,
    }
}

/// A fault that stays.
fn always(
    name: &'static str,
    effect: Effect,
    code: FailureCode,
    told: &'static str,
    requests: usize,
) -> Row {
    Row {
        name,
        fault: Fault::on(STRUCK_LIST, effect),
        outcome: Outcome::Missing(code, told),
        requests,
    }
}

/// One server on which row after row is tried, each with a run of its own.
struct Table {
    app: TestApp,
    schedule: Schedule,
}

impl Table {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let schedule = app.schedule("Nightly", &[NEIGHBOUR, STRUCK]).await;
        Self { app, schedule }
    }

    async fn check(&self, rows: impl IntoIterator<Item = Row>) {
        for row in rows {
            self.check_row(&row).await;
        }
    }

    async fn check_row(&self, row: &Row) {
        let (app, name) = (&self.app, row.name);
        // Long enough to tell sets apart, too short for the schedule's own slot to come.
        app.pass(TimeDelta::seconds(1));
        app.graph.clear_faults();
        app.graph.clear_log();
        app.graph.fault(row.fault.clone());
        let run = app.backed_up(&self.schedule).await;
        let result = app.result(&run, STRUCK).await;
        assert_eq!(app.requests(STRUCK_LIST).len(), row.requests, "{name}");
        match row.outcome {
            Outcome::Unharmed => {
                assert_eq!(
                    run.state.status(),
                    RunStatus::Succeeded,
                    "{name}: {result:?}"
                );
                assert_eq!(result.status, KindStatus::Succeeded, "{name}");
                assert!(result.items > 0 && result.failure.is_none(), "{name}");
            }
            Outcome::Missing(code, told) => {
                assert_eq!(run.state.status(), RunStatus::Partial, "{name}: {result:?}");
                assert_eq!(failure(&run).code, code, "{name}");
                check_failed(name, &result, KindStatus::Failed, code, told);
            }
            Outcome::NotAvailable(told) => {
                assert_eq!(
                    run.state.status(),
                    RunStatus::Succeeded,
                    "{name}: {result:?}"
                );
                assert_eq!(result.status, KindStatus::NotAvailable, "{name}");
                let message = &result.failure.as_ref().expect("a reason").message;
                assert!(message.contains(told), "{name}: {message}");
            }
        }
        self.check_set(name, &run, &result).await;
    }

    /// Whatever happens to one kind, the set holds the others, and says what it lacks.
    async fn check_set(&self, name: &str, run: &Run, result: &KindResult) {
        let neighbour = self.app.result(run, NEIGHBOUR).await;
        assert_eq!(neighbour.status, KindStatus::Succeeded, "{name}");
        assert!(neighbour.items > 0, "{name}");
        let set = self.app.set_of(run).await.expect("a set");
        let missing: Vec<_> = result.is_missing().then_some(STRUCK).into_iter().collect();
        assert_eq!(set.missing_kinds, missing, "{name}");
        assert_eq!(set.is_complete, missing.is_empty(), "{name}");
        assert_eq!(set.item_count, neighbour.items + result.items, "{name}");
    }
}

fn check_failed(
    name: &str,
    result: &KindResult,
    status: KindStatus,
    code: FailureCode,
    told: &str,
) {
    assert_eq!(result.status, status, "{name}: {result:?}");
    let failure = result.failure.as_ref().expect("a reason");
    assert_eq!(failure.code, code, "{name}: {failure:?}");
    assert!(
        failure.message.contains(told),
        "{name}: {}",
        failure.message
    );
}

/// Why a run ended as it did.
fn failure(run: &Run) -> &Failure {
    let RunState::Ended { outcome, .. } = &run.state else {
        panic!("not ended: {:?}", run.state)
    };
    outcome.failure().expect("a reason")
}
