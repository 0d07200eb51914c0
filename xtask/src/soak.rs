//! `cargo xtask soak [--minutes N] [--seed N]`: both adapters for minutes, behind modems for which everything goes wrong, and
//! a broker that is killed again and again. What was reported delivered has to have arrived.

use crate::shell::{Result, Run};

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut minutes = 5;
    let mut seed = 1;
    let mut arguments = arguments.iter();
    while let Some(option) = arguments.next() {
        let value = match option.as_str() {
            "--minutes" => &mut minutes,
            "--seed" => &mut seed,
            other => return Err(format!("{other}: there are --minutes N and --seed N")),
        };
        *value = arguments
            .next()
            .and_then(|number| number.parse::<u64>().ok())
            .ok_or_else(|| format!("{option}: expected a number"))?;
    }
    if minutes == 0 {
        return Err("--minutes: at least 1; a shorter one is among the tests".to_owned());
    }
    Run::new("cargo test --locked --package cmqtt-tests --test soak -- --nocapture")
        .environment("CMQTT_SOAK_MINUTES", &minutes.to_string())
        .environment("CMQTT_SOAK_SEED", &seed.to_string())
        .last_step("soak")
}
