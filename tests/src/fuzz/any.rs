//! Any value of every type that a line can carry, made from the bytes of an input.

use super::script::Script;

/// A value made from what is left of an input: any that the type's fields can hold.
pub(super) trait Any<'a>: Sized {
    fn any(script: &mut Script<'a>) -> Self;

    /// The value that the same line says in fewer words: a default may be left out, unless something follows it.
    fn spelled_out(self) -> Self {
        self
    }
}

macro_rules! any_struct {
    ($($name:ty { $($field:ident),* $(,)? })*) => { $(
        impl<'a> Any<'a> for $name {
            fn any(script: &mut Script<'a>) -> Self {
                Self { $($field: Any::any(script)),* }
            }
        }
    )* };
}

macro_rules! any_unit {
    ($($name:ident)*) => { $(
        impl Any<'_> for $name {
            fn any(_: &mut Script<'_>) -> Self {
                Self
            }
        }
    )* };
}

/// An enum from a byte: the arms in turn.
macro_rules! any_of {
    ($script:ident: $($value:expr),* $(,)?) => {{
        let choices: &[fn(&mut Script<'a>) -> Self] = &[$(|$script| {
            // Some need no byte.
            let _ = &$script;
            $value
        }),*];
        let choice = usize::from($script.byte().unwrap_or_default()) % choices.len();
        choices[choice]($script)
    }};
}

mod commands;
mod fields;
mod information;
