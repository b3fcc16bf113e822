//! The HTTP server: its thread, and the step from the wire to the world and back.

use std::{
    io,
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
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// Takes an address, and tells it with its port.
pub(crate) fn listen(at: SocketAddr) -> Result<(TcpListener, SocketAddr), SimulatorError> {
    let failed = |source| SimulatorError::Listen { listen: at, source };
    let listener = TcpListener::bind(at).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

impl Server {
    /// Returns when requests are accepted.
    pub(crate) fn start(
        listener: TcpListener,
        address: SocketAddr,
        name: &str,
        serve: impl FnOnce(TcpListener) -> io::Result<actix_web::dev::Server> + Send + 'static,
    ) -> Result<Self, SimulatorError> {
        let failed = |source| SimulatorError::Listen {
            listen: address,
            source,
        };
        let (ready, started) = mpsc::channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                System::new().block_on(async move {
                    match serve(listener) {
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

/// The simulated Graph on a listener.
pub(crate) fn serve(
    listener: TcpListener,
    world: Arc<World>,
) -> io::Result<actix_web::dev::Server> {
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
    let is_near = is_near(&request);
    let request = incoming(&request, body);
    let answer = match is_near && control::is_meant(&request) {
        true => control::answer(&world, &request),
        false => world.answer(request).await,
    };
    deliver(&answer)
}

/// Whether a request comes from the machine itself.
pub(crate) fn is_near(request: &HttpRequest) -> bool {
    let peer = request.peer_addr();
    peer.is_some_and(|peer| peer.ip().is_loopback())
}

/// A request as it came from the wire.
pub(crate) fn incoming(request: &HttpRequest, body: Bytes) -> Incoming {
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
