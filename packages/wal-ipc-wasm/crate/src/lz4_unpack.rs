//! The reading of LZ4 blocks: the same bytes and the same verdicts as in `src/lz4-block.ts`.

use crate::lz4_block::MIN_MATCH;
use crate::lz4_problem::{Fault, Problem};
use crate::lz4_short_sequences::short_sequences;
use crate::wide_copy::{LONG_COPY, STEPS, WIDE, copy_double_word, copy_literals, copy_wide, pattern, repeat};

/// Unpacks `frame[block]` into `target[at..]`; matches reach back to `target[history]` at the most. Gives where the
/// output ends, or the offset of the sequence that is not as it must be.
///
/// Bytes of `target` behind the output may be written over; nothing outside is, whatever the block says.
pub fn decompress(
    frame: &[u8],
    block: core::ops::Range<usize>,
    target: &mut [u8],
    mut at: usize,
    history: usize,
) -> Result<usize, Fault> {
    let source = &frame[..block.end];
    let (end, limit) = (source.len(), target.len());
    let mut from = block.start;
    loop {
        (from, at) = short_sequences(source, from, target, at, history);
        let sequence = from;
        let fault = |problem| Err((problem, sequence));
        let Some(&token) = source.get(from) else {
            return fault(Problem::Truncated);
        };
        from += 1;
        let Some(literals) = read_length(source, &mut from, (token >> 4) as usize) else {
            return fault(Problem::Truncated);
        };
        if literals > end - from {
            return fault(Problem::Truncated);
        }
        if literals > limit - at {
            return fault(Problem::TooLong);
        }
        copy_literals(&source[from..], literals, &mut target[at..]);
        from += literals;
        at += literals;
        if from == end {
            return Ok(at);
        }
        if end - from < 2 {
            return fault(Problem::Truncated);
        }
        let distance = u16::from_le_bytes([source[from], source[from + 1]]) as usize;
        from += 2;
        let Some(beyond) = read_length(source, &mut from, (token & 15) as usize) else {
            return fault(Problem::Truncated);
        };
        let length = beyond.saturating_add(MIN_MATCH);
        if distance == 0 || distance > at - history {
            return fault(Problem::BadDistance);
        }
        if length > limit - at {
            return fault(Problem::TooLong);
        }
        copy_match(target, at, distance, length);
        at += length;
    }
}

/// A length whose first four bits are given, or `None` where the block ends within it.
#[inline(always)]
fn read_length(source: &[u8], from: &mut usize, nibble: usize) -> Option<usize> {
    let mut length = nibble;
    if nibble == 15 {
        loop {
            let more = *source.get(*from)?;
            *from += 1;
            length = length.saturating_add(more as usize);
            if more != 255 {
                break;
            }
        }
    }
    Some(length)
}

/// Copies `length` bytes to `at` from `distance` before, one after the other; what follows them may be written over.
#[inline(always)]
fn copy_match(target: &mut [u8], at: usize, distance: usize, length: usize) {
    assert!(distance > 0 && distance <= at && length <= target.len() - at);
    let end = at + length;
    let mut done = at;
    if target.len() - end >= WIDE && (length <= LONG_COPY || distance < WIDE) {
        // Each step starts before `end`, and ends before `end + WIDE`.
        unsafe {
            let to = target.as_mut_ptr();
            if distance < 8 {
                repeat(pattern(to.add(at - distance), distance), STEPS[distance], to.add(at), to.add(end));
                return;
            }
            while done < end {
                if distance < WIDE {
                    copy_double_word(to.add(done - distance), to.add(done));
                    done += 8;
                } else {
                    copy_wide(to.add(done - distance), to.add(done));
                    done += WIDE;
                }
            }
        }
        return;
    }
    // Each round doubles what may be copied without overlap.
    let from = at - distance;
    loop {
        let stretch = done - from;
        if stretch >= end - done {
            target.copy_within(from..from + (end - done), done);
            return;
        }
        target.copy_within(from..done, done);
        done += stretch;
    }
}
