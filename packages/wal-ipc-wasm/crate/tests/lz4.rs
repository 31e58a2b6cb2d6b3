mod seeded;

use memwal_ipc::lz4_block::NO_POSITIONS;
use memwal_ipc::lz4_frame::{compress, decompress};
use memwal_ipc::lz4_problem::Problem;
use memwal_ipc::xxh32::xxh32;
use seeded::Seeded;

/// Runs, repetitions from far and near, and noise.
fn mixed(random: &mut Seeded, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let run = 1 + random.below(40);
        match random.below(4) {
            0 => bytes.extend(std::iter::repeat_n(random.next() as u8, run * 10)),
            1 if !bytes.is_empty() => {
                let from = random.below(bytes.len());
                for index in 0..run * 3 {
                    bytes.push(bytes[from + index % (bytes.len() - from)]);
                }
            }
            2 => bytes.extend((0..run).map(|_| b'a' + random.next() as u8 % 4)),
            _ => bytes.extend(random.noise(run)),
        }
    }
    bytes.truncate(length);
    bytes
}

fn framed(source: &[u8]) -> Vec<u8> {
    let mut positions = NO_POSITIONS;
    let mut target = vec![0; source.len() + source.len() / 255 + 64];
    let length = compress(source, &mut target, &mut positions).expect("room for noise, too");
    target.truncate(length);
    target
}

fn unpacked(frame: &[u8], length: usize) -> Result<Vec<u8>, (Problem, usize)> {
    let mut target = vec![0xee; length];
    decompress(frame, &mut target).map(|()| target)
}

#[test]
fn what_is_packed_is_unpacked() {
    let mut random = Seeded(1);
    for length in (0..300).chain([4096, 65535, 65536, 70_000, 300_000]) {
        let source = mixed(&mut random, length);
        assert_eq!(unpacked(&framed(&source), length).as_ref(), Ok(&source), "{length} bytes");
    }
}

#[test]
fn more_than_one_block_is_unpacked() {
    let mut source = mixed(&mut Seeded(2), (4 << 20) + 5);
    source[..4 << 20].iter_mut().step_by(3).for_each(|byte| *byte = 7);
    assert!(unpacked(&framed(&source), source.len()).as_ref() == Ok(&source));
}

#[test]
fn a_frame_fits_exactly_where_it_has_its_length() {
    let mut random = Seeded(3);
    for length in 1..400 {
        let source = mixed(&mut random, length);
        let frame = framed(&source);
        let mut target = vec![0; frame.len()];
        assert_eq!(compress(&source, &mut target, &mut NO_POSITIONS.clone()), Some(frame.len()));
        assert_eq!(target, frame);
        assert_eq!(compress(&source, &mut target[1..], &mut NO_POSITIONS.clone()), None);
    }
}

#[test]
fn another_length_than_announced_is_refused() {
    let source = mixed(&mut Seeded(4), 1000);
    let frame = framed(&source);
    assert_eq!(unpacked(&frame, 999).unwrap_err().0, Problem::TooLong);
    assert_eq!(unpacked(&frame, 1001).unwrap_err().0, Problem::TooShort);
    for cut in 0..frame.len() {
        assert!(unpacked(&frame[..cut], 1000).is_err(), "cut at {cut}");
    }
}

#[test]
fn damage_is_an_error_or_other_bytes_and_nothing_worse() {
    let mut random = Seeded(5);
    for _ in 0..3000 {
        let length = 1 + random.below(600);
        let source = mixed(&mut random, length);
        let mut frame = framed(&source);
        for _ in 0..1 + random.below(3) {
            let at = random.below(frame.len());
            frame[at] = match random.below(3) {
                0 => 0xff,
                1 => 0,
                _ => random.next() as u8,
            };
        }
        if let Ok(bytes) = unpacked(&frame, length) {
            assert_eq!(bytes.len(), length);
        }
    }
}

#[test]
fn xxh32_gives_the_reference_values() {
    assert_eq!(xxh32(b""), 0x02cc_5d05);
    assert_eq!(xxh32(b"abc"), 0x32d1_53ff);
    assert_eq!(xxh32(b"Nobody inspects the spammish repetition"), 0xe229_3b2f);
}
