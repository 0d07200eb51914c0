//! Any value of every type to bytes, and back.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cmqtt_tests::fuzz::round_trip(input));
