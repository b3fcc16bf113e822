//! Secrets as clients send them. There is no way back: the type is that of an input only, so that the
//! compiler refuses a field that would answer with one.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{
    InputType, InputValueError, InputValueResult, Value,
    registry::{MetaType, MetaTypeId, Registry},
};
use secrecy::SecretString;

/// Its name in the schema.
const NAME: &str = "Secret";

/// What the schema says of it.
const ABOUT: &str = "Secret text that goes in and never comes out again: a client secret, a private key.\nIt is not logged, not audited and not echoed in errors. No output field has this type.";

/// A secret that a client has sent.
#[derive(Debug)]
pub(super) struct Secret(pub(super) SecretString);

impl InputType for Secret {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(NAME)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::Scalar, |_| MetaType::Scalar {
            name: NAME.to_owned(),
            description: Some(ABOUT.to_owned()),
            is_valid: Some(Arc::new(|value| matches!(value, Value::String(_)))),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            specified_by_url: None,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        })
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value {
            Some(Value::String(text)) => Ok(Self(text.into())),
            // The library's own words would repeat the value.
            Some(_) | None => Err(InputValueError::custom("a secret is a text")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String("[secret]".to_owned())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_secret_goes_in_and_not_out() {
        let secret = Secret::parse(Some(Value::from("hunter2"))).expect("a secret");
        assert_eq!(secret.0.expose_secret(), "hunter2");
        let shown = format!("{secret:?} {}", secret.to_value());
        assert!(!shown.contains("hunter2"), "{shown}");
        let refused = Secret::parse(Some(Value::from(4711))).expect_err("no text");
        let told = refused.into_server_error(Default::default()).message;
        assert!(!told.contains("4711"), "{told}");
    }
}
