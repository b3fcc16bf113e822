//! What a transaction has to tell once it is committed: messages for people, and which runs have ended,
//! for those who count. Nothing of it is told of a transaction that is undone.

use chrono::TimeDelta;

use crate::domain::{
    failure::FailureCode,
    notification::Notice,
    run::{Run, RunState, RunStatus, TriggerKind},
};

/// Collected in the course of a transaction.
#[derive(Debug, Default)]
pub struct Notices {
    pub(super) messages: Vec<Notice>,
    pub(super) ended: Vec<Ended>,
}

/// A run that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) status: RunStatus,
    pub(super) trigger: TriggerKind,
    /// From its first claim to its end; none for one that never began.
    pub(super) length: Option<TimeDelta>,
    pub(super) failure: Option<FailureCode>,
}

impl Notices {
    /// Adds a message for people.
    pub fn push(&mut self, message: Notice) {
        self.messages.push(message);
    }

    /// Adds that a run has ended. One that has not is passed over.
    pub fn note_end(&mut self, run: &Run) {
        if let RunState::Ended { at, outcome } = &run.state {
            self.ended.push(Ended {
                status: outcome.status(),
                trigger: run.trigger.kind(),
                length: run.started_at.map(|began| *at - began),
                failure: outcome.failure().map(|failure| failure.code),
            });
        }
    }
}

impl Extend<Notice> for Notices {
    fn extend<T: IntoIterator<Item = Notice>>(&mut self, messages: T) {
        self.messages.extend(messages);
    }
}
