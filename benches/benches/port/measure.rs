//! What a stretch of work costs this process.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use stats_alloc::Region;

use crate::ALLOCATOR;

/// What a message costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Messages a second.
    pub(crate) rate: f64,
    /// Seconds of processor time a message.
    pub(crate) cpu: f64,
    /// Allocations a message, those that are moved or grown among them.
    pub(crate) allocations: Option<f64>,
}

/// Of work that handles so many messages.
pub(crate) fn cost(count: u32, work: impl FnOnce()) -> Cost {
    let count = f64::from(count);
    let region = Region::new(ALLOCATOR);
    let (begun, used) = (Instant::now(), processor_time());
    work();
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), processor_time() - used);
    let stats = region.change();
    Cost {
        rate: count / wall,
        cpu: cpu / count,
        allocations: Some((stats.allocations + stats.reallocations) as f64 / count),
    }
}

/// Seconds of processor time that this process has used.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
