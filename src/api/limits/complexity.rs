//! The points of a request: what its fields cost, pages by their size. They are known once the
//! document is valid, and counted against what the caller has left before anything is carried out.

use std::sync::Arc;

use async_graphql::{
    ServerError, ValidationResult,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
};

use super::{Code, at_most};
use crate::api::pace::Bill;

/// Refuses requests of more points than this, saying how many they have.
pub(in crate::api) struct ComplexityLimit(pub(in crate::api) usize);

impl ExtensionFactory for ComplexityLimit {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self(self.0))
    }
}

#[async_trait::async_trait]
impl Extension for ComplexityLimit {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        let (code, most) = (Code::QueryTooComplex, self.0);
        let points = result.complexity;
        at_most(code, "a number of points", most, points)
            .and_then(|()| match ctx.data_opt::<Arc<Bill>>() {
                Some(bill) => bill.count(points),
                None => Ok(()),
            })
            .map_err(|refusal| vec![refusal.into()])?;
        Ok(result)
    }
}
