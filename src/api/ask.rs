//! What a client asks, as it is sent: a document, and what goes with it.

use serde_json::{Map, Value};

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
}
