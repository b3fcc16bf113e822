//! The HTTP side of the API: addresses, headers, who may ask from where.

mod accept;
mod answer;
mod caller;
mod graphql;
mod headers;
mod origin;
mod plain;

use std::{sync::Arc, time::Duration};

use actix_web::web;

pub(super) use self::{headers::around, origin::Origins};
use super::{engine::Engine, pace::Pace, settings::TrustedProxies, socket::Sockets};

/// What the handlers of one server share.
pub(super) struct Door {
    pub(super) engine: Engine,
    pub(super) pace: Pace,
    pub(super) origins: Origins,
    pub(super) proxies: TrustedProxies,
    pub(super) sockets: Arc<Sockets>,
    pub(super) stale_tick: Duration,
}

/// The addresses that are answered.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/graphql").to(graphql::endpoint))
        .route("/schema.graphql", web::get().to(plain::schema_text))
        .route("/healthz", web::get().to(plain::healthz))
        .route("/readyz", web::get().to(plain::readyz))
        .route("/", web::get().to(plain::front_page))
        .default_service(web::to(plain::nothing_here));
}
