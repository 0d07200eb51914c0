//! Any line as every answer that there is.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cmqtt_tests::fuzz::line(input));
