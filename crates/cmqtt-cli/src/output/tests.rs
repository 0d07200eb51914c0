//! The queue in front of a pipe.

use std::io::{PipeReader, Read, pipe};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, channel};

use super::lane::MOST_BYTES;
use super::*;

const PRINTER: Option<Printer> = Some(Printer::lines("test"));

/// A lane for standard output, the pipe's other end, and what is told of losses.
fn lane() -> (Arc<Lane>, PipeReader, Receiver<u64>) {
    let (reader, writer) = pipe().expect("a pipe");
    let (sender, told) = channel();
    let tell = move |count, printer: Option<Printer>| printer.is_some() && sender.send(count).is_ok();
    let file = File::from(OwnedFd::from(writer));
    (Lane::start(Some(Ok(file)), None, tell), reader, told)
}

fn offer(lane: &Lane, len: usize) -> bool {
    lane.offer(Stream::Output, vec![b'x'; len], PRINTER)
        .expect("somebody may read")
}

#[tokio::test]
async fn a_full_queue_drops_the_newest_and_tells_how_many_once_output_moves() {
    let (lane, mut reader, told) = lane();
    assert!(offer(&lane, MOST_BYTES));
    assert!(!offer(&lane, 1) && !offer(&lane, 2));
    let mut read = vec![0; MOST_BYTES];
    reader.read_exact(&mut read).expect("all of it");
    assert_eq!(told.recv(), Ok(2));
    lane.written(Duration::from_secs(20)).await;
    assert!(offer(&lane, 3));
    reader.read_exact(&mut read[..3]).expect("the next");
    let outcome = lane.abandon(Stream::Output);
    assert!(outcome.has_lost && outcome.lost <= 1 && outcome.failed.is_none());
}

#[tokio::test]
async fn what_nobody_has_read_at_the_end_is_lost() {
    let (lane, _reader, _told) = lane();
    let more_than_a_pipe_takes = 1024 * 1024;
    assert!((0..3).all(|_| offer(&lane, more_than_a_pipe_takes)));
    lane.written(Duration::from_millis(1)).await;
    let outcome = lane.abandon(Stream::Output);
    assert_eq!((outcome.lost, outcome.has_lost), (3, false));
}

#[tokio::test]
async fn a_reader_that_has_gone_is_told_of() {
    let (lane, reader, _told) = lane();
    drop(reader);
    assert!(offer(&lane, 1));
    assert_eq!(lane.broken().await.kind(), io::ErrorKind::BrokenPipe);
    let refused = lane.offer(Stream::Output, vec![b'x'], PRINTER);
    assert_eq!(
        refused.expect_err("nobody reads").kind(),
        io::ErrorKind::BrokenPipe
    );
    lane.written(Duration::from_secs(20)).await;
    let outcome = lane.abandon(Stream::Output);
    assert_eq!(outcome.lost, 0);
    assert!(outcome.failed.is_some());
}

#[test]
fn losses_are_told_in_plain_numbers() {
    let one = not_printed(1, "messages", Stream::Output);
    assert_eq!(
        one,
        "1 message was not printed: the reader of standard output is too slow"
    );
    let more = not_printed(30, "lines", Stream::Error);
    assert_eq!(
        more,
        "30 lines were not printed: the reader of standard error is too slow"
    );
}
