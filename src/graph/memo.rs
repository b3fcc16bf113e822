//! What is asked for at most once a run: objects that several others name.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::sync::OnceCell;

use super::lane::lock;

/// Objects that are remembered; what is named beyond that is asked for each time.
const MOST: usize = 10_000;

type Answer = Arc<OnceCell<Option<Value>>>;

/// The answers so far, by path.
#[derive(Debug, Default)]
pub(super) struct Memo {
    answers: Mutex<HashMap<String, Answer>>,
}

impl Memo {
    /// The object at a path, none if there is none; asked for with `ask` unless it is known.
    /// Whoever comes while somebody asks waits for that answer; a failure is not remembered.
    pub(super) async fn once<E>(
        &self,
        path: &str,
        ask: impl Future<Output = Result<Option<Value>, E>>,
    ) -> Result<Option<Value>, E> {
        match self.answer(path) {
            Some(answer) => answer.get_or_try_init(|| ask).await.cloned(),
            None => ask.await,
        }
    }

    fn answer(&self, path: &str) -> Option<Answer> {
        let mut answers = lock(&self.answers);
        if answers.len() >= MOST {
            return answers.get(path).map(Arc::clone);
        }
        Some(Arc::clone(answers.entry(path.to_owned()).or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_remembered_and_a_failure_is_not() {
        let memo = Memo::default();
        let failed: Result<_, &str> = memo.once("a", async { Err("no") }).await;
        assert_eq!(failed, Err("no"));
        for asked in [Some(Value::from(1)), Some(Value::from(2)), None] {
            let answer: Result<_, &str> = memo.once("a", async { Ok(asked) }).await;
            assert_eq!(answer, Ok(Some(Value::from(1))));
        }
        let absent: Result<_, &str> = memo.once("b", async { Ok(None) }).await;
        assert_eq!(absent, Ok(None));
    }
}
