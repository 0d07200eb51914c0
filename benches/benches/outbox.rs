//! What it costs to have a message on disk: one by itself, and a hundred at once; in the outbox, in SQLite with a
//! write-ahead log that is synced at each commit, and in a file that is appended to and synced, which is the least that
//! any store can cost. All on the same disk, in the system's folder for temporary files (`TMPDIR` names another).

use std::fs::File;
use std::io::Write;
use std::time::Duration;

use cmqtt_outbox::{Limits, Message, Outbox};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rusqlite::Connection;

fn accept(c: &mut Criterion) {
    for count in [1_usize, 100] {
        let mut group = c.benchmark_group(format!("outbox/accept {count}"));
        group.throughput(Throughput::Elements(count as u64));
        settle(&mut group);
        group.bench_function("outbox", |b| {
            let place = tempfile::tempdir().expect("a folder");
            let mut outbox = Outbox::open(place.path(), &limits()).expect("an outbox");
            let messages = vec![message(); count];
            b.iter(|| outbox.accept_all(&messages).expect("room"));
        });
        group.bench_function("sqlite", |b| {
            let place = tempfile::tempdir().expect("a folder");
            let mut connection = sqlite(place.path());
            b.iter(|| {
                let transaction = connection.transaction().expect("a transaction");
                for _ in 0..count {
                    transaction
                        .prepare_cached(
                            "INSERT INTO messages (topic, payload, qos, retain) VALUES (?, ?, 1, 0)",
                        )
                        .and_then(|mut insert| insert.execute((TOPIC, PAYLOAD)))
                        .expect("room");
                }
                transaction.commit().expect("a commit");
            });
        });
        group.bench_function("appended file", |b| {
            let place = tempfile::tempdir().expect("a folder");
            let mut file = File::create(place.path().join("log")).expect("a file");
            let lines = PAYLOAD.repeat(count);
            b.iter(|| {
                let written = file.write_all(&lines).and_then(|()| file.sync_data());
                written.expect("room");
            });
        });
        group.finish();
    }
}

/// Accepted, handed out and confirmed: two commits.
fn deliver(c: &mut Criterion) {
    let mut group = c.benchmark_group("outbox/accept, hand out, confirm");
    settle(&mut group);
    group.bench_function("outbox", |b| {
        let place = tempfile::tempdir().expect("a folder");
        let mut outbox = Outbox::open(place.path(), &limits()).expect("an outbox");
        let message = message();
        b.iter(|| {
            outbox.accept(&message).expect("room");
            let next = outbox.next_message().expect("a disk").expect("a message");
            outbox.confirm(next.id).expect("a disk")
        });
    });
    group.bench_function("sqlite", |b| {
        let place = tempfile::tempdir().expect("a folder");
        let connection = sqlite(place.path());
        b.iter(|| {
            connection
                .prepare_cached("INSERT INTO messages (topic, payload, qos, retain) VALUES (?, ?, 1, 0)")
                .and_then(|mut insert| insert.execute((TOPIC, PAYLOAD)))
                .expect("room");
            let (id, _payload): (i64, Vec<u8>) = connection
                .prepare_cached("SELECT id, payload FROM messages ORDER BY id LIMIT 1")
                .and_then(|mut first| first.query_row((), |row| Ok((row.get(0)?, row.get(1)?))))
                .expect("a message");
            connection
                .prepare_cached("DELETE FROM messages WHERE id = ?")
                .and_then(|mut delete| delete.execute([id]))
                .expect("a disk")
        });
    });
    group.finish();
}

/// Opening reads the whole file.
fn open(c: &mut Criterion) {
    let mut group = c.benchmark_group("outbox/open");
    settle(&mut group);
    for count in [0_usize, 10_000] {
        group.bench_function(BenchmarkId::new("outbox", count), |b| {
            let place = tempfile::tempdir().expect("a folder");
            let mut outbox = Outbox::open(place.path(), &limits()).expect("an outbox");
            outbox.accept_all(&vec![message(); count]).expect("room");
            drop(outbox);
            b.iter(|| Outbox::open(place.path(), &limits()).expect("an outbox"));
        });
    }
    group.finish();
}

/// Disks differ from moment to moment.
fn settle(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.sample_size(30).measurement_time(Duration::from_secs(4));
}

fn limits() -> Limits {
    Limits {
        messages: u64::MAX,
        bytes: u64::MAX,
        ..Limits::default()
    }
}

fn message() -> Message {
    Message::new(TOPIC, PAYLOAD).expect("a message")
}

fn sqlite(place: &std::path::Path) -> Connection {
    let connection = Connection::open(place.join("outbox.sqlite")).expect("a database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT, payload BLOB, qos INTEGER, retain INTEGER)",
        )
        .expect("a table");
    connection
}

const TOPIC: &str = "meters/17/volts";
const PAYLOAD: &[u8] = &[b'x'; 100];

criterion_group!(benches, accept, deliver, open);
criterion_main!(benches);
