//! The terminal on which the progress line is drawn. A frame goes out in one piece, and nobody waits for it.

use std::io;
use std::sync::{Mutex, PoisonError};

use indicatif::TermLike;

use crate::output;

/// Collects a frame until it is whole.
#[derive(Debug, Default)]
pub(super) struct Screen {
    frame: Mutex<String>,
}

impl Screen {
    fn push(&self, text: &str) {
        let mut frame = self.frame.lock().unwrap_or_else(PoisonError::into_inner);
        frame.push_str(text);
    }

    /// An escape sequence that moves the cursor.
    fn move_cursor(&self, by: usize, direction: char) {
        if by > 0 {
            self.push(&format!("\x1b[{by}{direction}"));
        }
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        let size = rustix::termios::tcgetwinsize(io::stderr());
        size.ok()
            .map(|size| size.ws_col)
            .filter(|&columns| columns > 0)
            .unwrap_or(COLUMNS)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A');
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B');
        Ok(())
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C');
        Ok(())
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D');
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.push(text);
        self.push("\n");
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.push(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.push("\r\x1b[2K");
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut frame = self.frame.lock().unwrap_or_else(PoisonError::into_inner);
        output::draw(std::mem::take(&mut *frame).into_bytes());
        Ok(())
    }
}

/// Of a terminal that does not know its width.
const COLUMNS: u16 = 80;
