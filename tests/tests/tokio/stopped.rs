//! A program that was stopped (a signal, a suspended laptop, a debugger) first reads what the port holds, and then judges
//! how late it is. The runtime knows that time has passed before it knows that bytes have come.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use cmqtt_tokio::at_proto::cmqtt::{QoS, Topic};
use cmqtt_tokio::at_proto::network::Signal;
use cmqtt_tokio::{Client, Config, Outcome, Publication};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex};

use crate::setup::in_virtual_time;

/// Longer than a publish may take.
const STOPPED: Duration = Duration::from_secs(75);

/// A port as the runtime sees it after the program was stopped: it is silent the first time that it is asked, and the
/// runtime is told at its next turn that it is not.
struct Stoppable {
    port: DuplexStream,
    was_stopped: Arc<AtomicBool>,
}

impl AsyncRead for Stoppable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.was_stopped.swap(false, Ordering::Relaxed) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.port).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stoppable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.port).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.port).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.port).poll_shutdown(cx)
    }
}

/// What the modem hears and says, line by line; what it says last is said while the program is stopped.
async fn talk(
    mut modem: DuplexStream,
    was_stopped: Arc<AtomicBool>,
    script: Vec<(&'static str, &'static str)>,
) -> DuplexStream {
    let (&(last, result), before) = script.split_last().expect("a conversation");
    for &(expected, said) in before {
        hear(&mut modem, expected).await;
        modem.write_all(said.as_bytes()).await.unwrap();
    }
    hear(&mut modem, last).await;
    // The driver waits for the answer when the program is stopped.
    tokio::time::sleep(Duration::from_millis(1)).await;
    modem.write_all(result.as_bytes()).await.unwrap();
    was_stopped.store(true, Ordering::Relaxed);
    tokio::time::advance(STOPPED).await;
    modem
}

async fn hear(modem: &mut DuplexStream, expected: &str) {
    let mut heard = vec![0; expected.len()];
    modem.read_exact(&mut heard).await.unwrap();
    assert_eq!(
        heard.escape_ascii().to_string(),
        expected.as_bytes().escape_ascii().to_string()
    );
}

fn driver() -> (Client, DuplexStream, Arc<AtomicBool>) {
    let (port, modem) = duplex(4096);
    let was_stopped = Arc::new(AtomicBool::new(false));
    let port = Stoppable {
        port,
        was_stopped: Arc::clone(&was_stopped),
    };
    (Client::new(port, Config::SIM7028), modem, was_stopped)
}

#[test]
fn publish_ends_with_the_result_that_came_while_the_program_was_stopped() {
    for (qos, publish) in [
        (QoS::AtMostOnce, "AT+CMQTTPUB=0,0,60\r"),
        (QoS::AtLeastOnce, "AT+CMQTTPUB=0,1,60\r"),
        (QoS::ExactlyOnce, "AT+CMQTTPUB=0,2,60\r"),
    ] {
        in_virtual_time(async {
            let (client, modem, was_stopped) = driver();
            let script = [
                ("AT+CMQTTTOPIC=0,1\r", "\r\n>"),
                ("t", "\r\nOK\r\n"),
                ("AT+CMQTTPAYLOAD=0,1\r", "\r\n>"),
                ("p", "\r\nOK\r\n"),
                (publish, "\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n"),
            ];
            let publication = Publication {
                client: 0,
                topic: Topic::new("t").unwrap(),
                payload: b"p",
                qos,
                retain: false,
                timeout: 60,
            };
            let talking = tokio::spawn(talk(modem, was_stopped, script.to_vec()));
            let outcome = client.publish(&publication).await;
            let mut modem = talking.await.unwrap();
            assert_eq!(outcome.unwrap(), Outcome::Delivered, "{qos:?}");
            drop(client);
            let mut rest = Vec::new();
            modem.read_to_end(&mut rest).await.unwrap();
            assert_eq!(rest.escape_ascii().to_string(), "", "nothing is published twice");
        });
    }
}

#[test]
fn command_ends_with_the_answer_that_came_while_the_program_was_stopped() {
    in_virtual_time(async {
        let (client, modem, was_stopped) = driver();
        let script = [("AT+CSQ\r", "\r\n+CSQ: 20,0\r\n\r\nOK\r\n")];
        let talking = tokio::spawn(talk(modem, was_stopped, script.to_vec()));
        let strength = client.command(&Signal, |signal| signal.dbm()).await;
        let _modem = talking.await.unwrap();
        assert!(strength.unwrap().is_some());
    });
}

#[test]
fn command_that_is_not_answered_ends_after_its_time() {
    in_virtual_time(async {
        let (client, _modem, _) = driver();
        let begun = tokio::time::Instant::now();
        client.command(&Signal, |_| ()).await.expect_err("nothing comes");
        let waited = begun.elapsed();
        assert!(
            waited >= Duration::from_secs(9) && waited < Duration::from_millis(9100),
            "{waited:?}"
        );
    });
}
