//! The `tenantatlas` program.

fn main() {}
