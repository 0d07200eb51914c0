//! Lines: cut and decoded, in the time for one. And decoded alone, from lines already cut.

use std::hint::black_box;

use at_commands::parser::CommandParser;
use at_proto::Information;
use at_proto::cmqtt::ResultUrc;
use at_proto::network::SignalQuality;
use cmqtt_benches::{Atat, ByName, Ours, Reads, replies, results};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Each stream has two lines each time.
const TIMES: usize = 100;

fn cut_and_decode(criterion: &mut Criterion) {
    for (name, stream) in [("results", results(TIMES)), ("+CSQ replies", replies(TIMES))] {
        assert_eq!(Ours::run(&stream, Reads::Of64).0, 2 * TIMES);
        for reads in Reads::ALL {
            let mut group = criterion.benchmark_group(format!("{name}, {}", reads.name()));
            group.throughput(Throughput::Elements(2 * TIMES as u64));
            group.bench_function("at-proto", |bencher| {
                bencher.iter(|| Ours::run(black_box(&stream), reads));
            });
            // The digester looks for `OK` in all that there is: it wants an answer at a time.
            if reads != Reads::Whole {
                group.bench_function("atat, URCs by name", |bencher| {
                    bencher.iter(|| Atat::<ByName>::run(black_box(&stream), reads));
                });
            }
            group.finish();
        }
    }
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a result line, already cut");
    group.throughput(Throughput::Elements(1));
    group.bench_function("at-proto", |bencher| {
        bencher.iter(|| ResultUrc::decode(black_box(b"+CMQTTPUB: 0,0")));
    });
    group.bench_function("at-commands", |bencher| {
        bencher.iter(|| {
            CommandParser::parse(black_box(b"+CMQTTPUB: 0,0"))
                .expect_identifier(b"+CMQTTPUB: ")
                .expect_int_parameter()
                .expect_int_parameter()
                .finish()
        });
    });
    group.finish();
    let mut group = criterion.benchmark_group("a +CSQ reply, already cut");
    group.throughput(Throughput::Elements(1));
    group.bench_function("at-proto", |bencher| {
        bencher.iter(|| SignalQuality::decode(black_box(b"+CSQ: 23,0")));
    });
    group.bench_function("at-commands", |bencher| {
        bencher.iter(|| {
            CommandParser::parse(black_box(b"+CSQ: 23,0"))
                .expect_identifier(b"+CSQ: ")
                .expect_int_parameter()
                .expect_int_parameter()
                .finish()
        });
    });
    group.finish();
}

criterion_group!(benches, cut_and_decode, decode);
criterion_main!(benches);
