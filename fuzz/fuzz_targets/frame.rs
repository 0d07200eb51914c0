//! Any bytes and any splits into the framer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cmqtt_tests::fuzz::frame(input));
