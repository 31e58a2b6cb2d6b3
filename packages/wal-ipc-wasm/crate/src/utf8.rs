/// How many bytes are looked at together while all are ASCII.
const STRIDE: usize = 32;

/// Where the first sequence begins that is no UTF-8: stray or missing continuation bytes, overlong forms, surrogates,
/// and what lies beyond U+10FFFF.
pub fn bad_utf8(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        while let Some(stride) = bytes[at..].first_chunk::<STRIDE>() {
            if !is_ascii(stride) {
                break;
            }
            at += STRIDE;
        }
        // To the end of the stride that is not ASCII alone, then look for long ones again.
        let end = bytes.len().min(at + STRIDE);
        while at < end {
            match sequence_bytes(&bytes[at..]) {
                0 => return Some(at),
                length => at += length,
            }
        }
    }
    None
}

#[inline(always)]
fn is_ascii(stride: &[u8; STRIDE]) -> bool {
    let words = stride.as_chunks::<8>().0;
    words.iter().fold(0, |all, word| all | u64::from_le_bytes(*word)) & 0x8080_8080_8080_8080 == 0
}

/// The length of the sequence that `bytes` begin with, 0 where it is none.
#[inline(always)]
fn sequence_bytes(bytes: &[u8]) -> usize {
    let follows =
        |index: usize, low: u8, high: u8| matches!(bytes.get(index), Some(byte) if (low..=high).contains(byte));
    let (length, low, high) = match bytes[0] {
        0x00..=0x7f => return 1,
        0xc2..=0xdf => (2, 0x80, 0xbf),
        0xe0 => (3, 0xa0, 0xbf),
        0xed => (3, 0x80, 0x9f),
        0xe1..=0xef => (3, 0x80, 0xbf),
        0xf0 => (4, 0x90, 0xbf),
        0xf1..=0xf3 => (4, 0x80, 0xbf),
        0xf4 => (4, 0x80, 0x8f),
        _ => return 0,
    };
    let whole =
        follows(1, low, high) && (length < 3 || follows(2, 0x80, 0xbf)) && (length < 4 || follows(3, 0x80, 0xbf));
    if whole { length } else { 0 }
}
