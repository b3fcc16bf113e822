//! Who may do what: every operation by every kind of caller.

use std::collections::BTreeMap;

use serde_json::Value;
use tenantatlas::domain::{
    global_id::GlobalId,
    ids::{ApiTokenId, BackupSetId, MemberId, PolicyId, RunId, ScheduleId, TenantId},
    kind::PolicyKind,
    role::Role,
};

use super::contract::{Aim, Contract, Field, answer, prefix_for};
use crate::support::{
    Setup, TestApp,
    client::{Api, Client, codes, id},
};

/// Who a rule lets in, tokens aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Least {
    /// Whoever has a credential; nothing of a tenant is touched.
    Credential,
    /// People, for what is theirs.
    Person,
    /// People with the right to create tenants.
    Instance,
    /// Members of at least this rank.
    Rank(Role),
}

/// An operation, or a field that asks for more than its object does.
struct Rule {
    of: &'static str,
    field: &'static str,
    least: Least,
    /// Whether API tokens may at all.
    tokens: bool,
}

const fn rule(of: &'static str, field: &'static str, least: Least, tokens: bool) -> Rule {
    Rule {
        of,
        field,
        least,
        tokens,
    }
}

const READER: Least = Least::Rank(Role::Readonly);
const OPERATOR: Least = Least::Rank(Role::Operator);
const MANAGER: Least = Least::Rank(Role::Manager);
const OWNER: Least = Least::Rank(Role::Owner);

/// The people of the tenant.
const PEOPLE: [(&str, Role); 4] = [
    ("rita", Role::Readonly),
    ("oscar", Role::Operator),
    ("marco", Role::Manager),
    ("olivia", Role::Owner),
];

const RULES: &[Rule] = &[
    rule("Query", "viewer", Least::Credential, true),
    rule("Query", "policyTypes", Least::Credential, true),
    rule("Query", "serverInfo", Least::Credential, true),
    rule("Query", "node", READER, true),
    rule("Query", "nodes", READER, true),
    rule("Query", "tenant", READER, true),
    rule("Query", "backupSchedule", READER, true),
    rule("Query", "backupScheduleRun", READER, true),
    rule("Query", "backupSet", READER, true),
    rule("Query", "policy", READER, true),
    rule("Query", "backupSetDiff", READER, true),
    rule("Tenant", "members", MANAGER, true),
    rule("Tenant", "apiTokens", MANAGER, true),
    rule("Tenant", "auditLog", MANAGER, true),
    rule("Tenant", "credential", OWNER, false),
    rule("Mutation", "runBackupScheduleNow", OPERATOR, true),
    rule("Mutation", "retryBackupScheduleRun", OPERATOR, true),
    rule("Mutation", "cancelBackupScheduleRun", OPERATOR, true),
    rule("Mutation", "createBackupSchedule", MANAGER, true),
    rule("Mutation", "updateBackupSchedule", MANAGER, true),
    rule("Mutation", "deleteBackupSchedule", MANAGER, true),
    rule("Mutation", "enableBackupSchedule", MANAGER, true),
    rule("Mutation", "disableBackupSchedule", MANAGER, true),
    rule("Mutation", "deleteBackupSet", MANAGER, true),
    rule("Mutation", "undeleteBackupSet", MANAGER, true),
    rule("Mutation", "verifyBackupSet", OPERATOR, true),
    rule("Mutation", "createApiToken", MANAGER, false),
    // Of a token that somebody else made.
    rule("Mutation", "revokeApiToken", OWNER, false),
    rule("Mutation", "addTenantMember", OWNER, false),
    rule("Mutation", "updateTenantMember", OWNER, false),
    rule("Mutation", "removeTenantMember", OWNER, false),
    rule("Mutation", "setTenantCredential", OWNER, false),
    rule("Mutation", "verifyTenantCredential", OWNER, false),
    rule("Mutation", "removeTenantCredential", OWNER, false),
    rule("Mutation", "updateTenant", OWNER, false),
    rule("Mutation", "createTenant", Least::Instance, false),
    rule("Mutation", "markNotifications", Least::Person, false),
    rule("Mutation", "markAllNotificationsRead", Least::Person, false),
    rule("Subscription", "backupRunEvents", READER, true),
    rule("Subscription", "notificationEvents", Least::Person, false),
];

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It was not a question of who asks.
    LetIn,
    Forbidden,
    /// The caller may not know of the object.
    Missing,
    Unauthenticated,
}

impl Verdict {
    /// Of an answer that is one of those that a case can have: another is a case gone wrong, and no
    /// sign that anybody was let in.
    fn of(answer: &Value, field: &Field) -> Self {
        let codes = codes(answer);
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        match codes.as_slice() {
            ["UNAUTHENTICATED"] => Self::Unauthenticated,
            ["FORBIDDEN"] => Self::Forbidden,
            ["NOT_FOUND"] => Self::Missing,
            // The nonsense that ends a subscription which somebody may have.
            ["INVALID_CURSOR"] if field.of == "Subscription" => Self::LetIn,
            [] if answer["closed"] == 4403 => Self::Unauthenticated,
            [] => Self::of_data(answer, field),
            other => panic!("{} is answered with {other:?}: {answer:#}", field.name),
        }
    }

    fn of_data(answer: &Value, field: &Field) -> Self {
        let data = &answer["data"];
        let owner = if field.of == "Tenant" {
            &data["tenant"]
        } else {
            data
        };
        let found = &owner[&field.name];
        assert!(!found.is_null(), "{} is nothing: {answer:#}", field.name);
        let errors = found["userErrors"].as_array().into_iter().flatten();
        let codes: Vec<&str> = errors
            .map(|error| error["code"].as_str().unwrap())
            .collect();
        match codes.as_slice() {
            ["NOT_FOUND"] => Self::Missing,
            // Others are about the input: they come after the question of who asks.
            codes if !codes.contains(&"NOT_FOUND") => Self::LetIn,
            codes => panic!("{} is answered with {codes:?}", field.name),
        }
    }
}

/// A kind of caller.
struct Caller {
    name: String,
    client: Client,
    standing: Standing,
}

enum Standing {
    /// A person, with its rank in the tenant if it is a member, and whether it may create tenants.
    Person(Option<Role>, bool),
    /// A token, with its rank if it is one of the tenant's.
    Token(Option<Role>),
    /// No credential.
    Nobody,
}

impl Rule {
    /// What the schema says of it.
    fn phrase(&self) -> String {
        let rank = match (self.field, self.least) {
            ("node", _) => {
                return "READONLY in its tenant, or more where the type asks for it".into();
            }
            ("nodes", _) => return "as for `node`".into(),
            ("revokeApiToken", _) => "MANAGER for one's own, OWNER for others'",
            ("removeTenantMember", _) => "OWNER, or READONLY for oneself",
            (_, Least::Credential) => return "a valid credential".into(),
            (_, Least::Person) => return "a valid credential of a person".into(),
            (_, Least::Instance) => "the instance-wide right `Viewer.canCreateTenants`",
            (_, Least::Rank(role)) => role.as_str(),
        };
        let tokens = if self.tokens {
            ""
        } else {
            "; not for API tokens"
        };
        format!("{rank}{tokens}")
    }

    fn expected(&self, standing: &Standing) -> Verdict {
        let is_let_in = |may: bool| {
            if may {
                Verdict::LetIn
            } else {
                Verdict::Forbidden
            }
        };
        match (standing, self.least) {
            (Standing::Nobody, _) => Verdict::Unauthenticated,
            (_, Least::Credential) => Verdict::LetIn,
            (Standing::Person(_, may_create), Least::Instance) => is_let_in(*may_create),
            (Standing::Token(_), Least::Instance) => Verdict::Forbidden,
            (Standing::Person(..), Least::Person) => Verdict::LetIn,
            (Standing::Token(_), Least::Person) => Verdict::Forbidden,
            (Standing::Person(None, _) | Standing::Token(None), Least::Rank(_)) => Verdict::Missing,
            (Standing::Person(Some(role), _), Least::Rank(least)) => is_let_in(*role >= least),
            (Standing::Token(Some(role)), Least::Rank(least)) => {
                is_let_in(self.tokens && *role >= least)
            }
        }
    }
}

#[actix_rt::test]
async fn every_operation_by_every_caller() {
    let app = TestApp::with(Setup {
        tenants: 2,
        ..Setup::default()
    })
    .await;
    let api = Api::serve(&app).await;
    let scene = Scene::set(&app, &api).await;
    let callers = callers(&app, &api).await;
    let contract = Contract::ask(&callers[0].client).await;
    let mut wrong = Vec::new();
    for rule in RULES {
        let fields = contract.fields_of(rule.of);
        let field = fields.iter().find(|field| field.name == rule.field);
        let field = field.unwrap_or_else(|| panic!("{}.{} is not there", rule.of, rule.field));
        for caller in &callers {
            let document = scene.document(&contract, field, &caller.name);
            let answer = answer(&caller.client, &document).await;
            let (found, expected) = (Verdict::of(&answer, field), rule.expected(&caller.standing));
            if found != expected {
                wrong.push(format!(
                    "{} by {}: {found:?}, not {expected:?}: {answer:#}",
                    rule.field, caller.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[actix_rt::test]
async fn the_table_is_that_of_the_schema() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let contract = Contract::ask(&client).await;
    let said = |field: &Field| {
        let (_, rest) = field.description.split_once("Requires: ")?;
        // A sentence ends with a full stop that a blank follows, or the text.
        let sentence = rest.split(". ").next()?.trim_end_matches('.');
        Some(((field.of.clone(), field.name.clone()), sentence.to_owned()))
    };
    let said: BTreeMap<_, _> = contract.fields().iter().filter_map(said).collect();
    let table = RULES.iter().map(|rule| {
        let place = (rule.of.to_owned(), rule.field.to_owned());
        (place, rule.phrase())
    });
    assert_eq!(said, table.collect());
    for root in ["Query", "Mutation", "Subscription"] {
        for field in contract.fields_of(root) {
            let place = (root.to_owned(), field.name.clone());
            assert!(
                said.contains_key(&place),
                "{root}.{} does not say who may",
                field.name
            );
        }
    }
}

/// The objects that the requests are about, by the prefix of their identifiers.
struct Scene {
    ids: BTreeMap<&'static str, String>,
}

impl Scene {
    async fn set(app: &TestApp, api: &Api) -> Self {
        let schedule = app
            .schedule("Nightly", &[PolicyKind::SettingsCatalog])
            .await;
        let run = app.backed_up(&schedule).await;
        let set = app.set_of(&run).await.expect("a set");
        let policy = app.items(&set).await.remove(0).policy;
        let token = api.client(app, app.tenant(), Role::Readonly).await;
        let member = api
            .membership(app, app.tenant(), "spare", Role::Readonly)
            .await;
        let ids = [
            (TenantId::PREFIX, id(app.tenant())),
            (ScheduleId::PREFIX, id(schedule.id)),
            (RunId::PREFIX, id(run.id)),
            (BackupSetId::PREFIX, id(set.id)),
            (PolicyId::PREFIX, id(policy)),
            (ApiTokenId::PREFIX, id(token.id.expect("a token"))),
            (MemberId::PREFIX, id(member)),
        ];
        Self { ids: ids.into() }
    }

    /// A request that gets as far as the question of who asks, and changes little behind it.
    fn document(&self, contract: &Contract, field: &Field, caller: &str) -> String {
        let of = |prefix: &str| format!("\"{}\"", self.ids[prefix]);
        let arguments = match field.name.as_str() {
            // A rule of the input that comes after that question, or a revision of the future.
            "deleteBackupSchedule" => format!(
                "(input: {{scheduleId: {}, expectedRevision: 99}})",
                of(ScheduleId::PREFIX)
            ),
            "runBackupScheduleNow" => format!(
                "(input: {{scheduleId: {}, idempotencyKey: \"short\"}})",
                of(ScheduleId::PREFIX)
            ),
            "markNotifications" => "(input: {ids: []})".to_owned(),
            "backupRunEvents" => {
                format!("(tenantId: {}, after: \"nonsense\")", of(TenantId::PREFIX))
            }
            "notificationEvents" => "(after: \"nonsense\")".to_owned(),
            // Members are added by what nobody has yet.
            "addTenantMember" => format!(
                "(input: {{tenantId: {}, role: READONLY, principal: {{oidcUser: {{issuer: \"https://login.example\", subject: \"{caller}\"}}}}}})",
                of(TenantId::PREFIX)
            ),
            _ => {
                let sample = |input: &str| self.ids[prefix_for(&field.name, input)].clone();
                let aim = Aim {
                    way: None,
                    id: "",
                    sample: &sample,
                };
                contract.arguments(field, &aim)
            }
        };
        let asked = format!(
            "{}{arguments} {}",
            field.name,
            contract.selection(&field.kind)
        );
        match field.of.as_str() {
            "Tenant" => format!(
                "query {{ tenant(id: {}) {{ {asked} }} }}",
                of(TenantId::PREFIX)
            ),
            root => format!("{} {{ {asked} }}", root.to_lowercase()),
        }
    }
}

/// One caller of every kind.
async fn callers(app: &TestApp, api: &Api) -> Vec<Caller> {
    let (tenant, foreign) = (app.tenants[0], app.tenants[1]);
    let mut callers = Vec::new();
    for role in [Role::Readonly, Role::Operator, Role::Manager] {
        callers.push(Caller {
            name: format!("token {role}"),
            client: api.client(app, tenant, role).await,
            standing: Standing::Token(Some(role)),
        });
    }
    api.membership(app, foreign, "stranger", Role::Owner).await;
    let others = [
        (
            "stranger",
            api.person("stranger"),
            Standing::Person(None, false),
        ),
        (
            "founder",
            api.person("founder"),
            Standing::Person(None, true),
        ),
        (
            "stranger's token",
            api.client(app, foreign, Role::Manager).await,
            Standing::Token(None),
        ),
        ("nobody", api.bearer("nothing"), Standing::Nobody),
    ];
    callers.extend(others.map(|(name, client, standing)| Caller {
        name: name.to_owned(),
        client,
        standing,
    }));
    // Those who may most come last: what they do is done.
    for (login, role) in PEOPLE {
        callers.push(Caller {
            name: format!("person {role}"),
            client: api.member(app, tenant, login, role).await,
            standing: Standing::Person(Some(role), false),
        });
    }
    callers
}
