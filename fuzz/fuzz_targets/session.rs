//! Any bytes, requests and times into the session.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cmqtt_tests::fuzz::session(input));
