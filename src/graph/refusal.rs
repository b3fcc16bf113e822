//! Bodies of refusals. Intune wraps JSON as text in the message of JSON, up to several times;
//! gateways answer with HTML.

use std::time::Duration;

use serde_json::Value;

use super::retry;

/// How often a message is looked into for another message.
const LEVELS: usize = 4;
/// Longest message that is kept, in characters.
const LONGEST_MESSAGE: usize = 300;
/// Code that says nothing; the wrapped one counts then.
const UNKNOWN: &str = "UnknownError";

/// What an answer other than a success says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Refusal {
    /// Machine-readable code; empty if there is none.
    pub(super) code: String,
    /// Innermost message, without the service's internals; empty if there is none.
    pub(super) message: String,
    /// Seconds to wait, told within the body.
    retry_after_seconds: Option<f64>,
    /// Whether a service behind Graph speaks, whose words come wrapped.
    pub(super) is_of_service: bool,
}

impl Refusal {
    /// The wait that the body asks for.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.retry_after_seconds.and_then(retry::whole_seconds)
    }

    /// Reads the body of a refusal; anything that is not JSON counts as saying nothing.
    pub(super) fn read(body: &[u8]) -> Self {
        let first = serde_json::Deserializer::from_slice(body)
            .into_iter::<Value>()
            .next();
        let Some(Ok(body)) = first else {
            return Self::default();
        };
        let text = |name: &str| {
            let member = body.get("error").and_then(|error| error.get(name));
            member
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let mut refusal = Self {
            code: text("code"),
            message: text("message"),
            retry_after_seconds: None,
            is_of_service: false,
        };
        for _ in 0..LEVELS {
            if !refusal.unwrap_level() {
                break;
            }
        }
        refusal.message = shown(&refusal.message);
        refusal
    }

    fn unwrap_level(&mut self) -> bool {
        let text = self.message.trim();
        if !text.starts_with('{') {
            return false;
        }
        let Ok(inner) = serde_json::from_str::<Value>(text) else {
            return false;
        };
        if let Some(code) = inner.get("ErrorCode").and_then(Value::as_str)
            && (self.code.is_empty() || self.code == UNKNOWN)
        {
            code.clone_into(&mut self.code);
        }
        if let Some(seconds) = inner.get("RetryAfter").and_then(Value::as_f64) {
            self.retry_after_seconds = Some(seconds);
        }
        self.is_of_service = true;
        let message = inner.get("Message").and_then(Value::as_str);
        self.message = message.unwrap_or_default().to_owned();
        true
    }

    /// Names of the permissions that the message asks for.
    pub(super) fn scopes(&self) -> Vec<String> {
        let Some((_, list)) = self.message.split_once("scopes:") else {
            return Vec::new();
        };
        list.split(|c: char| c == ',' || c.is_whitespace())
            .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphabetic()))
            .filter(|word| is_scope(word))
            .map(str::to_owned)
            .collect()
    }

    /// Whether the tenant lacks a licence for what was asked, or never switched it on.
    pub(super) fn is_about_licence(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        message.contains("not applicable to target tenant")
    }

    /// Whether the directory lacks a premium licence. Its services refuse with 403 then, as they do
    /// when a permission is missing, but say so.
    pub(super) fn is_about_premium(&self) -> bool {
        self.code.contains("NonPremiumTenant")
            || self
                .message
                .to_ascii_lowercase()
                .contains("premium license")
    }

    /// Code and message for people.
    pub(super) fn text(&self) -> String {
        match (self.code.as_str(), self.message.as_str()) {
            ("", "") => "no reason given".to_owned(),
            (code, "") => code.to_owned(),
            ("", message) => message.to_owned(),
            (code, message) => format!("{code}: {message}"),
        }
    }
}

fn is_scope(word: &str) -> bool {
    let mut parts = word.split('.');
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphabetic());
    parts.clone().count() > 1 && parts.all(plain)
}

fn shown(message: &str) -> String {
    let own = message.split(" - Operation ID").next().unwrap_or_default();
    let own = own.split_whitespace().collect::<Vec<_>>().join(" ");
    own.chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample};
    use serde_json::json;

    use super::*;

    const TAIL: &str =
        " - Operation ID (for customer support): 0 - Activity ID: 1 - Url: https://fef.example/x";

    fn form_a(message: &str, retry_after: Value) -> String {
        let inner = json!({
            "_version": 3, "Message": format!("{message}{TAIL}"), "CustomApiErrorPhrase": "",
            "RetryAfter": retry_after, "ErrorSourceService": "", "HttpHeaders": "{}"
        });
        inner.to_string()
    }

    fn body(code: &str, message: &str) -> Vec<u8> {
        json!({"error": {"code": code, "message": message}})
            .to_string()
            .into_bytes()
    }

    #[test]
    fn every_form_gives_its_innermost_message() {
        let a = form_a("Not authorized", Value::Null);
        let b = json!({"ErrorCode": "Forbidden", "Message": a, "Details": null}).to_string();
        let c = json!({"Message": a}).to_string();
        for (code, message, expected) in [
            ("BadRequest", "Plain text", "BadRequest: Plain text"),
            ("Forbidden", a.as_str(), "Forbidden: Not authorized"),
            ("UnknownError", b.as_str(), "Forbidden: Not authorized"),
            ("UnknownError", c.as_str(), "UnknownError: Not authorized"),
            ("UnknownError", "", "UnknownError"),
            ("", "", "no reason given"),
            ("X", "{not json", "X: {not json"),
        ] {
            assert_eq!(Refusal::read(&body(code, message)).text(), expected);
        }
    }

    #[test]
    fn html_says_nothing_and_json_before_html_counts() {
        assert_eq!(Refusal::read(b"<html>503</html>"), Refusal::default());
        assert_eq!(
            Refusal::read(b"{\"error\":{\"code\":\"A\""),
            Refusal::default()
        );
        assert_eq!(
            Refusal::read(br#"{"error":"text"}<html>"#),
            Refusal::default()
        );
        assert_eq!(Refusal::read(br#"{"error":{"code":"A"}}<html>"#).code, "A");
    }

    #[test]
    fn a_wait_inside_the_body_is_found() {
        let message = form_a("Busy", json!(12.5));
        assert_eq!(
            Refusal::read(&body("Busy", &message)).retry_after(),
            Some(Duration::from_secs(13))
        );
        let message = form_a("Busy", Value::Null);
        assert_eq!(Refusal::read(&body("Busy", &message)).retry_after(), None);
    }

    #[test]
    fn a_missing_premium_licence_is_told_by_code_or_message() {
        for (code, message, is_premium) in [
            (
                "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                "",
                true,
            ),
            ("Forbidden", "The tenant doesn't have Premium license", true),
            (
                "Authorization_RequestDenied",
                "Insufficient privileges",
                false,
            ),
        ] {
            let refusal = Refusal::read(&body(code, message));
            assert_eq!(refusal.is_about_premium(), is_premium, "{code} {message}");
        }
    }

    #[test]
    fn scopes_are_named() {
        let text =
            "Application must have one of the following scopes: A.Read.All, A.ReadWrite.All.";
        let refusal = Refusal::read(&body("Forbidden", &form_a(text, Value::Null)));
        assert_eq!(refusal.scopes(), ["A.Read.All", "A.ReadWrite.All"]);
        assert!(Refusal::read(&body("Forbidden", "No.")).scopes().is_empty());
    }

    #[test]
    fn a_missing_licence_is_recognised() {
        let refusal = Refusal::read(&body(
            "BadRequest",
            "Request not applicable to target tenant.",
        ));
        assert!(refusal.is_about_licence());
        assert!(!Refusal::read(&body("BadRequest", "Invalid filter")).is_about_licence());
    }

    /// One level around a message.
    #[derive(Clone, Debug)]
    enum Wrap {
        /// Form A, and the innermost level of B and C.
        Numbered,
        /// The outer level of form B, with a code.
        Coded(&'static str),
        /// The outer level of form C.
        Bare,
    }

    fn any_wrap() -> impl Strategy<Value = Wrap> {
        let codes = sample::select(&["Forbidden", "BadRequest", UNKNOWN][..]);
        prop_oneof![
            Just(Wrap::Numbered),
            codes.prop_map(Wrap::Coded),
            Just(Wrap::Bare)
        ]
    }

    /// Texts that are no level of their own and have no internals to be cut off.
    fn any_message() -> impl Strategy<Value = String> {
        let own = |text: &String| !text.trim().starts_with('{') && !text.contains(" - Operation");
        ".{0,400}".prop_filter("a message", own)
    }

    fn wrapped(levels: &[Wrap], message: &str, tail: &str) -> String {
        let innermost = format!("{message}{tail}");
        levels.iter().rfold(innermost, |message, level| {
            match level {
            Wrap::Numbered => json!({
                "_version": 3, "Message": message, "CustomApiErrorPhrase": "", "RetryAfter": null,
                "ErrorSourceService": "", "HttpHeaders": "{}"
            }),
            Wrap::Coded(code) => json!({
                "ErrorCode": code, "Message": message, "Target": null, "Details": null,
                "InnerError": null, "InstanceAnnotations": []
            }),
            Wrap::Bare => json!({ "Message": message }),
        }
        .to_string()
        })
    }

    proptest! {
        #[test]
        fn any_nesting_gives_the_message_inside(
            code in sample::select(&["Forbidden", UNKNOWN, ""][..]),
            levels in vec(any_wrap(), 0..=LEVELS),
            message in any_message(),
            has_tail in any::<bool>(),
            page in "(<html>.*)?",
        ) {
            let tail = if has_tail { TAIL } else { "" };
            let mut bytes = body(code, &wrapped(&levels, &message, tail));
            bytes.extend(page.bytes());
            let refusal = Refusal::read(&bytes);

            let words = message.split_whitespace().collect::<Vec<_>>().join(" ");
            let wanted: String = words.chars().take(LONGEST_MESSAGE).collect();
            prop_assert_eq!(refusal.message, wanted);

            let is_said = |code: &&str| !code.is_empty() && *code != UNKNOWN;
            let inner = levels.iter().filter_map(|level| match level {
                Wrap::Coded(code) => Some(*code),
                Wrap::Numbered | Wrap::Bare => None,
            });
            let codes: Vec<&str> = std::iter::once(code).chain(inner).collect();
            let wanted = codes.iter().copied().find(is_said);
            let last = codes.iter().rev().copied().find(|code| !code.is_empty());
            prop_assert_eq!(refusal.code, wanted.or(last).unwrap_or_default());
        }

        #[test]
        fn nesting_without_end_ends(
            levels in vec(any_wrap(), LEVELS + 1..LEVELS + 4),
            message in "[a-z ]{0,20}",
        ) {
            let refusal = Refusal::read(&body(UNKNOWN, &wrapped(&levels, &message, "")));
            prop_assert!(refusal.message.starts_with('{'), "looked too deep: {}", refusal.message);
            prop_assert!(refusal.message.chars().count() <= LONGEST_MESSAGE);
        }

        #[test]
        fn the_innermost_wait_counts(seconds in vec(0.0..1e6_f64, 1..=LEVELS)) {
            let text = seconds.iter().rfold("busy".to_owned(), |message, seconds| {
                json!({"Message": message, "RetryAfter": seconds}).to_string()
            });
            let refusal = Refusal::read(&body("Busy", &text));
            let wanted = seconds.last().copied().and_then(retry::whole_seconds);
            prop_assert_eq!(refusal.retry_after(), wanted);
        }

        #[test]
        fn any_bytes_give_a_short_refusal(bytes in vec(any::<u8>(), 0..2000)) {
            let refusal = Refusal::read(&bytes);
            prop_assert!(refusal.message.chars().count() <= LONGEST_MESSAGE);
        }

        #[test]
        fn pages_of_gateways_say_nothing(page in "[ \r\n]{0,3}<[!a-zA-Z].{0,300}") {
            prop_assert_eq!(Refusal::read(page.as_bytes()), Refusal::default());
        }

        #[test]
        fn every_scope_that_is_named_is_found(
            scopes in vec("[A-Z][a-z]{2,9}\\.Read(Write)?\\.All", 1..5),
            levels in vec(any_wrap(), 0..=LEVELS),
        ) {
            let text = format!("Must have one of the following scopes: {}.", scopes.join(", "));
            let refusal = Refusal::read(&body("Forbidden", &wrapped(&levels, &text, TAIL)));
            prop_assert_eq!(refusal.scopes(), scopes);
        }
    }
}
