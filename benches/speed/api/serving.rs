//! The server under measurement: the API, and beside it a bare handler and a bell.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tempfile::TempDir;
use tenantatlas::{
    domain::{
        api_token::TokenText,
        audit::Origin,
        global_id::GlobalId,
        ids::{ScheduleId, TenantId},
        run::{Run, RunState, Trigger},
    },
    store::{
        Store, StoreError, active_runs, api_tokens,
        pages::{
            Direction, Order, Window, lookups,
            runs::{self as run_pages, RunField, RunFilter},
        },
        schedules,
    },
    workers::changes::{self, NewRun, Started},
};

use super::filling;
use crate::support::{process, serving::Serving};

/// Callers of the server, each with a token.
pub(crate) const CALLERS: usize = 200;

/// A running server. Dropping it ends the process.
pub(crate) struct Server {
    process: Child,
    pub(crate) graphql: SocketAddr,
    pub(crate) bare: SocketAddr,
    pub(crate) tenant: String,
    pub(crate) tokens: Vec<String>,
    _place: TempDir,
}

/// What the process tells when it is ready.
#[derive(Serialize, Deserialize)]
struct Ready {
    graphql: SocketAddr,
    bare: SocketAddr,
    tenant: String,
    tokens: Vec<String>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("serve-api")
            .arg(place.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let ready: Ready = serde_json::from_str(&line).expect("the server is ready");
        Self {
            process,
            graphql: ready.graphql,
            bare: ready.bare,
            tenant: ready.tenant,
            tokens: ready.tokens,
            _place: place,
        }
    }

    /// Time of the processors that it has used, in seconds.
    pub(crate) fn processor_seconds(&self) -> f64 {
        process::processor_seconds(self.process.id())
    }

    /// Memory that it has resident, in KiB.
    pub(crate) fn resident_kib(&self) -> usize {
        process::resident_kib(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has nothing to lose, and may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The process: serves until its standard input ends.
pub(crate) async fn serve(directory: &Path) {
    let store = filling::open(directory);
    let filled = filling::fill(&store, CALLERS).await;
    let graphql = Serving::start(&store).await;
    let shared = web::Data::new(Bare {
        store,
        schedule: filled.schedule,
        tenant: filled.tenant,
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .route("/", web::post().to(bare))
            .route("/bell", web::post().to(ring))
    })
    .bind("127.0.0.1:0")
    .unwrap();
    let ready = Ready {
        graphql: graphql.address(),
        bare: server.addrs().first().copied().unwrap(),
        tenant: filled.tenant.to_global(),
        tokens: filled.tokens,
    };
    let server = actix_rt::spawn(server.run());
    println!("{}", serde_json::to_string(&ready).unwrap());
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    end.await.unwrap().unwrap();
    server.abort();
    graphql.stop().await;
}

struct Bare {
    store: Store,
    tenant: TenantId,
    schedule: ScheduleId,
}

#[derive(Deserialize)]
struct Wanted {
    id: String,
}

/// What GraphQL does for the same answer, without GraphQL: whose token it is, the tenant, the page.
async fn bare(
    request: HttpRequest,
    wanted: web::Json<Wanted>,
    shared: web::Data<Bare>,
) -> HttpResponse {
    let header = request.headers().get("authorization").unwrap();
    let text: TokenText = header.to_str().unwrap()["Bearer ".len()..].parse().unwrap();
    let key = text.key_id().to_owned();
    let token = shared
        .store
        .read(move |db| api_tokens::find_by_key(db, &key));
    let token = token.await.unwrap().expect("a token");
    let tenant = TenantId::from_global(&wanted.id).unwrap();
    if token.tenant != tenant || token.secret_hash != text.secret_hash() {
        return HttpResponse::NotFound().finish();
    }
    let found = shared.store.read(move |db| lookups::tenants(db, &[tenant]));
    let found = found.await.unwrap().pop().expect("the tenant");
    let page = shared.store.read(move |db| {
        let order = Order {
            field: RunField::Queued,
            direction: Direction::Descending,
        };
        let window = Window {
            size: 50,
            ..Window::default()
        };
        let page = run_pages::page(db, tenant, &RunFilter::default(), order, &window);
        page.map_err(|_| StoreError::from(diesel::result::Error::NotFound))
    });
    let nodes: Vec<Node> = page
        .await
        .unwrap()
        .rows
        .into_iter()
        .map(|(_, run)| Node::of(&run))
        .collect();
    let body = Body {
        data: Data {
            tenant: TenantNode {
                name: found.name.to_string(),
                backup_runs: Runs { nodes },
            },
        },
    };
    HttpResponse::Ok().json(body)
}

#[derive(Serialize)]
struct Body {
    data: Data,
}

#[derive(Serialize)]
struct Data {
    tenant: TenantNode,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TenantNode {
    name: String,
    backup_runs: Runs,
}

#[derive(Serialize)]
struct Runs {
    nodes: Vec<Node>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    id: String,
    status: &'static str,
    trigger: &'static str,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    attempt: u8,
}

impl Node {
    fn of(run: &Run) -> Self {
        let text = |at: chrono::DateTime<chrono::Utc>| {
            at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
        };
        Self {
            id: run.id.to_global(),
            status: run.state.status().as_str(),
            trigger: run.trigger.kind().as_str(),
            created_at: text(run.created_at),
            started_at: run.started_at.map(text),
            finished_at: match run.state {
                RunState::Ended { at, .. } => Some(text(at)),
                RunState::Queued { .. } | RunState::Running { .. } => None,
            },
            attempt: run.attempt,
        }
    }
}

/// Makes one event: starts the schedule's run, or cancels the one that is queued.
async fn ring(shared: web::Data<Bare>) -> HttpResponse {
    let (tenant, schedule) = (shared.tenant, shared.schedule);
    let rung = shared.store.write_telling(move |db, notices, now| {
        let by = tenantatlas::domain::actor::Actor::System(
            tenantatlas::domain::actor::Component::CommandLine,
        );
        if let Some(active) = active_runs::of(db, schedule)? {
            let by = (&by, &Origin::default());
            changes::request_cancel(db, &active, by, notices, now)?;
            return Ok(true);
        }
        let schedule = schedules::find(db, tenant, schedule)?.expect("the schedule");
        let new = NewRun {
            schedule: &schedule,
            trigger: Trigger::Manual,
            full_read: false,
            by,
            origin: Origin::default(),
        };
        let started = changes::start(db, &new, now)?;
        Ok::<_, StoreError>(matches!(started, Started::Queued(_)))
    });
    let is_rung = rung.await.unwrap();
    shared.store.announce(tenant);
    HttpResponse::Ok().json(json!(is_rung))
}
