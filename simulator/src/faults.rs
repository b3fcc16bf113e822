//! What can go wrong, and when: the plan of a simulation, readable by people and by serde.
//!
//! See the README for the JSON form of each effect.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::errors::ErrorForm;

/// Faults in order; the first that is due strikes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultPlan(pub Vec<Fault>);

/// One fault: which requests it concerns, which of them it strikes, and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Only requests of this tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Uuid>,
    /// Only requests with this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only paths that contain this text or, if it has a `*`, that match it from end to end. The
    /// path begins with a slash, is decoded and has no query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only queries that, decoded, contain this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Which of these requests are struck.
    #[serde(default)]
    pub hits: Hits,
    /// What happens to them.
    pub effect: Effect,
}

/// Which of the matching requests a fault strikes, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Hits {
    /// All of them.
    #[default]
    Always,
    /// The first so many.
    First(u64),
    /// This one alone.
    Nth(u64),
    /// All but the first so many.
    After(u64),
    /// Every so many: 3 strikes the third, the sixth and so on.
    Every(u64),
}

/// What a fault does to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// An error with this status.
    Status {
        status: u16,
        /// How the error is wrapped.
        #[serde(default)]
        form: ErrorForm,
        /// Code of the error; Graph's usual one for the status if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Text of the error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<RetryAfter>,
    },
    /// 429, with or without `Retry-After`.
    Throttle {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<RetryAfter>,
    },
    /// The answer as ever, with the directory's word on how much of its limit is used: 0.86.
    NearlyThrottled { percentage: String },
    /// 401: the token is past its end.
    ExpiredToken,
    /// 401 with a claims challenge.
    ClaimsChallenge,
    /// 403 of Intune that names the scopes wanted.
    Forbidden {
        scopes: Vec<String>,
        /// Form A or B.
        #[serde(default = "form_a")]
        form: ErrorForm,
    },
    /// 403 of the directory.
    Denied,
    /// 404: the object has vanished.
    NotFound,
    /// 400: the tenant has no Intune licence.
    NotLicensed,
    /// The connection ends before any header.
    Reset,
    /// A success whose body is cut.
    Truncated(Truncation),
    /// A success with an error inside.
    ErrorInBody(ErrorInBody),
    /// A body that trickles.
    Slow { bytes_per_second: u64 },
    /// A body that stops after so many bytes while the connection stays open.
    Stall { after_bytes: usize },
    /// An answer that comes late but whole.
    Delay { milliseconds: u64 },
    /// A list whose links do not lead to its end. Meant for every hit: a link of the fault that
    /// arrives when the fault no longer strikes is refused.
    NextLink(PagingLoop),
    /// Each page but the first repeats the last object of the page before.
    DuplicateAcrossPages,
    /// As that one, and the repetition has a newer marker.
    NewerDuplicateAcrossPages,
    /// Behind each page but the last there is one without objects. Meant for every hit.
    EmptyPageBetween,
    /// A page that lacks its last objects and does not say so.
    ShortPage { missing: usize },
    /// A list that is empty all of a sudden.
    EmptyList,
    /// The object that is asked for changes at this moment, as an edit by somebody else.
    ItemEdited,
    /// An object is added to the list at this moment, behind all others.
    ItemAdded,
    /// The application loses these permissions, for good.
    PermissionRemoved { permissions: Vec<String> },
    /// The token endpoint refuses with this AADSTS code.
    TokenRefused { code: u32 },
    /// The token endpoint gives a token that ends this soon.
    TokenExpiry { seconds: u64 },
    /// The token endpoint gives a token that ends then and is best renewed this soon.
    TokenRefresh { seconds: u64, refresh_in: u64 },
    /// A batch whose last answer holds raw HTML, so that the whole is no JSON.
    ForeignMarkup,
    /// The answer as ever, under another status. On a batch: that of its envelope.
    Restatused { status: u16 },
    /// A success without a body; `null` inside a batch.
    NoBody,
    /// A body whose bytes are not what the headers say.
    Encoded(Encoding),
    /// An object or a page with a member that is this long.
    Oversized { bytes: usize },
    /// Every second object of a list has all but ASCII escaped, which must make no difference.
    HalfEscaped,
    /// A success whose body has this text in place of each `find`.
    Rewritten { find: String, put: String },
}

/// The three ways in which a body is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Truncation {
    /// Chunked, and the connection ends without the last chunk.
    WithoutLastChunk,
    /// The content length promises more than comes.
    LongContentLength,
    /// HTTP is right, only the JSON ends in the middle.
    CutJson,
}

/// The ways in which the bytes of a body surprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Encoding {
    /// A byte order mark before the JSON, which is allowed.
    ByteOrderMark,
    /// gzip whose checksum is wrong.
    WrongChecksum,
    /// Declared as gzip, but plain.
    PlainAsGzip,
}

/// The two ways in which an error hides in a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorInBody {
    /// The error starts in the middle of the page, which is no JSON any more.
    MidStream,
    /// The page is JSON with a member `error` beside its objects.
    Member,
}

/// Where the links of a list lead instead of to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PagingLoop {
    /// To the same page.
    ToItself,
    /// To a second page, and from there to a third that links the second again.
    CycleOfTwo,
    /// To another host.
    ForeignHost,
    /// To the other version of the API.
    OtherVersion,
    /// To ever new pages without objects.
    EmptyPages,
}

/// The value of a `Retry-After` header.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum RetryAfter {
    /// A date so many seconds ahead.
    #[serde(rename_all = "camelCase")]
    Date { date_in_seconds: i64 },
    /// Seconds, whole.
    Seconds(u64),
    /// Any text: decimal seconds, garbage.
    Text(String),
}

impl Fault {
    /// A fault that strikes every request whose path contains or matches `path`.
    pub fn on(path: impl Into<String>, effect: Effect) -> Self {
        Self {
            tenant: None,
            method: None,
            path: Some(path.into()),
            query: None,
            hits: Hits::Always,
            effect,
        }
    }

    /// Strikes only these hits.
    #[must_use]
    pub fn hits(mut self, hits: Hits) -> Self {
        self.hits = hits;
        self
    }

    /// Strikes the first `count` matching requests.
    #[must_use]
    pub fn first(self, count: u64) -> Self {
        self.hits(Hits::First(count))
    }

    /// Strikes only requests of this tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: Uuid) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// Strikes only requests with this method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Strikes only requests whose decoded query contains this text.
    #[must_use]
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = Some(query.into());
        self
    }
}

impl Effect {
    /// An error with this status, in Graph's plain form.
    pub fn status(status: u16) -> Self {
        Self::wrapped(status, ErrorForm::Plain)
    }

    /// An error with this status, in this form.
    pub fn wrapped(status: u16, form: ErrorForm) -> Self {
        Self::Status {
            status,
            form,
            code: None,
            message: None,
            retry_after: None,
        }
    }

    /// 429 with this `Retry-After`.
    pub fn throttle(retry_after: impl Into<RetryAfter>) -> Self {
        Self::Throttle {
            retry_after: Some(retry_after.into()),
        }
    }

    /// Name of the effect, as in the JSON form.
    pub fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(members)) => members.keys().next().cloned(),
            Ok(serde_json::Value::String(name)) => Some(name),
            _ => None,
        }
        .unwrap_or_default()
    }
}

impl From<u64> for RetryAfter {
    fn from(seconds: u64) -> Self {
        Self::Seconds(seconds)
    }
}

impl From<&str> for RetryAfter {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

fn form_a() -> ErrorForm {
    ErrorForm::A
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_written_by_hand_is_read() {
        let plan: FaultPlan = serde_json::from_value(json!([
            { "path": "deviceConfigurations", "effect": { "throttle": { "retryAfter": "2.128" } } },
            { "path": "*/intents", "hits": { "first": 2 }, "effect": { "status": { "status": 503, "form": "html" } } },
            { "method": "POST", "effect": { "tokenRefused": { "code": 7000222 } } },
            { "query": "skiptoken", "effect": { "nextLink": "toItself" } },
            { "effect": { "throttle": { "retryAfter": { "dateInSeconds": 5 } } } },
            { "effect": { "throttle": { "retryAfter": 60 } } },
            { "effect": "emptyList" }
        ]))
        .unwrap();
        let [throttle, page, token, looping, date, number, empty] = plan.0.as_slice() else {
            panic!("seven faults");
        };
        assert_eq!(
            *throttle,
            Fault::on("deviceConfigurations", Effect::throttle("2.128"))
        );
        assert_eq!(
            *page,
            Fault::on("*/intents", Effect::wrapped(503, ErrorForm::Html)).first(2)
        );
        assert_eq!(token.effect, Effect::TokenRefused { code: 7_000_222 });
        assert_eq!(looping.effect.name(), "nextLink");
        assert_eq!(
            date.effect,
            Effect::Throttle {
                retry_after: Some(RetryAfter::Date { date_in_seconds: 5 })
            }
        );
        assert_eq!(number.effect, Effect::throttle(60));
        assert_eq!(empty.effect.name(), "emptyList");
    }

    #[test]
    fn the_plan_of_the_readme_is_read() {
        let readme = include_str!("../README.md");
        let example = readme
            .split("```json")
            .nth(1)
            .and_then(|rest| rest.split("```").next());
        let plan: FaultPlan = serde_json::from_str(example.unwrap()).unwrap();
        assert_eq!(plan.0.len(), 3);
    }

    #[test]
    fn a_misspelt_member_is_refused() {
        let plan = serde_json::from_value::<FaultPlan>(json!([{ "paht": "x", "effect": "reset" }]));
        assert!(plan.is_err());
    }
}
