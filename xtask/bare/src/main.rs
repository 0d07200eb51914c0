//! A program without std, without an allocator and without a way to panic that uses the cores. It reads what a
//! modem sent from standard input, so the optimiser knows nothing about the bytes, and writes what it understood.
//! That it links is the proof; `cargo xtask bare` builds it in every variant. With an argument it says what is held for
//! each modem, which `cargo xtask size` shows.
#![no_std]
#![no_main]

mod driver;
#[path = "../../../tests/src/every.rs"]
mod every;
mod held;
mod protocol;
mod system;

#[cfg(feature = "deliberate-alloc")]
extern crate alloc;
#[cfg(feature = "deliberate-std")]
extern crate std;

/// Called by the C runtime.
// SAFETY: the one symbol of this name, with the signature that the C runtime expects.
#[unsafe(no_mangle)]
extern "C" fn main(argc: core::ffi::c_int, _argv: *const *const core::ffi::c_char) -> core::ffi::c_int {
    if argc > 1 {
        held::print();
        return 0;
    }
    let mut memory = [0; 4096];
    let input = system::read_all(&mut memory);
    protocol::hear(input);
    protocol::understand(input);
    protocol::obey(input);
    driver::drive(input);
    #[cfg(feature = "deliberate-panic")]
    system::write(&input[7..8]);
    #[cfg(feature = "deliberate-alloc")]
    system::write(&alloc::boxed::Box::new([input.len() as u8])[..]);
    #[cfg(feature = "deliberate-std")]
    std::println!("{}", input.len());
    0
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(feature = "no-panic")]
    {
        unsafe extern "C" {
            fn a_panic_is_reachable() -> !;
        }
        // SAFETY: never runs. The symbol does not exist, so a program that could come here does not link.
        unsafe { a_panic_is_reachable() }
    }
    #[cfg(not(feature = "no-panic"))]
    system::abort()
}
