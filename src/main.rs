//! The `tenantatlas` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The first connection panics without a provider; a second installation changes nothing.
    drop(rustls::crypto::ring::default_provider().install_default());
    tenantatlas::cli::main()
}
