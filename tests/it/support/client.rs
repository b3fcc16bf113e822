//! The API under test, and clients that talk to it as anybody would.

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::{SinkExt, StreamExt};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tenantatlas::{
    api::{self, ApiParts, ApiServer, ApiSettings, Bound, ConsoleFiles, Limits},
    clock::Clock,
    domain::{
        actor::{Actor, Component},
        api_token::{ApiToken, TokenText},
        global_id::GlobalId,
        identity::Identity,
        ids::{ApiTokenId, MemberId, TenantId},
        role::Role,
    },
    oidc::{IssuerDraft, IssuerSettings, Issuers, OidcSettings},
    store::{Store, api_tokens, members},
};
use tenantatlas_simulator::{Issuer, IssuerOptions, Person, TimeSource};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{
        self, Message, client::IntoClientRequest, handshake::client::Request, protocol::CloseFrame,
    },
};

use super::{TestApp, promises::listed_codes};
use crate::keys;

/// The role in tokens of the issuer that lets people create tenants.
pub(crate) const ADMIN_ROLE: &str = "Tenants.Create";

/// A running API, and the issuer whose people it lets in.
pub(crate) struct Api {
    server: ApiServer,
    pub(crate) issuer: Issuer,
    http: reqwest::Client,
}

impl Api {
    pub(crate) async fn serve(app: &TestApp) -> Self {
        Self::with(app, in_a_hurry()).await
    }

    pub(crate) async fn with(app: &TestApp, settings: ApiSettings) -> Self {
        Self::of_store(app, app.store.clone(), settings).await
    }

    /// The API of another server on the same database, which has opened it for itself.
    pub(crate) async fn of_store(app: &TestApp, store: Store, settings: ApiSettings) -> Self {
        let issuer = issuer(app);
        let drafts = [draft(&issuer)];
        let console = ConsoleFiles::default();
        Self::started(app, store, settings, issuer, &drafts, console).await
    }

    /// The API with a console of these files.
    pub(crate) async fn with_console(app: &TestApp, console: ConsoleFiles) -> Self {
        let issuer = issuer(app);
        let drafts = [draft(&issuer)];
        let (store, settings) = (app.store.clone(), in_a_hurry());
        Self::started(app, store, settings, issuer, &drafts, console).await
    }

    /// The same, with an issuer of the test and what the settings say of it.
    pub(crate) async fn with_issuer(
        app: &TestApp,
        settings: ApiSettings,
        issuer: Issuer,
        drafts: &[IssuerDraft],
    ) -> Self {
        let (store, console) = (app.store.clone(), ConsoleFiles::default());
        Self::started(app, store, settings, issuer, drafts, console).await
    }

    async fn started(
        app: &TestApp,
        store: Store,
        settings: ApiSettings,
        issuer: Issuer,
        drafts: &[IssuerDraft],
        console: ConsoleFiles,
    ) -> Self {
        let settings = ApiSettings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            ..settings
        };
        let read = |draft: &IssuerDraft| IssuerSettings::read(draft.clone()).unwrap();
        let issuers = OidcSettings {
            issuers: drafts.iter().map(read).collect(),
        };
        let clock: Arc<dyn Clock> = Arc::new(app.clock.clone());
        let parts = ApiParts {
            store,
            workers: app.workers.clone(),
            issuers: Issuers::start(issuers, clock.clone()).unwrap(),
            clock,
            console,
            settings,
        };
        let bound = Bound::to(parts.settings.listen).unwrap();
        Self {
            server: api::serve(bound.listen().unwrap(), parts).unwrap(),
            issuer,
            // What is sent packed is seen packed.
            http: reqwest::Client::builder().no_gzip().build().unwrap(),
        }
    }

    /// Shows what it measures.
    pub(crate) fn register(&self, registry: &mut Registry) {
        self.server.register(registry);
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A request to a path, with nothing set.
    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.address());
        self.http.request(method, url)
    }

    /// Somebody with a new token of a role.
    pub(crate) async fn client(&self, app: &TestApp, tenant: TenantId, role: Role) -> Client {
        self.token_client(app, tenant, role, TimeDelta::days(1))
            .await
    }

    /// The same, with a token that lasts for stories of weeks.
    pub(crate) async fn lasting_client(
        &self,
        app: &TestApp,
        tenant: TenantId,
        role: Role,
    ) -> Client {
        self.token_client(app, tenant, role, TimeDelta::days(90))
            .await
    }

    async fn token_client(
        &self,
        app: &TestApp,
        tenant: TenantId,
        role: Role,
        lasting: TimeDelta,
    ) -> Client {
        let token = token(app, tenant, role, lasting).await;
        Client {
            http: self.http.clone(),
            address: self.address(),
            id: Some(token.0),
            bearer: format!("Bearer {}", token.1),
        }
    }

    /// Somebody with an access token, whoever that is.
    pub(crate) fn bearer(&self, token: &str) -> Client {
        Client {
            http: self.http.clone(),
            address: self.address(),
            id: None,
            bearer: format!("Bearer {token}"),
        }
    }

    /// Somebody of the issuer who has signed in, but need not be a member of anything.
    pub(crate) fn person(&self, login: &str) -> Client {
        self.bearer(&self.issuer.token(login))
    }

    /// The same, as a member of a tenant.
    pub(crate) async fn member(
        &self,
        app: &TestApp,
        tenant: TenantId,
        login: &str,
        role: Role,
    ) -> Client {
        self.membership(app, tenant, login, role).await;
        self.person(login)
    }

    /// Makes somebody of the issuer a member of a tenant.
    pub(crate) async fn membership(
        &self,
        app: &TestApp,
        tenant: TenantId,
        login: &str,
        role: Role,
    ) -> MemberId {
        let people = self.issuer.people();
        let person = people.iter().find(|person| person.login == login).unwrap();
        let identity = Identity {
            issuer: self.issuer.url(),
            subject: person.subject.clone(),
            display_name: Some(person.name.clone()),
            email: Some(person.email.clone()),
            expires_at: app.clock.now(),
            may_create_tenants: false,
        };
        let member = MemberId::mint();
        app.write(move |db, now| {
            let user = members::note_sign_in(db, &identity, now)?;
            let by = Actor::System(Component::CommandLine);
            members::insert(db, member, tenant, user.id, role, &by, now)
        })
        .await;
        member
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
    }
}

/// Settings for tests, which are faster than anybody's dashboard, and stand still in time.
pub(crate) fn in_a_hurry() -> ApiSettings {
    let limits = Limits {
        requests_per_minute: NonZeroU32::MAX,
        points_per_minute: NonZeroU32::MAX,
        failed_sign_ins_per_minute: NonZeroU32::MAX,
        ..Limits::default()
    };
    ApiSettings {
        limits,
        ..ApiSettings::default()
    }
}

/// The issuer's own people, and three of whom nothing is known yet. The founder may create tenants.
fn people() -> Vec<Person> {
    let mut people = Person::cast();
    people.push(Person::new("spare", "Sam Spare", "nothing in particular"));
    people.push(Person::new(
        "stranger",
        "Stella Stranger",
        "owner elsewhere",
    ));
    let mut founder = Person::new("founder", "Fiona Founder", "provider");
    founder.roles.push(ADMIN_ROLE.to_owned());
    people.push(founder);
    people
}

/// What the settings say of the issuer, unless a test has something else in mind.
fn draft(issuer: &Issuer) -> IssuerDraft {
    IssuerDraft {
        issuer: Some(issuer.url()),
        audience: Some("tenantatlas".to_owned()),
        admin_role: Some(ADMIN_ROLE.to_owned()),
        ..IssuerDraft::default()
    }
}

/// An issuer that lives by the time of the test.
pub(crate) fn issuer(app: &TestApp) -> Issuer {
    let told = app.clock.clone();
    Issuer::start(IssuerOptions {
        time: TimeSource::new(move || told.now()),
        rsa_keys: keys::rsa(),
        people: people(),
        ..IssuerOptions::default()
    })
    .unwrap()
}

/// A new token that holds for a while.
async fn token(
    app: &TestApp,
    tenant: TenantId,
    role: Role,
    lasting: TimeDelta,
) -> (ApiTokenId, String) {
    let id = ApiTokenId::mint();
    let text = TokenText::new(
        id,
        *id.as_uuid().as_bytes().repeat(2).first_chunk().unwrap(),
    );
    let now = app.clock.now();
    let token = ApiToken {
        id,
        tenant,
        key_id: text.key_id().to_owned(),
        secret_hash: text.secret_hash(),
        name: "automation".parse().unwrap(),
        role,
        created_at: now,
        created_by: Actor::System(Component::CommandLine),
        expires_at: now + lasting,
        last_used_at: None,
        revoked_at: None,
    };
    app.write(move |db, _| api_tokens::insert(db, &token)).await;
    (id, text.reveal())
}

/// Somebody who talks to the API.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    /// Of the API token; people have none.
    pub(crate) id: Option<ApiTokenId>,
    pub(crate) bearer: String,
}

impl Client {
    /// The whole answer to a document.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        let response = self
            .http
            .post(format!("http://{}/graphql", self.address))
            .header("authorization", &self.bearer)
            .json(&json!({"query": query, "variables": variables}))
            .send()
            .await
            .unwrap();
        response.json().await.unwrap()
    }

    /// The data of an answer that has no errors.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.ask(query, variables).await;
        assert_eq!(answer["errors"], Value::Null, "{answer:#}");
        answer["data"].take()
    }

    /// What a mutation with one input answers. Its user errors are of those that it is said to have.
    pub(crate) async fn change(&self, mutation: &str, input: Value) -> Value {
        let mut data = self
            .ask(&document_of(mutation), json!({"input": input}))
            .await;
        assert_eq!(data["errors"], Value::Null, "{data:#}");
        let payload = data["data"][mutation].take();
        for error in payload["userErrors"].as_array().unwrap() {
            let code = error["code"].as_str().unwrap();
            let listed = &listed_codes()[mutation];
            assert!(listed.contains(code), "{mutation} does not list {code}");
        }
        payload
    }

    /// The codes and paths of a mutation's user errors.
    pub(crate) async fn faults(&self, mutation: &str, input: Value) -> Vec<(String, String)> {
        let payload = self.change(mutation, input).await;
        let errors = payload["userErrors"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let path = |error: &Value| -> Vec<String> {
            error["path"].as_array().unwrap().iter().map(text).collect()
        };
        errors
            .map(|error| (text(&error["code"]), path(error).join(".")))
            .collect()
    }

    /// The codes of an answer's errors.
    pub(crate) async fn codes(&self, query: &str, variables: Value) -> Vec<String> {
        codes(&self.ask(query, variables).await)
    }

    /// A connection that has said hello.
    pub(crate) async fn socket(&self) -> Socket {
        self.try_socket().await.expect("a credential that holds")
    }

    /// The same, of a client that takes little before it reads.
    pub(crate) async fn narrow_socket(&self) -> Socket {
        let socket = self.introduced(Socket::narrow(self.address).await).await;
        self.let_in(socket).await.expect("a credential that holds")
    }

    /// The same, or the code that it is closed with.
    pub(crate) async fn try_socket(&self) -> Result<Socket, u16> {
        let socket = self.hello().await;
        self.let_in(socket).await
    }

    async fn let_in(&self, mut socket: Socket) -> Result<Socket, u16> {
        match socket.frame().await {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(message["type"], "connection_ack");
                Ok(socket)
            }
            Message::Close(Some(CloseFrame { code, .. })) => Err(code.into()),
            other @ (Message::Binary(_)
            | Message::Ping(_)
            | Message::Pong(_)
            | Message::Close(_)
            | Message::Frame(_)) => panic!("neither let in nor refused: {other:?}"),
        }
    }

    /// A connection that has said hello, and was not answered yet.
    pub(crate) async fn hello(&self) -> Socket {
        self.introduced(Socket::open(self.address).await).await
    }

    async fn introduced(&self, mut socket: Socket) -> Socket {
        let payload = json!({"authorization": self.bearer});
        socket
            .send(json!({"type": "connection_init", "payload": payload}))
            .await;
        socket
    }
}

/// A mutation with an input, selecting what every payload has and what only some have.
pub(crate) fn document_of(mutation: &str) -> String {
    let selection = match mutation {
        "createBackupSchedule" => "schedule { id name revision nextRunAt enabled } isReplay",
        "updateBackupSchedule" | "enableBackupSchedule" | "disableBackupSchedule" => {
            "schedule { id name revision nextRunAt enabled updatedAt }"
        }
        "deleteBackupSchedule" => "deletedScheduleId",
        "runBackupScheduleNow" | "retryBackupScheduleRun" => {
            "run { id status } activeRun { id } isReplay"
        }
        "markNotifications" => "notifications { id readAt } unreadCount",
        "markAllNotificationsRead" => "markedCount unreadCount",
        "cancelBackupScheduleRun" => "run { id status cancelRequestedAt }",
        "createTenant" => "tenant { id name cloud connectionStatus viewerRole } isReplay",
        "updateTenant" => "tenant { id name updatedAt }",
        "setTenantCredential" | "verifyTenantCredential" => {
            "credential { kind clientId certificateThumbprint expiresAt status missingPermissions lastVerifiedAt updatedAt }
             refusedPolicyTypes { policyType errorCode errorMessage } remarks"
        }
        "removeTenantCredential" => "tenant { id connectionStatus }",
        "addTenantMember" | "updateTenantMember" => {
            "member { id role createdAt user { id displayName } addedBy { displayName } }"
        }
        "removeTenantMember" => "removedMemberId",
        "createApiToken" => "apiToken { id name role prefix status expiresAt createdBy { displayName } } token",
        "revokeApiToken" => "apiToken { id status revokedAt }",
        "deleteBackupSet" | "undeleteBackupSet" => {
            "backupSet { id deletedAt deletionReason deletedBy { displayName } purgeAt }"
        }
        "verifyBackupSet" => "backupSet { id verifiedAt damagedItemCount } isSound damagedItems { id name }",
        other => panic!("{other} is no mutation"),
    };
    let mut kind = mutation[..1].to_uppercase();
    kind += &mutation[1..];
    format!(
        "mutation($input: {kind}Input!) {{
            {mutation}(input: $input) {{ {selection} userErrors {{ code message path }} }}
        }}"
    )
}

/// The codes of an answer's errors.
pub(crate) fn codes(answer: &Value) -> Vec<String> {
    let Some(errors) = answer["errors"].as_array() else {
        return Vec::new();
    };
    let code = |error: &Value| error["extensions"]["code"].as_str().unwrap().to_owned();
    errors.iter().map(code).collect()
}

/// The public form of an identifier.
pub(crate) fn id(id: impl GlobalId) -> String {
    id.to_global()
}

/// The request that becomes a connection.
fn upgrade(address: SocketAddr, protocol: Option<&str>) -> Request {
    let url = format!("ws://{address}/graphql");
    let mut request = url.into_client_request().unwrap();
    if let Some(protocol) = protocol {
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", protocol.parse().unwrap());
    }
    request
}

/// A WebSocket connection, seen from the client.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::speaking(address, Some("graphql-transport-ws")).await
    }

    pub(crate) async fn speaking(address: SocketAddr, protocol: Option<&str>) -> Self {
        let request = upgrade(address, protocol);
        let (socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        Self(socket)
    }

    /// The status that an upgrade is refused with.
    pub(crate) async fn refused(address: SocketAddr) -> u16 {
        let request = upgrade(address, Some("graphql-transport-ws"));
        let opened = tokio_tungstenite::connect_async(request).await;
        let Err(tungstenite::Error::Http(response)) = opened else {
            panic!("not refused");
        };
        response.status().as_u16()
    }

    /// With the least room that the system gives to what was not read yet.
    async fn narrow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(1).unwrap();
        let stream = MaybeTlsStream::Plain(socket.connect(address).await.unwrap());
        let request = upgrade(address, Some("graphql-transport-ws"));
        let (socket, _) = tokio_tungstenite::client_async(request, stream)
            .await
            .unwrap();
        Self(socket)
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.text(&message.to_string()).await;
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn binary(&mut self, bytes: &'static [u8]) {
        self.0.send(Message::binary(bytes)).await.unwrap();
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({"query": query, "variables": variables});
        self.send(json!({"id": id, "type": "subscribe", "payload": payload}))
            .await;
    }

    /// The next message. Waits for nothing longer than a minute.
    pub(crate) async fn next(&mut self) -> Value {
        let frame = self.frame().await;
        let Message::Text(text) = &frame else {
            panic!("not a message: {frame:?}");
        };
        serde_json::from_str(text).unwrap()
    }

    /// The code that the server closes with, before it sends another message.
    pub(crate) async fn closed(&mut self) -> u16 {
        self.farewell().await.0
    }

    /// The same, with the reason.
    pub(crate) async fn farewell(&mut self) -> (u16, String) {
        let frame = self.frame().await;
        let Message::Close(Some(CloseFrame { code, reason })) = frame else {
            panic!("not a close with a reason: {frame:?}");
        };
        (code.into(), reason.to_string())
    }

    async fn frame(&mut self) -> Message {
        let frame = async {
            loop {
                let frame = self
                    .0
                    .next()
                    .await
                    .expect("the connection is open")
                    .unwrap();
                if !(frame.is_ping() || frame.is_pong()) {
                    return frame;
                }
            }
        };
        let frame = tokio::time::timeout(Duration::from_secs(60), frame).await;
        frame.expect("a message within a minute")
    }
}
