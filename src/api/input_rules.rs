//! Rules that the inputs of several mutations share.

use async_graphql::{InputType, MaybeUndefined};

use super::faults::{Faults, UserErrorCode};
use crate::domain::name::{Name, NameError};

/// A member that was given. Absent means unchanged; null means nothing here.
pub(super) fn given<T: InputType>(
    member: MaybeUndefined<T>,
    called: &str,
    faults: &mut Faults,
) -> Option<T> {
    match member {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Value(value) => Some(value),
        MaybeUndefined::Null => {
            let message = "leave it out to keep it as it is; it cannot be null";
            faults.add(UserErrorCode::Required, message, &["input", called]);
            None
        }
    }
}

/// A name, in the member `name` of the input.
pub(super) fn name(text: &str, faults: &mut Faults) -> Option<Name> {
    let broken: NameError = match text.parse() {
        Ok(name) => return Some(name),
        Err(broken) => broken,
    };
    let code = match broken {
        NameError::Blank => UserErrorCode::Blank,
        NameError::TooLong { .. } => UserErrorCode::TooLong,
    };
    faults.add(code, broken.to_string(), &["input", "name"]);
    None
}
