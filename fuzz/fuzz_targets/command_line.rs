//! Any command line on the modem's side.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cmqtt_tests::fuzz::command_line(input));
