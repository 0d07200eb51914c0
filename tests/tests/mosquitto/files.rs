//! A modem whose files are a folder's: what it takes, where it lies, and what it says when there is no room.

use cmqtt_blocking::Transport;
use cmqtt_blocking::at_proto::Quoted;
use cmqtt_blocking::at_proto::tls::{DeleteFile, ListFiles};
use cmqtt_sim::host::FolderFiles;
use cmqtt_sim::{Family, Modem, Profile};
use cmqtt_tests::certificates::Certificates;
use cmqtt_tests::mosquitto::{Listener, Mosquitto};
use cmqtt_tests::programs;

use super::bench::{Bench, localhost};

fn modem(folder: &std::path::Path) -> Modem {
    let files = FolderFiles::open(folder).expect("a folder");
    Modem::with_files(Profile::SIM7028.at_once(), files)
}

#[track_caller]
fn list(bench: &mut Bench) -> Vec<String> {
    let names = bench.modem.command(&ListFiles, |files| {
        let name = |name: Quoted<'_>| String::from_utf8_lossy(name.as_bytes()).into_owned();
        files
            .map(|file| file.map(|file| name(file.name)))
            .collect::<Result<Vec<_>, _>>()
    });
    names.expect("a list").expect("names")
}

#[test]
fn what_one_modem_stores_the_next_one_holds() {
    let broker = Mosquitto::start();
    let folder = programs::folder();
    let mut first = Bench::with(Family::Sim7028, modem(folder.path()), &broker);
    first.store("ca.pem");
    first.store_as("../../escaped.pem", b"x");
    drop(first);
    // Somebody puts another beside it.
    std::fs::write(
        folder.path().join("client.pem"),
        Certificates::get().read("client.pem"),
    )
    .expect("a file");
    let mut bench = Bench::with(Family::Sim7028, modem(folder.path()), &broker);
    assert_eq!(list(&mut bench), ["../../escaped.pem", "ca.pem", "client.pem"]);
    let entries = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(entries, 3, "all lies in the folder, and nothing else");
    let name = Quoted::new("../../escaped.pem").expect("a name");
    bench
        .modem
        .command(&DeleteFile { name }, |()| ())
        .expect("deleted");
    assert_eq!(list(&mut bench), ["ca.pem", "client.pem"]);
    bench.set(0, "authmode=1 cacert=ca.pem");
    bench.acquire(Transport::Tls);
    bench
        .connect(&localhost(&broker, Listener::Tls))
        .expect("connected");
    bench.exchange();
}
