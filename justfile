# What a change has to pass; set TEST_DATABASE_URL to run the suite on PostgreSQL as well.
check:
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check
    cargo clippy --all-targets -- -D warnings
    cargo check --manifest-path fuzz/Cargo.toml --target-dir target
    cargo test
    RUSTDOCFLAGS='-D warnings' cargo doc --no-deps

# The same on a PostgreSQL that is started for it and thrown away.
check-postgres:
    #!/usr/bin/env bash
    set -euo pipefail
    dir=$(mktemp -d)
    trap 'scripts/test-postgres stop "$dir"' EXIT
    TEST_DATABASE_URL=$(scripts/test-postgres start "$dir") just check

# The product with three simulated tenants.
demo:
    cargo run --release -- demo

# Licences, sources and known vulnerabilities of what we depend on; needs cargo-deny and the network.
deny:
    cargo deny check
