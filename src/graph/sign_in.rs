//! Signing in: the client-credentials grant, with patience for an overloaded host.

use chrono::{DateTime, Utc};
use tracing::debug;
use uuid::Uuid;

use super::{
    Room,
    access::TenantAccess,
    body::BodyFault,
    catalog::Bucket,
    error::{Breakdown, GraphError},
    http::Answer,
    retry::{self, FailedTry, Outcome, Tries},
    settings::Hosts,
    sign_in_refusal::SignInRefusal,
    token::{Issued, Need, Token},
};

impl Room {
    /// Fetches a token.
    pub(super) async fn sign_in(
        &self,
        hosts: &Hosts,
        access: &TenantAccess,
        need: Need,
    ) -> Result<Token, GraphError> {
        let most = match need {
            Need::Token => self.settings.tries,
            Need::Renewal => 1,
        };
        let floor = Bucket::Identity.floor();
        let mut tries = Tries::new(most, self.settings.patience, floor);
        loop {
            let asked_at = self.pacing.now();
            tries.begin(asked_at);
            match self.try_sign_in(hosts, access, asked_at).await {
                Outcome::Done(token) => return own(token, access),
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

    async fn try_sign_in(
        &self,
        hosts: &Hosts,
        access: &TenantAccess,
        asked_at: DateTime<Utc>,
    ) -> Outcome<Token> {
        let directory = access.entra_tenant_id;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &access.client_id.to_string()),
            ("scope", &hosts.scope),
            ("client_secret", access.secret.expose()),
        ];
        let request = self
            .http
            .client(false)
            .post(format!("{}/{directory}/oauth2/v2.0/token", hosts.login))
            .header("accept", "application/json")
            .header("client-request-id", Uuid::new_v4().to_string())
            .form(&form);
        let Some(_place) = self.throttle.place().await else {
            return Outcome::Failed(GraphError::Stopped);
        };
        match self.http.exchange(request).await {
            Ok(answer) if answer.has_content() => issued(&answer.body, asked_at),
            Ok(answer) => {
                debug!(tenant.entra_id = %directory, status = answer.status, "sign-in failed");
                refused(&answer, asked_at)
            }
            Err(no_answer) => {
                debug!(tenant.entra_id = %directory, error = ?no_answer, "no answer from the sign-in host");
                no_answer.into()
            }
        }
    }
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
