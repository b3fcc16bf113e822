//! Payloads of mutations that make or change one thing.

/// Declares such a payload, which differs from others in its names and texts only.
macro_rules! payload {
    ($payload:ident $name:tt: $about:tt, $field:ident $made:ty: $what:tt) => {
        #[doc = $about]
        #[derive(async_graphql::SimpleObject)]
        #[graphql(name = $name)]
        pub(super) struct $payload {
            #[doc = $what]
            $field: Option<$made>,
            /// Expected failures; empty on success.
            user_errors: Vec<$crate::api::faults::UserError>,
        }

        impl From<std::result::Result<$made, $crate::api::faults::Faults>> for $payload {
            fn from(result: std::result::Result<$made, $crate::api::faults::Faults>) -> Self {
                match result {
                    Ok(made) => Self {
                        $field: Some(made),
                        user_errors: Vec::new(),
                    },
                    Err(faults) => Self {
                        $field: None,
                        user_errors: faults.into_errors(),
                    },
                }
            }
        }
    };
}
pub(super) use payload;
