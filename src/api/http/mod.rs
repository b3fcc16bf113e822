//! The HTTP side of the API: addresses, headers, who may ask from where.

mod accept;
mod answer;
mod caller;
mod graphiql;
mod graphql;
mod head;
mod headers;
mod origin;
mod plain;
mod tags;

use std::{net::IpAddr, sync::Arc, time::Duration};

use actix_web::{FromRequest, Handler, Resource, Responder, web};

pub(super) use self::{caller::Whence, headers::around, origin::Origins};
use super::{
    auth::authenticate,
    engine::{Engine, Outcome},
    error::Code,
    principal::Principal,
    settings::TrustedProxies,
    sign_ins::SignIns,
    socket::Sockets,
};

/// What the handlers of one server share.
pub(super) struct Door {
    pub(super) engine: Engine,
    pub(super) sign_ins: SignIns,
    pub(super) origins: Origins,
    pub(super) proxies: TrustedProxies,
    pub(super) sockets: Arc<Sockets>,
    pub(super) stale_tick: Duration,
    pub(super) graphiql: bool,
}

impl Door {
    /// Whoever a credential speaks for. It is not looked at while sign-ins from the address fail
    /// too often; to send none is no try.
    pub(super) async fn sign_in(
        &self,
        credential: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Principal, Outcome> {
        let rooms = &self.engine.rooms;
        if let Some(address) = address {
            self.sign_ins.admit(address, rooms.clock.now())?;
        }
        let principal = authenticate(rooms, credential).await;
        if let (Err(refusal), Some(address)) = (&principal, address)
            && refusal.code == Code::Unauthenticated
            && credential.is_some()
        {
            self.sign_ins.fail(address, rooms.clock.now());
        }
        Ok(principal?)
    }
}

/// The addresses that are answered.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/graphql").to(graphql::endpoint))
        .service(page("/schema.graphql", plain::schema_text))
        .service(page("/graphiql", graphiql::page))
        .service(page("/graphiql/{name}", graphiql::asset))
        .service(page("/healthz", plain::healthz))
        .service(page("/readyz", plain::readyz))
        .service(page("/", plain::front_page))
        .default_service(web::to(plain::nothing_here));
}

/// What can be read at an address, and nothing else.
fn page<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path)
        .route(web::get().to(handler.clone()))
        .route(web::head().to(handler))
        .default_service(web::to(plain::only_read))
}
