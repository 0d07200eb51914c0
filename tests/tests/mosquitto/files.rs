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

#[test]
fn a_folder_that_takes_nothing_is_an_error_and_the_modem_goes_on() {
    let broker = Mosquitto::start();
    let folder = programs::folder();
    let inner = folder.path().join("inner");
    let mut bench = Bench::with(Family::Sim7028, modem(&inner), &broker);
    bench.store("ca.pem");
    std::fs::remove_dir_all(&inner).expect("removed");
    assert!(bench.try_store("client.pem", b"x").is_err());
    assert_eq!(list(&mut bench), [""; 0]);
    std::fs::create_dir(&inner).expect("made");
    // A folder where the file should be.
    std::fs::create_dir(inner.join("client.pem")).expect("made");
    assert!(bench.try_store("client.pem", b"x").is_err());
    bench.store("ca.pem");
    assert_eq!(list(&mut bench), ["ca.pem"]);
    assert_eq!(
        std::fs::read_dir(&inner).expect("a folder").count(),
        2,
        "nothing half-written stays"
    );
    bench.set(0, "authmode=1 cacert=ca.pem");
    bench.acquire(Transport::Tls);
    bench
        .connect(&localhost(&broker, Listener::Tls))
        .expect("connected");
    bench.exchange();
}

#[test]
fn what_lies_in_the_folder_does_not_lead_out_of_it() {
    let broker = Mosquitto::start();
    let (folder, outside) = (programs::folder(), programs::folder());
    let target = outside.path().join("target");
    std::fs::write(&target, "untouched").expect("a file");
    for link in ["link.pem", ".new.pem"] {
        std::os::unix::fs::symlink(&target, folder.path().join(link)).expect("a link");
    }
    std::fs::write(folder.path().join("large.pem"), vec![b'x'; 10_241]).expect("a file");
    let mut bench = Bench::with(Family::Sim7028, modem(folder.path()), &broker);
    assert_eq!(list(&mut bench), [""; 0]);
    bench.store_as("link.pem", b"mine");
    bench.store_as("new.pem", b"mine");
    assert_eq!(list(&mut bench), ["link.pem", "new.pem"]);
    assert_eq!(std::fs::read(&target).expect("a file"), b"untouched");
}
