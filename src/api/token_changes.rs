//! Mutations of API tokens.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    access::{Attempt, TenantScope},
    actors::ApiToken,
    call::Call,
    error::Result,
    faults::{Faults, Stop, Undone, UserError, UserErrorCode, found, settle},
    ids,
    input_rules::name,
    leave::Leave,
    loaders::{TheTenant, TheToken},
    payloads::payload,
    words::TenantRole,
};
use crate::{
    domain::{
        actor::Actor,
        api_token::{self, Lifetime, MOST_TOKENS, NewToken},
        audit::{AuditAction, Target},
        ids::ApiTokenId,
        role::{Permission, Role},
    },
    store::api_tokens,
    workers::tokens,
};

/// Input of `createApiToken`, to create an API token.
#[derive(InputObject, Clone, Debug)]
pub(super) struct CreateApiTokenInput {
    /// ID of the tenant, which can have 100 active tokens (LIMIT_REACHED).
    tenant_id: ID,
    /// Name, 1 to 120 characters after trimming (BLANK, TOO_LONG), unique among the active tokens of the tenant without regard to case (ALREADY_EXISTS).
    name: String,
    /// Role: not above the caller's own, never OWNER (ROLE_TOO_HIGH). The token keeps it when the caller's role changes; revoke it where it should not.
    role: TenantRole,
    /// Days until it expires, 1 to 365 (OUT_OF_RANGE).
    #[graphql(default = 90)]
    expires_in_days: i32,
}

/// Input of `revokeApiToken`, to revoke an API token.
#[derive(InputObject, Clone, Debug)]
pub(super) struct RevokeApiTokenInput {
    /// ID of the token.
    api_token_id: ID,
}

/// Outcome of `createApiToken`.
#[derive(SimpleObject)]
pub(super) struct CreateApiTokenPayload {
    /// The token; null when there are user errors.
    api_token: Option<ApiToken>,
    /// The token text to send as `Authorization: Bearer`. Shown this once. Null when there are user errors.
    token: Option<String>,
    /// Expected failures; empty on success.
    user_errors: Vec<UserError>,
}

/// A token and its text.
struct Created {
    token: ApiToken,
    text: String,
}

impl From<std::result::Result<Created, Faults>> for CreateApiTokenPayload {
    fn from(result: std::result::Result<Created, Faults>) -> Self {
        match result {
            Ok(created) => Self {
                api_token: Some(created.token),
                token: Some(created.text),
                user_errors: Vec::new(),
            },
            Err(faults) => Self {
                api_token: None,
                token: None,
                user_errors: faults.into_errors(),
            },
        }
    }
}

payload! {
    RevokeApiTokenPayload "RevokeApiTokenPayload":
    "Outcome of `revokeApiToken`.", api_token ApiToken: "The token; null when there are user errors."
}

pub(super) struct TokenChanges;

#[Object]
impl TokenChanges {
    /// Create an API token. Its text is in the answer and nowhere else. Requires: MANAGER; not for API tokens. User errors: NOT_FOUND, BLANK, TOO_LONG, ALREADY_EXISTS, ROLE_TOO_HIGH, OUT_OF_RANGE, LIMIT_REACHED.
    async fn create_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to create.")] input: CreateApiTokenInput,
    ) -> Result<Option<CreateApiTokenPayload>> {
        settle(create(Call::of(ctx), input).await)
    }

    /// Make an API token useless, at once, with its subscriptions. Does nothing when it already is. Requires: MANAGER for one's own, OWNER for others'; not for API tokens. User errors: NOT_FOUND.
    async fn revoke_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which token.")] input: RevokeApiTokenInput,
    ) -> Result<Option<RevokeApiTokenPayload>> {
        settle(revoke(Call::of(ctx), input).await)
    }
}

async fn create(call: &Call, input: CreateApiTokenInput) -> std::result::Result<Created, Stop> {
    let scope = found(call.scope(&input.tenant_id).await, &["input", "tenantId"])?;
    let tenant = call.must_load(TheTenant(scope.tenant, ())).await?;
    let attempt = Attempt {
        operation: "createApiToken",
        action: AuditAction::ApiTokenCreated,
        target: Target::Tenant(scope.tenant),
        name: tenant.name.to_string(),
    };
    let leave = Leave::ask(call, scope, Permission::ManageApiTokens, attempt).await?;
    let new = input.check(scope)?;
    let made = call.store.write(move |db, now| {
        if !leave.confirmed(db)?.may_hand_out(new.role) {
            return Err(too_high().into());
        }
        match tokens::create(db, new, &leave.author, now)? {
            tokens::Created::Token(token, text) => Ok((token, text)),
            tokens::Created::NameTaken => Err(name_taken().into()),
            tokens::Created::Full => {
                let message = format!("a tenant has at most {MOST_TOKENS} active tokens");
                Err(Undone::from(Faults::one(
                    UserErrorCode::LimitReached,
                    message,
                    &[],
                )))
            }
        }
    });
    let (token, text) = made.await?;
    Ok(Created {
        token: ApiToken::of(scope, &token),
        text: text.reveal(),
    })
}

impl CreateApiTokenInput {
    fn check(&self, scope: TenantScope) -> std::result::Result<NewToken, Faults> {
        let mut faults = Faults::default();
        let name = name(&self.name, &mut faults);
        let role = Role::from(self.role);
        if !scope.role.may_hand_out(role) {
            faults.extend(too_high());
        }
        let lifetime = Lifetime::of(self.expires_in_days);
        if lifetime.is_none() {
            let message = format!("a token works for 1 to {} days", Lifetime::MAX);
            let path = ["input", "expiresInDays"];
            faults.add(UserErrorCode::OutOfRange, message, &path);
        }
        let tenant = scope.tenant;
        let new = name.zip(lifetime).map(|(name, lifetime)| NewToken {
            tenant,
            name,
            role,
            lifetime,
        });
        faults.or(new)
    }
}

fn too_high() -> Faults {
    let message = "a token has at most its maker's role, and never that of an owner";
    Faults::one(UserErrorCode::RoleTooHigh, message, &["input", "role"])
}

fn name_taken() -> Faults {
    let message = "another active token of the tenant has this name";
    Faults::one(UserErrorCode::AlreadyExists, message, &["input", "name"])
}

async fn revoke(call: &Call, input: RevokeApiTokenInput) -> std::result::Result<ApiToken, Stop> {
    let id: ApiTokenId = ids::read(&input.api_token_id)?;
    let path = ["input", "apiTokenId"];
    let (scope, token) = found(call.reach(id, TheToken).await, &path)?;
    let attempt = Attempt {
        operation: "revokeApiToken",
        action: AuditAction::ApiTokenRevoked,
        target: Target::ApiToken(id),
        name: token.name.to_string(),
    };
    let leave = Leave::ask(call, scope, right_over(call, &token), attempt).await?;
    let after = call.store.write(move |db, now| {
        leave.confirmed(db)?;
        tokens::revoke(db, &token, &leave.author, now)?;
        Ok::<_, Undone>(api_tokens::find(db, id)?)
    });
    let token = after.await?.ok_or_else(|| Faults::not_found(&path))?;
    Ok(ApiToken::of(scope, &token))
}

/// What it takes to end a token: those of others are for whoever decides about people.
fn right_over(call: &Call, token: &api_token::ApiToken) -> Permission {
    let own = call.caller.person().map(|person| person.id);
    match &token.created_by {
        Actor::User { id, .. } if Some(*id) == own => Permission::ManageApiTokens,
        Actor::User { .. } | Actor::ApiToken { .. } | Actor::System(_) => Permission::ManageMembers,
    }
}
