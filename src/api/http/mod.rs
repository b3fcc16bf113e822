//! The HTTP side of the API: addresses, headers, who may ask from where.

mod accept;
mod answer;
mod asset;
mod console;
mod encodings;
mod export;
mod graphiql;
mod graphql;
mod head;
mod headers;
mod plain;
mod tags;

use actix_web::{FromRequest, Handler, Resource, Responder, web};

pub(super) use self::{asset::Asset, encodings::Encoding, headers::around};

/// The addresses that are answered.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/graphql").to(graphql::endpoint))
        .service(
            web::resource("/export/{name}")
                .route(web::get().to(export::archive))
                .default_service(web::to(export::only_get)),
        )
        .service(page("/schema.graphql", plain::schema_text))
        .service(page("/graphiql", graphiql::page))
        .service(page("/graphiql/{name}", graphiql::asset))
        .service(page("/healthz", plain::healthz))
        .service(page("/readyz", plain::readyz))
        .service(page("/console.json", console::told))
        .service(page("/", console::front_page))
        .default_service(web::to(console::elsewhere));
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
