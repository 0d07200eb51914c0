//! The three functions of the C library that a program needs in order to be seen doing something.

mod c {
    use core::ffi::{c_int, c_void};

    #[link(name = "c")]
    unsafe extern "C" {
        pub(super) fn read(fd: c_int, into: *mut c_void, len: usize) -> isize;
        pub(super) fn write(fd: c_int, from: *const c_void, len: usize) -> isize;
        #[cfg(not(feature = "no-panic"))]
        pub(super) safe fn abort() -> !;
    }
}

/// Standard input, as much as there is room for.
pub(crate) fn read_all(memory: &mut [u8]) -> &[u8] {
    let mut len = 0;
    while let Some(room) = memory.get_mut(len..)
        && !room.is_empty()
    {
        // SAFETY: `room` is writable for its whole length.
        let read = unsafe { c::read(0, room.as_mut_ptr().cast(), room.len()) };
        match usize::try_from(read) {
            Ok(read) if read > 0 => len += read,
            _ => break,
        }
    }
    memory.get(..len).unwrap_or_default()
}

/// Writes to standard output. What cannot be written is nobody's loss here.
pub(crate) fn write(bytes: &[u8]) {
    // SAFETY: `bytes` is readable for its whole length.
    let _ = unsafe { c::write(1, bytes.as_ptr().cast(), bytes.len()) };
}

#[cfg(not(feature = "no-panic"))]
pub(crate) fn abort() -> ! {
    c::abort()
}

/// Lets [`core::fmt`] write to standard output.
pub(crate) struct Output;

impl core::fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        write(text.as_bytes());
        Ok(())
    }
}
