//! Variables that an operation cannot do without.

use async_graphql::{
    ServerError, Value, Variables,
    parser::types::{OperationDefinition, VariableDefinition},
};

use super::error::{Code, Refusal};

/// Refuses an operation that misses a value for one of its variables. The library would find out
/// field by field, when others have been carried out.
pub(super) fn check(
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<(), ServerError> {
    let definitions = &operation.variable_definitions;
    let missing = definitions
        .iter()
        .find(|definition| is_missing(&definition.node, variables));
    let Some(missing) = missing else {
        return Ok(());
    };
    let message = format!("the variable `${}` needs a value", missing.node.name.node);
    let mut error = ServerError::from(Refusal::new(Code::ValidationFailed, message));
    error.locations.push(missing.pos);
    Err(error)
}

fn is_missing(definition: &VariableDefinition, variables: &Variables) -> bool {
    let value = variables.get(&definition.name.node);
    let is_null = value == Some(&Value::Null);
    let is_left_out = value.is_none() && definition.default_value.is_none();
    !definition.var_type.node.nullable && (is_null || is_left_out)
}
