//! Both adapters through the same scenarios on real lines, a socket and a pseudo-terminal, in every family, with the
//! simulated modem in real time behind them.

mod clients;
mod failures;
mod keeping;
mod refusals;
mod sessions;
mod world;

/// Runs each scenario through each adapter.
macro_rules! through_both {
    ($($scenario:ident),* $(,)?) => {
        mod blocking {
            $(#[test]
            fn $scenario() {
                super::$scenario::<cmqtt_tests::driver::Blocking>();
            })*
        }

        mod tokio {
            $(#[test]
            fn $scenario() {
                super::$scenario::<cmqtt_tests::driver::Tokio>();
            })*
        }
    };
}
pub(crate) use through_both;
