//! Signing in: the client-credentials grant, with patience for an overloaded host.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use tracing::{Instrument, debug, debug_span};
use uuid::Uuid;

use super::{
    Room,
    access::{Proof, TenantAccess},
    assertion,
    body::BodyFault,
    catalog::Bucket,
    challenge::Challenge,
    error::{Breakdown, GraphError},
    http::Answer,
    retry::{self, FailedTry, Outcome, Tries},
    settings::Hosts,
    sign_in_refusal::SignInRefusal,
    token::{Issued, Need, Slot, Token},
};

/// Tries after the key of an assertion was refused, and the wait before each: a new key is not
/// known everywhere at once.
const KEY_TRIES: u32 = 3;
const KEY_WAIT: Duration = Duration::from_secs(10);

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// One sign-in.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignIn<'a> {
    pub(super) hosts: &'a Hosts,
    pub(super) access: &'a TenantAccess,
    /// Where refusals are remembered.
    pub(super) slot: &'a Slot,
    /// What Graph wants the token to be asked for with.
    pub(super) challenge: Option<&'a Challenge>,
}

impl Room {
    /// Fetches a token, unless the host has refused the credential a moment ago.
    pub(super) async fn sign_in(
        &self,
        sign_in: SignIn<'_>,
        need: Need,
    ) -> Result<Token, GraphError> {
        let token = self.try_to_sign_in(sign_in, need).await;
        self.measures.signed_in(&token);
        token
    }

    async fn try_to_sign_in(&self, sign_in: SignIn<'_>, need: Need) -> Result<Token, GraphError> {
        let accepted_at = sign_in.access.accepted_at;
        let now = self.pacing.now();
        if let Some((refusal, until)) = sign_in.slot.refusal(now, accepted_at)
            && need != Need::Check
        {
            return Err(GraphError::SignInRests { refusal, until });
        }
        let token = self.fetch(sign_in, need).await;
        if let Err(GraphError::SignIn(refusal)) = &token
            && let Some(rest) = refusal.rest()
        {
            let until = self.pacing.now() + rest;
            sign_in.slot.rest(refusal.clone(), until, accepted_at);
        }
        token
    }

    async fn fetch(&self, sign_in: SignIn<'_>, need: Need) -> Result<Token, GraphError> {
        let most = match need {
            Need::Token | Need::Check => self.settings.tries,
            Need::Renewal => 1,
        };
        let floor = Bucket::Identity.floor();
        let mut tries = Tries::new(most, self.settings.patience, floor);
        let mut key_tries = KEY_TRIES.min(most.saturating_sub(1));
        loop {
            let asked_at = self.pacing.now();
            tries.begin(asked_at);
            match self.try_sign_in(sign_in, asked_at).await {
                Outcome::Done(token) => return own(token, sign_in.access),
                Outcome::Failed(GraphError::SignIn(refusal))
                    if refusal.is_about_the_key() && key_tries > 0 =>
                {
                    key_tries -= 1;
                    self.pacing.sleep(KEY_WAIT).await;
                }
                Outcome::Failed(error) => return Err(error),
                Outcome::Again(failed) => {
                    let wait = tries.wait(&failed, &mut rand::rng());
                    if !tries.are_left(&failed, wait, self.pacing.now()) {
                        return Err(tries.used_up(failed));
                    }
                    self.pacing.sleep(wait).await;
                }
            }
        }
    }

    async fn try_sign_in(&self, sign_in: SignIn<'_>, asked_at: DateTime<Utc>) -> Outcome<Token> {
        let directory = sign_in.access.entra_tenant_id;
        let endpoint = endpoint(sign_in.hosts, directory);
        let request = match self.request(sign_in, &endpoint, self.wall.now()).await {
            Ok(request) => request,
            Err(error) => return Outcome::Failed(error),
        };
        let Some(_place) = self.throttle.place().await else {
            return Outcome::Failed(GraphError::Stopped);
        };
        let span = debug_span!("sign-in", otel.kind = "client", tenant.entra_id = %directory);
        match self.http.exchange(request).instrument(span).await {
            Ok(answer) if answer.has_content() => issued(&answer.body, asked_at),
            Ok(answer) => {
                debug!(tenant.entra_id = %directory, status = answer.status, "sign-in failed");
                refused(&answer, self.wall.now())
            }
            Err(no_answer) => {
                debug!(tenant.entra_id = %directory, error = ?no_answer, "no answer from the sign-in host");
                no_answer.into()
            }
        }
    }

    /// The request to the token endpoint. Assertions are made anew for each.
    async fn request(
        &self,
        sign_in: SignIn<'_>,
        endpoint: &str,
        now: DateTime<Utc>,
    ) -> Result<RequestBuilder, GraphError> {
        let access = sign_in.access;
        let client = access.client_id.to_string();
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &client),
            ("scope", &sign_in.hosts.scope),
        ];
        form.extend(sign_in.challenge.map(|claims| ("claims", claims.as_str())));
        let assertion = assertion(access, endpoint, now).await?;
        match (&access.proof, &assertion) {
            (Proof::ClientSecret(secret), _) => form.push(("client_secret", secret.expose())),
            (Proof::Certificate(_) | Proof::TokenFile(_), assertion) => {
                form.push(("client_assertion_type", JWT_BEARER));
                let assertion = assertion.as_ref().map(ExposeSecret::expose_secret);
                form.extend(assertion.map(|text| ("client_assertion", text)));
            }
        }
        let request = self
            .http
            .client(false)
            .post(endpoint)
            .header("accept", "application/json")
            .header("client-request-id", Uuid::new_v4().to_string());
        Ok(request.form(&form))
    }
}

/// The token endpoint of a directory, which is the audience of assertions as well.
fn endpoint(hosts: &Hosts, directory: Uuid) -> String {
    format!("{}/{directory}/oauth2/v2.0/token", hosts.login)
}

/// What is sent in place of a secret; none where there is one.
async fn assertion(
    access: &TenantAccess,
    endpoint: &str,
    now: DateTime<Utc>,
) -> Result<Option<SecretString>, GraphError> {
    let assertion = match &access.proof {
        Proof::ClientSecret(_) => return Ok(None),
        Proof::Certificate(certificate) => {
            assertion::signed(certificate, access.client_id, endpoint, now)
        }
        Proof::TokenFile(path) => {
            let path = path.clone();
            let read = tokio::task::spawn_blocking(move || assertion::in_file(&path));
            read.await.map_err(|_| GraphError::Stopped)?
        }
    };
    assertion.map(Some).map_err(GraphError::Proof)
}

fn issued(body: &[u8], asked_at: DateTime<Utc>) -> Outcome<Token> {
    match serde_json::from_slice::<Issued>(body) {
        Ok(issued) => Outcome::Done(Token::new(issued, asked_at)),
        Err(error) => BodyFault::NotJson(error).into(),
    }
}

fn refused(answer: &Answer, now: DateTime<Utc>) -> Outcome<Token> {
    let status = answer.status;
    match SignInRefusal::read(&answer.body) {
        Some(refusal) if !refusal.is_transient() && !retry::may_pass(status) => {
            Outcome::Failed(GraphError::SignIn(refusal))
        }
        None if (300..400).contains(&status) => Outcome::Failed(GraphError::Redirected { status }),
        refusal => Outcome::Again(FailedTry {
            breakdown: Breakdown::Status {
                status,
                reason: refusal.map_or_else(
                    || "no reason given".to_owned(),
                    |refusal| refusal.to_string(),
                ),
            },
            retry_after: answer.asked_wait(now),
        }),
    }
}

fn own(token: Token, access: &TenantAccess) -> Result<Token, GraphError> {
    match token.directory {
        Some(directory) if directory != access.entra_tenant_id => Err(GraphError::ForeignToken),
        _ => Ok(token),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;
    use crate::{
        domain::tenant::Cloud,
        graph::{ClientSecret, GraphSettings},
    };

    #[test]
    fn each_cloud_has_its_own_endpoint_and_scope() {
        let directory = Uuid::nil();
        for (cloud, login, graph) in [
            (
                Cloud::Global,
                "login.microsoftonline.com",
                "graph.microsoft.com",
            ),
            (
                Cloud::UsGovernment,
                "login.microsoftonline.us",
                "graph.microsoft.us",
            ),
            (
                Cloud::UsGovernmentDod,
                "login.microsoftonline.us",
                "dod-graph.microsoft.us",
            ),
            (
                Cloud::China,
                "login.chinacloudapi.cn",
                "microsoftgraph.chinacloudapi.cn",
            ),
        ] {
            let hosts = Hosts::of(cloud, &GraphSettings::default());
            let expected = format!("https://{login}/{directory}/oauth2/v2.0/token");
            assert_eq!(endpoint(&hosts, directory), expected);
            assert_eq!(hosts.scope, format!("https://{graph}/.default"));
            assert_eq!(hosts.graph, format!("https://{graph}"));
        }
    }

    #[test]
    fn a_token_of_another_directory_is_not_used() {
        let access = TenantAccess {
            entra_tenant_id: Uuid::from_u128(1),
            cloud: Cloud::Global,
            client_id: Uuid::nil(),
            proof: Proof::ClientSecret(ClientSecret::new(String::new())),
            accepted_at: None,
        };
        let owned = |claims: serde_json::Value| {
            let token = format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims.to_string()));
            let body = json!({ "access_token": token, "expires_in": 60 });
            match issued(body.to_string().as_bytes(), DateTime::UNIX_EPOCH) {
                Outcome::Done(token) => own(token, &access).is_ok(),
                Outcome::Again(_) | Outcome::Failed(_) => panic!("no token"),
            }
        };
        assert!(owned(json!({ "tid": Uuid::from_u128(1) })));
        assert!(!owned(json!({ "tid": Uuid::from_u128(2) })));
        // Nobody has promised that a token can be read.
        assert!(owned(json!("opaque")));
    }
}
