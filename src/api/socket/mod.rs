//! WebSocket connections: a task for each, which does what the protocol says.
//!
//! An operation is pulled: nobody asks its stream for the next answer while the queue is full. A
//! slow reader therefore costs a short queue, and its subscription catches up from the tables.

mod operations;
mod protocol;

use std::time::Duration;

use actix_web::{Error, HttpRequest, HttpResponse, web};
use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Closed, Session,
};
use futures_util::FutureExt;
use tokio::{
    sync::mpsc,
    time::{Instant, Interval, interval_at, sleep_until, timeout},
};
use tracing::{Instrument, Span};

use self::{
    operations::Operations,
    protocol::{Action, Connection, Event},
};
use super::{
    access::Caller,
    auth::in_force,
    census::{Holder, Place},
    door::Door,
    engine::Outcome,
    principal::Principal,
    whence::Whence,
};
use crate::{measure::Present, task};

/// Answers that may wait for a slow reader. Few, because one may be as large as answers get.
const QUEUE: usize = 2;

/// Pings that may stay without an answer.
const PATIENCE: u32 = 2;

/// Time for a client to be told that the connection is closed.
const FAREWELL: Duration = Duration::from_secs(1);

/// Upgrades a request to a connection.
pub(super) fn open(
    request: &HttpRequest,
    body: web::Payload,
    door: web::Data<Door>,
    (whence, waiting): (Whence, Option<Place>),
) -> Result<HttpResponse, Error> {
    let (response, session, messages) =
        actix_ws::handle_with_protocols(request, body, &[protocol::NAME])?;
    let speaks = response
        .headers()
        .contains_key(actix_web::http::header::SEC_WEBSOCKET_PROTOCOL);
    let most = door.engine.rooms.limits.sockets.message_bytes;
    let messages = messages
        .max_frame_size(most)
        .aggregate_continuations()
        .max_continuation_size(most);
    let id = whence.id().to_owned();
    let talk = async move {
        if speaks {
            Socket::new(door, session, whence, waiting)
                .run(messages)
                .await;
        } else {
            let reason = "speak graphql-transport-ws".to_owned();
            close(session, protocol::CloseCode::Protocol, reason).await;
        }
    };
    // The request has its answer, and ends here; what is told of the connection still names it.
    let span = tracing::info_span!(parent: None, "socket", request.id = %id);
    span.follows_from(Span::current());
    task::spawn_local(talk.instrument(span));
    Ok(response)
}

async fn close(session: Session, code: protocol::CloseCode, reason: String) {
    let code = CloseCode::from(code.number());
    let description = Some(reason);
    part(session, Some(CloseReason { code, description })).await;
}

/// Says why the connection ends. Whoever does not listen is not waited for.
async fn part(session: Session, reason: Option<CloseReason>) {
    // It ends whether or not this arrives.
    drop(timeout(FAREWELL, session.close(reason)).await);
}

/// The connection is over, one way or the other.
struct Over;

/// A client that takes nothing for as long as two pings is gone.
async fn taken(
    patience: Duration,
    sending: impl Future<Output = Result<(), Closed>>,
) -> Result<(), Over> {
    let sent = timeout(patience, sending).await;
    sent.map_err(|_| Over)?.map_err(|_| Over)
}

/// What became of a look at a credential.
enum Checked {
    /// It holds.
    Holds(Box<Principal>),
    /// It does not.
    Fails,
    /// That could not be found out; the next look will tell.
    Unknown,
}

struct Socket {
    door: web::Data<Door>,
    session: Session,
    whence: Whence,
    connection: Connection,
    operations: Operations,
    checked: mpsc::Sender<Checked>,
    checks: mpsc::Receiver<Checked>,
    answers: mpsc::Receiver<Event>,
    principal: Option<Principal>,
    /// Among those that wait to say who they are, then among those of the caller.
    place: Option<Place>,
    unanswered_pings: u32,
}

impl Socket {
    fn new(
        door: web::Data<Door>,
        session: Session,
        whence: Whence,
        waiting: Option<Place>,
    ) -> Self {
        let (sender, answers) = mpsc::channel(QUEUE);
        let (checked, checks) = mpsc::channel(1);
        Self {
            connection: Connection::new(door.engine.rooms.limits.sockets.operations),
            operations: Operations::new(door.engine.clone(), sender),
            door,
            session,
            whence,
            checked,
            checks,
            answers,
            principal: None,
            place: waiting,
            unanswered_pings: 0,
        }
    }

    async fn run(mut self, mut messages: AggregatedMessageStream) {
        let limits = self.door.engine.rooms.limits.sockets;
        let _open = Present::in_number(&self.door.engine.rooms.measures.sockets);
        let began = Instant::now();
        let patience = sleep_until(began + limits.init_timeout);
        tokio::pin!(patience);
        let mut is_waiting = true;
        let mut ping: Interval = interval_at(began + limits.ping, limits.ping);
        let mut recheck: Interval = interval_at(began + limits.recheck, limits.recheck);
        let mut stop = self.door.sockets.stopping();
        loop {
            let step = tokio::select! {
                message = messages.recv() => self.on_message(message).await,
                Some(event) = self.answers.recv() => self.on(event).await,
                Some(checked) = self.checks.recv() => self.on_checked(checked).await,
                () = &mut patience, if is_waiting => {
                    is_waiting = false;
                    self.on(Event::InitTimedOut).await
                }
                _ = ping.tick() => self.ping().await,
                _ = recheck.tick() => { self.look_again(); Ok(()) }
                _ = stop.wait_for(|is_stopping| *is_stopping) => self.on(Event::ShutDown).await,
            };
            if step.is_err() {
                return;
            }
        }
    }

    async fn on_message(
        &mut self,
        message: Option<Result<AggregatedMessage, actix_ws::ProtocolError>>,
    ) -> Result<(), Over> {
        match message {
            Some(Ok(AggregatedMessage::Text(text))) => self.on(Event::Text(text.to_string())).await,
            Some(Ok(AggregatedMessage::Binary(_))) => self.on(Event::Binary).await,
            Some(Ok(AggregatedMessage::Ping(bytes))) => {
                taken(self.patience(), self.session.pong(&bytes)).await
            }
            Some(Ok(AggregatedMessage::Pong(_))) => {
                self.unanswered_pings = 0;
                Ok(())
            }
            Some(Ok(AggregatedMessage::Close(reason))) => {
                // A client that closes and hears nothing takes the connection for broken.
                let echo = reason.map(|reason| CloseReason::from(reason.code));
                part(self.session.clone(), echo).await;
                Err(Over)
            }
            None => Err(Over),
            Some(Err(error)) => {
                tracing::debug!(%error, "a connection broke");
                let reason = CloseReason::from(CloseCode::Size);
                part(self.session.clone(), Some(reason)).await;
                Err(Over)
            }
        }
    }

    async fn on(&mut self, event: Event) -> Result<(), Over> {
        for action in self.connection.on(event) {
            match action {
                Action::Send(text) => self.send(text).await?,
                Action::Authenticate(credential) => self.check(credential),
                Action::Start(id, serial, ask) => self.start(id, serial, ask).await?,
                Action::Stop(serial) => self.operations.stop(serial),
                Action::Close(code, reason) => {
                    close(self.session.clone(), code, reason).await;
                    return Err(Over);
                }
            }
        }
        Ok(())
    }

    fn patience(&self) -> Duration {
        self.door.engine.rooms.limits.sockets.ping * PATIENCE
    }

    async fn send(&mut self, text: String) -> Result<(), Over> {
        taken(self.patience(), self.session.text(text)).await
    }

    async fn ping(&mut self) -> Result<(), Over> {
        if self.unanswered_pings >= PATIENCE {
            return Err(Over);
        }
        self.unanswered_pings += 1;
        taken(self.patience(), self.session.ping(b"")).await
    }

    fn check(&self, credential: Option<String>) {
        let (door, checked) = (self.door.clone(), self.checked.clone());
        let address = self.whence.address;
        let checking = async move {
            let principal = door.sign_in(credential.as_deref(), address).await;
            let holds = |principal| Checked::Holds(Box::new(principal));
            let verdict = principal.map_or(Checked::Fails, holds);
            drop(checked.send(verdict).await);
        };
        task::spawn_local(checking.in_current_span());
    }

    /// Looks whether the credential still holds.
    fn look_again(&self) {
        let Some(principal) = self.principal.clone() else {
            return;
        };
        let (door, checked) = (self.door.clone(), self.checked.clone());
        let looking = async move {
            let rooms = &door.engine.rooms;
            let verdict = match in_force(&rooms.store, &principal, rooms.clock.now()).await {
                Ok(Some(principal)) => Checked::Holds(Box::new(principal)),
                Ok(None) => Checked::Fails,
                Err(_) => Checked::Unknown,
            };
            drop(checked.send(verdict).await);
        };
        task::spawn_local(looking.in_current_span());
    }

    async fn on_checked(&mut self, checked: Checked) -> Result<(), Over> {
        let principal = match checked {
            Checked::Holds(principal) => *principal,
            Checked::Fails => return self.on(Event::Refused).await,
            Checked::Unknown => return Ok(()),
        };
        if self.principal.is_none() {
            let most = self.door.engine.rooms.limits.sockets.per_caller;
            let caller = Holder::Caller(principal.id());
            self.place = self.door.sockets.enter(caller, most);
            if self.place.is_none() {
                return self.on(Event::OneTooMany).await;
            }
        }
        let is_first = self.principal.replace(principal).is_none();
        if is_first {
            self.on(Event::Accepted).await
        } else {
            Ok(())
        }
    }

    async fn start(
        &mut self,
        id: String,
        serial: protocol::Serial,
        ask: super::ask::Ask,
    ) -> Result<(), Over> {
        // The protocol begins operations only once the credential was accepted.
        let Some(principal) = self.principal.clone() else {
            return Err(Over);
        };
        if let Err(too_fast) = self.door.engine.pace.request(principal.id()) {
            let measures = &self.door.engine.rooms.measures;
            let outcome = Outcome::from(too_fast).counted(measures);
            let event = Event::Answered(id, serial, outcome);
            return self.on(event).boxed_local().await;
        }
        let origin = self.whence.origin();
        let caller = Caller { principal, origin };
        self.operations.start(id, serial, ask, caller);
        Ok(())
    }
}
