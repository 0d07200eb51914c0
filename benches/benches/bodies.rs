//! Received messages: their headers decoded, topic and payload copied out.

use std::hint::black_box;

use cmqtt_benches::{Atat, ByLength, ByName, Ours, Reads, bodies};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const TIMES: usize = 8;

fn messages(criterion: &mut Criterion) {
    for len in [64, 1024, 10 * 1024] {
        let stream = bodies(len, TIMES);
        assert_eq!(Ours::run(&stream, Reads::Single), (4 * TIMES, (len + 9) * TIMES));
        assert_eq!(
            Atat::<ByLength>::run(&stream, Reads::Of64),
            (4 * TIMES, (len + 9) * TIMES)
        );
        for reads in Reads::ALL {
            let mut group = criterion.benchmark_group(format!("messages of {len} bytes, {}", reads.name()));
            group.throughput(Throughput::Bytes(stream.len() as u64));
            group.sample_size(20);
            group.bench_function("at-proto", |bencher| {
                bencher.iter(|| Ours::run(black_box(&stream), reads));
            });
            group.bench_function("atat, by length", |bencher| {
                bencher.iter(|| Atat::<ByLength>::run(black_box(&stream), reads));
            });
            // By name a body is skipped as noise, again with every byte that comes: too slow to wait for.
            if reads != Reads::Single || len < 10 * 1024 {
                group.bench_function("atat, URCs by name", |bencher| {
                    bencher.iter(|| Atat::<ByName>::run(black_box(&stream), reads));
                });
            }
            group.finish();
        }
    }
    let body = vec![b'x'; 10 * 1024];
    let mut group = criterion.benchmark_group("a copy of 10240 bytes");
    group.throughput(Throughput::Bytes(body.len() as u64));
    let mut copy = Vec::with_capacity(body.len());
    group.bench_function("memcpy", |bencher| {
        bencher.iter(|| {
            copy.clear();
            copy.extend_from_slice(black_box(&body));
            black_box(&copy);
        });
    });
    group.finish();
}

criterion_group!(benches, messages);
criterion_main!(benches);
