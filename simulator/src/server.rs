//! The HTTP server: its thread, and the step from the wire to the world and back.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::header,
    middleware::Compress,
    rt::System,
    web::{self, Bytes, Data, PayloadConfig},
};

use crate::{SimulatorError, control, delivery::deliver, request::Incoming, world::World};

const LARGEST_BODY_BYTES: usize = 16 * 1024 * 1024;
const WORKERS: usize = 2;
/// Longer than any client keeps an idle connection, so that no request meets a closing one.
const IDLE: Duration = Duration::from_secs(600);

/// A server on a thread of its own.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Returns when requests are accepted.
    pub(crate) fn start(listen: SocketAddr, world: Arc<World>) -> Result<Self, SimulatorError> {
        let failed = |source| SimulatorError::Listen { listen, source };
        let listener = TcpListener::bind(listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (ready, started) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("graph-simulator".to_owned())
            .spawn(move || {
                System::new().block_on(async move {
                    match serve(listener, world) {
                        Ok(server) => {
                            // Whoever started the thread waits for this message.
                            let _ = ready.send(Ok(server.handle()));
                            let _ = server.await;
                        }
                        Err(error) => {
                            let _ = ready.send(Err(error));
                        }
                    }
                });
            })
            .map_err(failed)?;
        let handle = started
            .recv()
            .map_err(|_| SimulatorError::Died)?
            .map_err(failed)?;
        Ok(Self {
            address,
            handle,
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The order to stop is given by the call; its future only tells when it was carried out.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(listener: TcpListener, world: Arc<World>) -> std::io::Result<actix_web::dev::Server> {
    let world = Data::from(world);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(world.clone())
            .app_data(PayloadConfig::new(LARGEST_BODY_BYTES))
            .wrap(Compress::default())
            .default_service(web::to(handle))
    })
    .workers(WORKERS)
    .keep_alive(IDLE)
    .tcp_nodelay(true)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}

async fn handle(request: HttpRequest, body: Bytes, world: Data<World>) -> HttpResponse {
    let is_near = request
        .peer_addr()
        .is_some_and(|peer| peer.ip().is_loopback());
    let request = incoming(&request, body);
    let answer = match is_near && control::is_meant(&request) {
        true => control::answer(&world, &request),
        false => world.answer(request).await,
    };
    deliver(&answer)
}

fn incoming(request: &HttpRequest, body: Bytes) -> Incoming {
    let header = |name: header::HeaderName| {
        let value = request.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    Incoming {
        method: request.method().to_string(),
        host: header(header::HOST).unwrap_or_default(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        authorization: header(header::AUTHORIZATION),
        client_request_id: header(header::HeaderName::from_static("client-request-id")),
        body,
        connection: request.peer_addr().map(|peer| peer.port()),
        batch: None,
    }
}
