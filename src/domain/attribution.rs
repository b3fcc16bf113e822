//! Who changed an object, as far as Intune's audit events say.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::notification::clip;

/// Longest text of an event that is kept, in characters.
const LONGEST_TEXT: usize = 300;

/// Who made the newest change of an object, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// Name of the person or the app.
    pub actor_name: String,
    /// What was done, such as `Patch`.
    pub operation: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// An audit event of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What was done.
    pub operation: String,
    /// The app through which it was done.
    pub app: Option<Uuid>,
    /// Name of who did it: of a person the sign-in name, of an app the display name.
    pub actor_name: Option<String>,
    /// Identifiers of the objects at Graph.
    pub objects: Vec<String>,
}

impl AuditEvent {
    /// Reads an event; none when it tells of no change, because it failed or lacks what counts.
    pub fn read(event: &Value) -> Option<Self> {
        let text = |value: &Value, member: &str| {
            let text = value.get(member).and_then(Value::as_str)?;
            // PostgreSQL keeps no NUL in text.
            (!text.is_empty()).then(|| clip(&text.replace('\0', " "), LONGEST_TEXT))
        };
        if text(event, "activityResult").is_some_and(|result| has_failed(&result)) {
            return None;
        }
        let actor = event.get("actor").unwrap_or(&Value::Null);
        let person = text(actor, "userPrincipalName");
        let app =
            text(actor, "applicationDisplayName").or_else(|| text(actor, "servicePrincipalName"));
        let is_person = text(actor, "auditActorType").as_deref() == Some("ItPro");
        let resources = event.get("resources").and_then(Value::as_array);
        let objects = resources.into_iter().flatten();
        Some(Self {
            at: text(event, "activityDateTime")?.parse().ok()?,
            operation: text(event, "activityOperationType")
                .or_else(|| text(event, "activityType"))?,
            app: text(actor, "applicationId").and_then(|id| id.parse().ok()),
            actor_name: match is_person {
                true => person.or(app),
                false => app.or(person),
            },
            objects: objects
                .filter_map(|resource| text(resource, "resourceId"))
                .collect(),
        })
    }

    /// Whether its objects were removed.
    pub fn is_deletion(&self) -> bool {
        let head = self.operation.get(..6).unwrap_or_default();
        head.eq_ignore_ascii_case("delete") || head.eq_ignore_ascii_case("remove")
    }

    /// What it says of its objects; none when it does not say who did it.
    pub fn attribution(&self) -> Option<Attribution> {
        Some(Attribution {
            actor_name: self.actor_name.clone()?,
            operation: self.operation.clone(),
            occurred_at: self.at,
        })
    }
}

/// Graph writes `Success`, and `Failure` or `Fail`.
fn has_failed(result: &str) -> bool {
    let head = result.get(..4).unwrap_or_default();
    head.eq_ignore_ascii_case("fail")
}

/// The audit events of a while.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditTrail {
    /// The events in the order in which they came.
    pub events: Vec<AuditEvent>,
    /// Whether they were read to their end.
    pub is_whole: bool,
}

impl AuditTrail {
    /// Whether the newest event of an object that is in the trail is its newest event. Of events
    /// that broke off, those that came newest first are.
    pub fn knows_the_newest(&self) -> bool {
        self.is_whole || self.events.is_sorted_by(|one, next| one.at >= next.at)
    }

    /// The newest event of each object by its folded identifier, `own` changes left out.
    pub fn newest(&self, own: Uuid) -> HashMap<String, &AuditEvent> {
        let mut newest: HashMap<String, &AuditEvent> = HashMap::new();
        for event in self.events.iter().filter(|event| event.app != Some(own)) {
            for object in &event.objects {
                let place = newest.entry(object.to_ascii_lowercase()).or_insert(event);
                if event.at > place.at {
                    *place = event;
                }
            }
        }
        newest
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OWN: Uuid = Uuid::from_u128(1);

    fn event(minute: u32, actor: Value, result: &str) -> Value {
        json!({
            "activityDateTime": format!("2026-03-02T10:{minute:02}:00.1234567Z"),
            "activityType": "Patch DeviceConfiguration",
            "activityOperationType": "Patch",
            "activityResult": result,
            "actor": actor,
            "resources": [{ "resourceId": "a" }, { "resourceId": null }, { "resourceId": "B" }],
        })
    }

    fn person(name: &str) -> Value {
        json!({
            "auditActorType": "ItPro",
            "applicationId": Uuid::from_u128(2),
            "applicationDisplayName": "Portal",
            "userPrincipalName": name,
        })
    }

    fn app(id: Uuid) -> Value {
        json!({
            "auditActorType": "Application",
            "applicationId": id,
            "applicationDisplayName": "Deployer",
            "userPrincipalName": null,
        })
    }

    #[test]
    fn people_have_their_sign_in_name_and_apps_theirs() {
        let name = |actor| {
            AuditEvent::read(&event(0, actor, "Success"))
                .unwrap()
                .actor_name
        };
        let cases = [
            (person("ann@contoso.example"), Some("ann@contoso.example")),
            (app(OWN), Some("Deployer")),
            (json!({ "servicePrincipalName": "spn" }), Some("spn")),
            (json!({ "userPrincipalName": "ann" }), Some("ann")),
            (
                json!({ "auditActorType": "ItPro", "applicationDisplayName": "Portal" }),
                Some("Portal"),
            ),
            (
                json!({ "auditActorType": "ItPro", "userPrincipalName": "" }),
                None,
            ),
            (Value::Null, None),
        ];
        for (actor, expected) in cases {
            assert_eq!(name(actor.clone()).as_deref(), expected, "{actor}");
        }
    }

    #[test]
    fn what_failed_or_lacks_its_time_is_no_change() {
        for result in ["Failure", "fail", "FAILED"] {
            assert_eq!(AuditEvent::read(&event(0, app(OWN), result)), None);
        }
        let mut timeless = event(0, app(OWN), "Success");
        timeless["activityDateTime"] = "soon".into();
        assert_eq!(AuditEvent::read(&timeless), None);
        let read = AuditEvent::read(&event(0, app(OWN), "Success")).unwrap();
        assert_eq!((read.operation.as_str(), read.app), ("Patch", Some(OWN)));
        assert_eq!(read.objects, ["a", "B"]);
    }

    #[test]
    fn the_newest_event_counts_and_none_of_our_own() {
        let read = |minute, actor| AuditEvent::read(&event(minute, actor, "Success")).unwrap();
        let events = vec![
            read(1, person("ann")),
            read(3, person("bob")),
            read(2, person("eve")),
            read(4, app(OWN)),
        ];
        let trail = |events: &[AuditEvent], is_whole| AuditTrail {
            events: events.to_vec(),
            is_whole,
        };
        let whole = trail(&events, true);
        let newest = whole.newest(OWN);
        assert_eq!(newest.len(), 2);
        assert_eq!(newest["b"].actor_name.as_deref(), Some("bob"));
        assert!(whole.knows_the_newest());
        assert!(!trail(&events, false).knows_the_newest());
        let (_, sorted) = events.split_at(1);
        assert!(trail(&sorted[..2], false).knows_the_newest());
    }
}
