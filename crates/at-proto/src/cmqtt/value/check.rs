//! The checks that several values share.

use crate::encode::Quoted;
use crate::error::ValueError;

/// The bytes are as many as `min` to `max`.
pub(super) const fn length(
    what: &'static str,
    bytes: &[u8],
    min: usize,
    max: usize,
) -> Result<(), ValueError> {
    let len = bytes.len();
    if len < min || len > max {
        return Err(ValueError::InvalidLength { what, len, min, max });
    }
    Ok(())
}

/// 1 to `max` bytes that can stand between quotation marks.
pub(super) fn quotable<'a>(
    what: &'static str,
    bytes: &'a [u8],
    max: usize,
) -> Result<Quoted<'a>, ValueError> {
    length(what, bytes, 1, max)?;
    Quoted::named(what, bytes)
}

/// 1 to 65535 bytes without NUL: what MQTT can carry as a topic or a topic filter (MQTT 3.1.1, section 4.7.3).
pub(super) fn mqtt_string(what: &'static str, text: &str) -> Result<(), ValueError> {
    length(what, text.as_bytes(), 1, usize::from(u16::MAX))?;
    refuse(what, text, |byte| byte == 0)
}

/// No byte of the text is one that `refused` tells.
pub(super) fn refuse(what: &'static str, text: &str, refused: impl Fn(u8) -> bool) -> Result<(), ValueError> {
    match text.bytes().enumerate().find(|&(_, byte)| refused(byte)) {
        Some((at, byte)) => Err(ValueError::InvalidByte { what, byte, at }),
        None => Ok(()),
    }
}
