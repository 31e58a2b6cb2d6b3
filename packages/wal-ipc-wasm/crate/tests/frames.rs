mod seeded;

use memwal_ipc::frame_scan::{FrameRow, ScanProblem, scan};
use memwal_ipc::frame_writer::{Change, Frame, Source, Template, write_frame};
use memwal_ipc::lz4_block::NO_POSITIONS;
use memwal_ipc::lz4_frame;
use seeded::Seeded;

const HEADER_BYTES: usize = 128;

fn written(sources: Vec<Source>, compress: bool, target: &mut [u8]) -> usize {
    let template =
        Template { bytes: &[0xaa; HEADER_BYTES], rows_at: 8, body_length_at: 16, nodes_at: 24, buffers_at: 48 };
    let frame = Frame { template, rows: 5, nodes: &[5, 1], sources: sources.into_iter(), compress };
    write_frame(frame, target, &mut NO_POSITIONS.clone())
}

fn number(bytes: &[u8], at: usize) -> i64 {
    i64::from_le_bytes(*bytes[at..].first_chunk().unwrap())
}

#[test]
fn numbers_buffers_and_zeros_are_where_they_belong() {
    let mut target = vec![0xff; 512];
    target[HEADER_BYTES + 64..HEADER_BYTES + 68].copy_from_slice(&7i32.to_le_bytes());
    let (mut bits, mut bytes) = ([0b1110_0000, 0b0000_0101], [1, 2, 3]);
    let sources = vec![
        Source { bytes: Some(&mut bits), length: 1, change: Change::Shift { offset: 5, bits: 5 } },
        Source { bytes: None, length: 4, change: Change::Rebase32(3) },
        Source { bytes: None, length: 0, change: Change::Nothing },
        Source { bytes: Some(&mut bytes), length: 3, change: Change::Nothing },
    ];
    let length = written(sources, false, &mut target);
    assert_eq!(length, HEADER_BYTES + 3 * 64);
    assert_eq!((8..40).step_by(8).map(|at| number(&target, at)).collect::<Vec<_>>(), [5, 192, 5, 1]);
    let buffers: Vec<_> = (48..112).step_by(8).map(|at| number(&target, at)).collect();
    assert_eq!(buffers, [0, 1, 64, 4, 128, 0, 128, 3]);
    let body = &target[HEADER_BYTES..length];
    assert_eq!((body[0], body[64], &body[128..131]), (0b0000_1111, 4, &[1, 2, 3][..]));
    assert_eq!(body.iter().filter(|byte| **byte != 0).count(), 5);
    assert!(target[length..].iter().all(|byte| *byte == 0xff));
}

#[test]
fn what_shrinks_is_compressed_and_the_rest_is_kept() {
    let mut random = Seeded(1);
    let mut noise = random.noise(100);
    let kept = noise.clone();
    let mut target = vec![0xff; 2048];
    let mut sevens = [7; 1000];
    let sources = vec![
        Source { bytes: Some(&mut sevens), length: 1000, change: Change::Nothing },
        Source { bytes: Some(&mut noise), length: 100, change: Change::Nothing },
    ];
    let length = written(sources, true, &mut target);
    let body = &target[HEADER_BYTES..length];
    assert_eq!(number(body, 0), 1000);
    let mut unpacked = vec![0; 1000];
    let shrunk = number(&target, 56) as usize;
    lz4_frame::decompress(&body[8..shrunk], &mut unpacked).unwrap();
    assert_eq!(unpacked, [7; 1000]);
    let second = number(&target, 64) as usize;
    assert_eq!((number(body, second), number(&target, 72)), (-1, 108));
    assert_eq!(body[second + 8..second + 108], kept);
}

#[test]
fn no_bytes_make_the_scan_read_outside_them() {
    let mut random = Seeded(2);
    let mut table = [FrameRow { start: 0, body_start: 0, end: 0, kind: 0 }; 8];
    assert_eq!(scan(&[], &mut table).err(), Some((ScanProblem::NoEnd, 0)));
    assert_eq!(scan(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], &mut table).err(), Some((ScanProblem::NoSchema, 0)));
    for _ in 0..20_000 {
        let length = 8 + random.below(80);
        let mut bytes = random.noise(length);
        for byte in &mut bytes {
            *byte %= if random.below(3) == 0 { 255 } else { 20 };
        }
        bytes[..8].copy_from_slice(&[0xff, 0xff, 0xff, 0xff, random.below(100) as u8, 0, 0, 0]);
        if let Ok(found) = scan(&bytes, &mut table) {
            assert!(found.stream_length <= bytes.len());
        }
    }
}
