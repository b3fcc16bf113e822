//! What a document may cost, found out before anything of it is carried out, and how large its
//! answer may become.
//!
//! The parser recurses, and the library walks fragments as often as they are spread: 22 fragments
//! that each spread the next twice keep it busy for seconds. So brackets and tokens are counted
//! before parsing, and selections after it, with memory of each fragment's size.

mod answer;
mod complexity;
mod shape;
mod tokens;

use async_graphql::{
    ServerError,
    parser::{parse_query, types::ExecutableDocument},
};

pub(super) use self::{answer::AnswerLimit, complexity::ComplexityLimit};
use super::{
    error::{Code, Refusal},
    settings::Limits,
};

/// Parses a document that keeps the limits.
pub(super) fn read(document: &str, limits: &Limits) -> Result<ExecutableDocument, ServerError> {
    tokens::check(document, limits)?;
    let document = parse_query(document).map_err(|error| {
        let refusal = Refusal::new(Code::ParseFailed, "the document is not GraphQL");
        let mut told = ServerError::from(refusal);
        told.locations = error.positions().collect();
        told
    })?;
    shape::check(&document, limits)?;
    Ok(document)
}

/// Refuses more than `most` of something.
fn at_most(code: Code, what: &str, most: usize, found: usize) -> Result<(), Refusal> {
    if found <= most {
        return Ok(());
    }
    let message = format!("a request may have {what} of at most {most}, not {found}");
    Err(Refusal::new(code, message))
}

#[cfg(test)]
mod tests;
