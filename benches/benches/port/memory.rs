//! The memory of one session.

use std::io::{self, Read, Write};
use std::mem::size_of;
use std::time::Duration;

use cmqtt_blocking::{Client, Config, Memory, Port};
use cmqtt_core::Session;
use stats_alloc::Region;

use crate::ALLOCATOR;

/// A port that stays silent.
struct Silent;

impl Read for Silent {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::TimedOut.into())
    }
}

impl Write for Silent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Port for Silent {
    fn set_timeout(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn print() {
    println!("The memory of one session, in bytes:");
    println!(
        "{:<44}{:>8}",
        "cmqtt-core's Client, without what it is lent",
        size_of::<cmqtt_core::Client<&mut [u8]>>()
    );
    println!(
        "{:<44}{:>8}",
        "cmqtt-core's Session, without what it is lent",
        size_of::<Session<&mut [u8]>>()
    );
    println!(
        "{:<44}{:>8}",
        "cmqtt-blocking's Client, on the stack",
        size_of::<Client<Silent>>()
    );
    let small = Memory {
        line: 512,
        message: 1024,
        request: 1024,
        information: 512,
        plan: 512,
        ..Memory::default()
    };
    for (name, memory) in [("the default", Memory::default()), ("a small one", small)] {
        let region = Region::new(ALLOCATOR);
        let client = Client::with_memory(Silent, Config::SIM7028, memory);
        let allocated = region.change().bytes_allocated;
        drop(client);
        println!(
            "{:<44}{allocated:>8}",
            format!("and on the heap, with {name}'s Memory")
        );
    }
}
