//! What an entry of the catalogue says.

use std::time::Duration;

use serde_json::Value;

use super::reading::{FollowUp, Weight};
use crate::domain::{
    capture_rules::CaptureRules,
    kind::PolicyKind,
    policy::{Listed, Nameless},
    sub_kind::{self, Partition},
};

/// Version of the Graph API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiVersion {
    /// `beta`: the only one that has most of Intune.
    Beta,
    /// `v1.0`.
    V1,
}

impl ApiVersion {
    /// The version as it stands in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Beta => "beta",
            Self::V1 => "v1.0",
        }
    }
}

/// Requests that Graph counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Intune, but for the other buckets.
    Intune,
    /// Scripts and what else Graph counts with devices.
    Scripts,
    /// Administrative templates, which are throttled long before the published limit.
    GroupPolicy,
    /// Conditional Access and named locations: one request a second for all apps of a tenant.
    ConditionalAccess,
    /// Other objects of the directory.
    Identity,
}

impl Bucket {
    /// Every bucket.
    pub const ALL: [Self; 5] = [
        Self::Intune,
        Self::Scripts,
        Self::GroupPolicy,
        Self::ConditionalAccess,
        Self::Identity,
    ];

    /// The bucket whose limit counts requests to this one.
    pub fn counted_with(self) -> Self {
        match self {
            Self::GroupPolicy => Self::Intune,
            Self::Intune | Self::Scripts | Self::ConditionalAccess | Self::Identity => self,
        }
    }

    /// How many requests may travel in one batch. Graph answers the items of a batch at the same
    /// time, which is too much where it allows one request a second or little at once.
    pub fn most_in_batch(self) -> usize {
        match self {
            Self::Intune | Self::Scripts | Self::Identity => 20,
            Self::GroupPolicy | Self::ConditionalAccess => 1,
        }
    }

    /// Shortest wait after a 429 that names none.
    pub fn floor(self) -> Duration {
        match self {
            Self::Intune | Self::Scripts | Self::GroupPolicy => Duration::from_secs(2),
            Self::ConditionalAccess | Self::Identity => Duration::from_secs(1),
        }
    }
}

/// What the list call answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Pages of objects.
    Collection,
    /// The one object there is.
    Singleton,
    /// Pages of objects, and before them the one object at this path, which has no identifier.
    CollectionAnd(&'static str),
}

/// How a kind is read.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The kind.
    pub kind: PolicyKind,
    /// Version of the API.
    pub version: ApiVersion,
    /// Why no app can read the kind on its own; it is never asked for then.
    pub unavailable: Option<&'static str>,
    /// Path of the list; `{tenant}` is the directory's identifier.
    pub list: &'static str,
    /// Query of the list; may be empty.
    pub query: &'static str,
    /// Query that is asked when the other is refused (400) or too much for the service (500, 504).
    pub plain_query: Option<&'static str>,
    /// What the list answers with.
    pub shape: Shape,
    /// Member that identifies an object.
    pub id: &'static str,
    /// Slices of the kind, in the order in which they are tried.
    pub partitions: &'static [Partition],
    /// Objects that are left out.
    pub exclude: &'static [Exclusion],
    /// What the list does not give, in the order of reading.
    pub follow_ups: &'static [FollowUp],
    /// Where assignments come from.
    pub assignments: Assignments,
    /// Whether objects have a member `roleScopeTagIds`.
    pub has_scope_tags: bool,
    /// Whether the list shows them as they are.
    pub lists_scope_tags: bool,
    /// Application permissions any of which suffices, the one to recommend first.
    pub permissions: &'static [&'static str],
    /// What Graph counts the requests with.
    pub bucket: Bucket,
    /// Refusals of the list that are no failures.
    pub expected: &'static [Expected],
    /// Rules of capture.
    pub capture: CaptureRules,
}

impl Entry {
    /// What a listed object says of itself.
    pub fn listed(&self, object: &Value) -> Result<Listed, Nameless> {
        let fallback_id = match self.shape {
            Shape::Collection => None,
            Shape::Singleton => Some(self.kind.as_str()),
            Shape::CollectionAnd(_) => Some("default"),
        };
        let listed = Listed::read(object, self.id, fallback_id)?;
        Ok(Listed {
            sub_kind: sub_kind::sub_kind(self.partitions, object),
            ..listed
        })
    }

    /// Whether the kind belongs to Intune, and so is there only with its licence.
    pub fn is_of_intune(&self) -> bool {
        match self.bucket {
            Bucket::Intune | Bucket::Scripts | Bucket::GroupPolicy => true,
            Bucket::ConditionalAccess | Bucket::Identity => false,
        }
    }

    /// The assignments of an object as its list shows them; none where they have to be asked for,
    /// or where the kind has none.
    pub fn listed_assignments<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        match self.assignments {
            Assignments::None | Assignments::PerItem(_) => None,
            Assignments::InFollowUp | Assignments::OnList(_) | Assignments::OnObject(_) => {
                object.get("assignments").filter(|it| it.is_array())
            }
        }
    }

    /// Whether reading an object brings in a body that had better not be held many times at once.
    pub fn has_large_bodies(&self) -> bool {
        let is_large = |follow_up: &FollowUp| follow_up.weight == Weight::Large;
        self.follow_ups.iter().any(is_large)
    }
}

/// Where assignments come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignments {
    /// The kind has none.
    None,
    /// In what the follow-ups read.
    InFollowUp,
    /// In the list; where that gave none, in pages at this path.
    OnList(&'static str),
    /// In the list; where that gave none, in the object at this path.
    OnObject(&'static str),
    /// Never in the list, always in pages at this path.
    PerItem(&'static str),
}

/// Objects that are left out of a list: those whose `member` equals `value`.
#[derive(Clone, Copy, Debug)]
pub struct Exclusion {
    /// Name of the member.
    pub member: &'static str,
    /// Its value.
    pub value: Literal,
}

/// A value to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `true`.
    True,
    /// `false`.
    False,
    /// A text.
    Text(&'static str),
}

/// A refusal of the list that is no failure.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// HTTP status. 403 counts only if it is not about permissions.
    pub status: u16,
    /// What it means.
    pub meaning: Meaning,
}

/// Meaning of an expected refusal.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    /// There are no objects.
    Empty,
    /// The kind cannot be read in this tenant, for this reason.
    NotAvailable(&'static str),
}
