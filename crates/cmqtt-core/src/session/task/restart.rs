//! Restarting the modem: `AT+CRESET`, and the time until it is worth asking for.

use core::time::Duration;

use at_proto::Command;
use at_proto::basic::Restart as RestartCommand;

use super::{Act, Answer, Ask, Context};
use crate::request::Cause;
use crate::session::progress::Step;
use crate::timer::WaitReason;

#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Restart;

impl Restart {
    #[expect(clippy::unused_self, reason = "all tasks have this method")]
    pub(super) fn next<M>(self, answer: Answer<'_>, cx: &mut Context<'_, M>) -> Act {
        match answer {
            Answer::Begin => {
                cx.begin(Step::Restart, BOOT);
                Act::Ask(Ask::Restart)
            }
            // A boot line ends the pause, and nothing else does; families of which none is known are asked when it is over.
            Answer::Done(_) => Act::Pause(BOOT, WaitReason::PowerUp),
            Answer::Paused => Act::Done,
            Answer::Failed(failure) if failure.cause == Cause::Restarted => Act::Done,
            Answer::Failed(_) | Answer::NotTaken(_) => answer.fail(RestartCommand::NAME),
        }
    }
}

/// How long a modem may take from `AT+CRESET` until it answers: families whose manual says so need 10 to 15 s.
const BOOT: Duration = Duration::from_secs(20);
