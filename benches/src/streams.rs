//! Streams as modems send them.

/// `OK` and the result URC of a publish, so often: two lines each time.
pub fn results(times: usize) -> Vec<u8> {
    b"\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n".repeat(times)
}

/// The answer to `AT+CSQ`, so often: two lines each time.
pub fn replies(times: usize) -> Vec<u8> {
    b"\r\n+CSQ: 23,0\r\n\r\nOK\r\n".repeat(times)
}

/// A received message with a payload of `len` bytes, so often.
pub fn bodies(len: usize, times: usize) -> Vec<u8> {
    let header = format!(
        "\r\n+CMQTTRXSTART: 0,9,{len}\r\n+CMQTTRXTOPIC: 0,9\r\nsimcommsg\r\n+CMQTTRXPAYLOAD: 0,{len}\r\n"
    );
    let message = [header.as_bytes(), &vec![b'x'; len], b"\r\n+CMQTTRXEND: 0\r\n"].concat();
    message.repeat(times)
}
