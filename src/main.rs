//! The `tenantatlas` program.

use std::process::ExitCode;

// The C library's allocator keeps what many threads took and gave back: under load the memory of a server
// grows for hours, to several times what it uses. SQLite allocates here, too.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // The first connection panics without a provider; a second installation changes nothing.
    drop(rustls::crypto::ring::default_provider().install_default());
    tenantatlas::cli::main()
}
