mod seeded;

use memwal_ipc::bitmap::{count_ones, shift_bits};
use memwal_ipc::crc32::{NO_TABLES, build_tables, crc32};
use memwal_ipc::indices::{Validity, bad_index};
use memwal_ipc::offsets::bad_offset;
use memwal_ipc::utf8::bad_utf8;
use seeded::Seeded;

fn bit(bitmap: &[u8], index: usize) -> bool {
    bitmap[index / 8] >> (index % 8) & 1 == 1
}

#[test]
fn crc32_gives_the_check_value_in_one_piece_or_two() {
    let mut tables = NO_TABLES;
    build_tables(&mut tables);
    assert_eq!(crc32(&tables, b"123456789", 0), 0xcbf4_3926);
    let bytes = Seeded(1).noise(100);
    for cut in 0..=100 {
        let first = crc32(&tables, &bytes[..cut], 0);
        assert_eq!(crc32(&tables, &bytes[cut..], first), crc32(&tables, &bytes, 0));
    }
}

#[test]
fn bits_are_counted_and_shifted_at_any_offset() {
    let mut random = Seeded(2);
    for _ in 0..2000 {
        let bitmap = random.noise(40);
        let offset = random.below(200);
        let bits = random.below(320 - offset + 1);
        let expected: Vec<bool> = (0..bits).map(|index| bit(&bitmap, offset + index)).collect();
        assert_eq!(count_ones(&bitmap, offset, bits), expected.iter().filter(|set| **set).count());
        let mut target = bitmap.clone();
        shift_bits(&mut target, offset, bits);
        let shifted: Vec<bool> = (0..bits.div_ceil(8) * 8).map(|index| bit(&target, index)).collect();
        assert_eq!(shifted[..bits], expected);
        assert!(!shifted[bits..].contains(&true));
    }
}

#[test]
fn the_first_offset_that_falls_or_goes_past_the_limit_is_found() {
    let mut random = Seeded(3);
    for _ in 0..2000 {
        let mut offsets: Vec<i32> = (0..random.below(200)).map(|index| index as i32 * 2).collect();
        if !offsets.is_empty() && random.below(3) > 0 {
            let at = random.below(offsets.len());
            offsets[at] = random.next() as i32 % 500;
        }
        let (previous, limit) = (random.below(3) as i32, 300 + random.below(100) as i32);
        let before = |index: usize| if index == 0 { previous } else { offsets[index - 1] };
        let expected = (0..offsets.len()).find(|&index| offsets[index] < before(index) || offsets[index] > limit);
        assert_eq!(bad_offset(&offsets, previous, limit), expected);
    }
}

#[test]
fn the_first_valid_index_that_is_out_of_range_is_found() {
    let mut random = Seeded(4);
    for _ in 0..2000 {
        let indices: Vec<u8> = (0..random.below(200)).map(|_| random.below(102) as u8).collect();
        let bitmap = random.noise(40);
        let offset = random.below(9);
        let expected = (0..indices.len()).find(|&index| indices[index] >= 101 && bit(&bitmap, offset + index));
        assert_eq!(bad_index(&indices, 101, Some(Validity { bitmap: &bitmap, offset })), expected);
        assert_eq!(bad_index(&indices, 101, None), indices.iter().position(|&index| index >= 101));
    }
}

#[test]
fn utf8_is_what_the_standard_library_takes_for_it() {
    let mut random = Seeded(5);
    let pieces = ["a", "plain ascii, long enough for a whole stride and more", "é", "€", "𝄞", "\u{d7ff}", "\u{10ffff}"];
    for _ in 0..20_000 {
        let mut bytes: Vec<u8> = Vec::new();
        for _ in 0..random.below(8) {
            bytes.extend(pieces[random.below(pieces.len())].bytes());
        }
        if !bytes.is_empty() && random.below(4) > 0 {
            let at = random.below(bytes.len());
            bytes[at] = [0x80, 0xc0, 0xc1, 0xe0, 0xed, 0xa0, 0xf0, 0xf4, 0xf5, 0x8f, 0x90, 0xff][random.below(12)];
        }
        bytes.truncate(bytes.len() - random.below(2).min(bytes.len()));
        let expected = std::str::from_utf8(&bytes).err().map(|error| error.valid_up_to());
        assert_eq!(bad_utf8(&bytes), expected, "{bytes:02x?}");
    }
}
