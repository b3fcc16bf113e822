//! The committed schema is the one that the server answers by.

use std::{env, fs, path::Path};

use tenantatlas::api::sdl;

/// Run with `UPDATE_SCHEMA=1` to write the text anew.
#[test]
fn the_committed_schema_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    if env::var_os("UPDATE_SCHEMA").is_some_and(|value| value == "1") {
        fs::write(&path, sdl()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == sdl(),
        "schema.graphql differs from the code; run the test with UPDATE_SCHEMA=1 and review the change"
    );
}
