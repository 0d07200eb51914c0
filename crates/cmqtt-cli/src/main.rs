//! The program `cmqtt`.
fn main() {}
