//! What a check found, as a line for people and as JSON.

use std::fmt;

use serde_json::{Value, json};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// As it should be.
    Ok,
    /// It works, and somebody should know.
    Warn,
    /// It does not work.
    Fail,
}

impl Grade {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }
}

/// One fact about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) grade: Grade,
    /// What was looked at.
    pub(super) what: &'static str,
    /// What was found.
    pub(super) found: String,
    /// What to do about it; none where nothing has to be done.
    pub(super) remedy: Option<String>,
}

impl Finding {
    pub(super) fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            grade: Grade::Ok,
            what,
            found: found.into(),
            remedy: None,
        }
    }

    pub(super) fn warn(
        what: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            grade: Grade::Warn,
            remedy: Some(remedy.into()),
            ..Self::ok(what, found)
        }
    }

    pub(super) fn fail(
        what: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            grade: Grade::Fail,
            ..Self::warn(what, found, remedy)
        }
    }

    /// The same for programs.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "grade": self.grade.as_str().to_ascii_lowercase(),
            "what": self.what,
            "found": self.found,
            "remedy": self.remedy,
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (grade, found) = (self.grade.as_str(), one_line(&self.found));
        write!(f, "{grade:<4}  {:<14}  {found}", self.what)?;
        match &self.remedy {
            Some(remedy) => write!(f, ": {}", one_line(remedy)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_whatever_was_said() {
        let finding = Finding::fail("database", "it said\n\tno", "ask  again");
        assert_eq!(
            finding.to_string(),
            "FAIL  database        it said no: ask again"
        );
        assert!(Grade::Ok < Grade::Warn && Grade::Warn < Grade::Fail);
    }
}
