//! What a client asks, as it is sent: a document, and what goes with it.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::error::{Code, Refusal};

/// A request that is well formed; whether it is valid is another question.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ask {
    /// The document.
    pub(super) query: String,
    /// Which of its operations.
    pub(super) operation_name: Option<String>,
    /// Values of its variables.
    pub(super) variables: Value,
    /// Which operations it may be about.
    pub(super) reach: Reach,
}

/// What a request may do by the way in which it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Whatever the caller may.
    Everything,
    /// Queries only: an address may be followed, fetched ahead or repeated by anybody on the way.
    Queries,
}

impl Ask {
    /// Reads the body of an HTTP request.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(parameters)) => Self::of(parameters),
            Ok(Value::Array(_)) => {
                let message = "one request at a time: the body must not be a list";
                Err(Refusal::new(Code::BatchingNotSupported, message))
            }
            Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                Err(bad_request("the body must be a JSON object"))
            }
            Err(_) => Err(bad_request("the body is not JSON in UTF-8")),
        }
    }

    /// Reads the query of an address. Its parameters are those of a body, each as text.
    pub(super) fn read_address(query: &str) -> Result<Self, Refusal> {
        let mut parameters = Map::new();
        for (name, text) in form_urlencoded::parse(query.as_bytes()) {
            let value = match name.as_ref() {
                "query" | "operationName" => Value::String(text.into_owned()),
                "variables" | "extensions" => serde_json::from_str(&text)
                    .map_err(|_| bad_request("`variables` and `extensions` must be JSON"))?,
                _ => continue,
            };
            parameters.insert(name.into_owned(), value);
        }
        let ask = Self::of(parameters)?;
        Ok(Self {
            reach: Reach::Queries,
            ..ask
        })
    }

    /// Reads the parameters of a request. Unknown ones are left alone.
    pub(super) fn of(mut parameters: Map<String, Value>) -> Result<Self, Refusal> {
        let query = match parameters.remove("query") {
            Some(Value::String(query)) => query,
            Some(_) => return Err(bad_request("`query` must be text")),
            None => return Err(bad_request("`query` is missing")),
        };
        let operation_name = match parameters.remove("operationName") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name),
            Some(_) => return Err(bad_request("`operationName` must be text")),
        };
        let variables = match parameters.remove("variables") {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(variables @ Value::Object(_)) => variables,
            Some(_) => return Err(bad_request("`variables` must be an object")),
        };
        match parameters.remove("extensions") {
            None | Some(Value::Null | Value::Object(_)) => Ok(Self {
                query,
                operation_name,
                variables,
                reach: Reach::Everything,
            }),
            Some(_) => Err(bad_request("`extensions` must be an object")),
        }
    }
}

fn bad_request(message: &str) -> Refusal {
    Refusal::new(Code::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_needs_a_query_and_may_have_more() {
        let code = |body: &str| Ask::read(body.as_bytes()).map_err(|refusal| refusal.code);
        let plain = code(r#"{"query": "{a}", "operationName": null, "other": 1}"#);
        assert_eq!(
            plain,
            Ok(Ask {
                query: "{a}".to_owned(),
                operation_name: None,
                variables: Value::Object(Map::new()),
                reach: Reach::Everything,
            })
        );
        for (body, expected) in [
            ("", Code::BadRequest),
            ("{", Code::BadRequest),
            ("null", Code::BadRequest),
            ("\"{a}\"", Code::BadRequest),
            ("{}", Code::BadRequest),
            ("[{\"query\": \"{a}\"}]", Code::BatchingNotSupported),
            (r#"{"query": 1}"#, Code::BadRequest),
            (r#"{"query": "{a}", "operationName": 1}"#, Code::BadRequest),
            (r#"{"query": "{a}", "variables": "x"}"#, Code::BadRequest),
            (r#"{"query": "{a}", "variables": []}"#, Code::BadRequest),
            (r#"{"query": "{a}", "extensions": []}"#, Code::BadRequest),
        ] {
            assert_eq!(code(body), Err(expected), "{body}");
        }
        let latin = b"{\"query\": \"{a(b: \\\"\xe4\\\")}\"}";
        assert!(Ask::read(latin).is_err());
    }
    #[test]
    fn an_address_asks_for_queries_only() {
        let read =
            Ask::read_address("query=%7Ba%7D&operationName=A&variables=%7B%22b%22%3A1%7D&c=d");
        assert_eq!(
            read,
            Ok(Ask {
                query: "{a}".to_owned(),
                operation_name: Some("A".to_owned()),
                variables: serde_json::json!({"b": 1}),
                reach: Reach::Queries,
            })
        );
        for address in ["", "operationName=A", "query=%7Ba%7D&variables=b"] {
            let refused = Ask::read_address(address).expect_err(address);
            assert_eq!(refused.code, Code::BadRequest);
        }
    }
}
