//! LZ4 blocks. The compressor makes the same decisions as `src/lz4-block.ts`, so that both write the same bytes.

use crate::lz4_problem::{Fault, Problem};

/// The shortest match there is.
const MIN_MATCH: usize = 4;
/// Of a block, so many bytes at the end are literals, and no match begins in the last twelve: readers rely on it.
const LAST_LITERALS: usize = 5;
const MATCH_FREE_TAIL: usize = 12;
const MAX_DISTANCE: usize = 65535;
/// Four bytes a position: 16 KiB, which stay in the first cache.
const HASH_BITS: u32 = 12;
const HASH_MULTIPLIER: u32 = 0x9e37_79b1;
/// After every 2⁶ misses the search takes a longer step, so that noise is passed over quickly.
const SKIP_BITS: u32 = 6;
/// What is copied at once where there is room to spare.
const WIDE: usize = 16;
/// From here on, the copy that the platform offers is quicker than a loop.
const LONG_COPY: usize = 256;

/// Where each hash was last seen.
pub type Positions = [*const u8; 1 << HASH_BITS];
pub const NO_POSITIONS: Positions = [core::ptr::null(); 1 << HASH_BITS];

/// Writes one block that holds `source` to the start of `target`. Gives its length, or `None` if it does not fit.
///
/// Places are pointers: what to compare with is known only after the loads before it, and counting from the start of the
/// source would put an addition between any two of them.
pub fn compress(source: &[u8], target: &mut [u8], positions: &mut Positions) -> Option<usize> {
    let mut out = Output { target, at: 0 };
    let core::ops::Range { start, end: source_end } = source.as_ptr_range();
    let mut anchor = start;
    if source.len() > MATCH_FREE_TAIL {
        // Matches begin twelve bytes or more before the end, so that words can be read where they do.
        let last_match_start = unsafe { source_end.sub(MATCH_FREE_TAIL) };
        let match_end = unsafe { source_end.sub(LAST_LITERALS) };
        let mut cursor = unsafe { start.add(1) };
        positions.fill(start);
        'block: loop {
            let mut misses = 1 << SKIP_BITS;
            let mut from;
            loop {
                if cursor > last_match_start {
                    break 'block;
                }
                let sequence = unsafe { word(cursor) };
                let slot = &mut positions[hash(sequence)];
                from = *slot;
                *slot = cursor;
                if cursor as usize - from as usize <= MAX_DISTANCE && unsafe { word(from) } == sequence {
                    break;
                }
                cursor = cursor.wrapping_add(misses >> SKIP_BITS);
                misses += 1;
            }
            // Where it ends does not depend on where it begins, and the next search waits for nothing else.
            let (distance, end) = unsafe {
                let (cursor, from) = (cursor.add(MIN_MATCH), from.add(MIN_MATCH));
                (cursor.offset_from_unsigned(from), match_ending_at(cursor, from, match_end))
            };
            while cursor > anchor && from > start && unsafe { *cursor.sub(1) == *from.sub(1) } {
                cursor = unsafe { cursor.sub(1) };
                from = unsafe { from.sub(1) };
            }
            unsafe { out.sequence(anchor, cursor, distance as u16, end, source_end)? };
            cursor = end;
            anchor = end;
            if cursor > last_match_start {
                break;
            }
            let before = unsafe { cursor.sub(2) };
            positions[hash(unsafe { word(before) })] = before;
        }
    }
    out.last_literals(&source[anchor as usize - start as usize..])?;
    Some(out.at)
}

fn hash(sequence: u32) -> usize {
    (sequence.wrapping_mul(HASH_MULTIPLIER) >> (32 - HASH_BITS)) as usize
}

/// # Safety
/// Four bytes can be read there.
#[inline(always)]
unsafe fn word(at: *const u8) -> u32 {
    u32::from_le(unsafe { at.cast::<u32>().read_unaligned() })
}

/// # Safety
/// Eight bytes can be read there.
#[inline(always)]
unsafe fn double_word(at: *const u8) -> u64 {
    u64::from_le(unsafe { at.cast::<u64>().read_unaligned() })
}

/// Where the match at `cursor` with `from`, which is before it, ends: at the latest at `limit`.
///
/// # Safety
/// All three are within one slice.
#[inline(always)]
unsafe fn match_ending_at(cursor: *const u8, from: *const u8, limit: *const u8) -> *const u8 {
    if cursor.wrapping_add(WIDE) <= limit {
        let equal = unsafe { equal_bytes(cursor, from) };
        if equal < WIDE {
            return unsafe { cursor.add(equal) };
        }
    }
    unsafe { long_match_ending_at(cursor, from, limit) }
}

/// How many of the sixteen bytes at `a` are, from the first on, those at `b`. All in one step: whether eight would have
/// done cannot be foreseen.
///
/// # Safety
/// Both have sixteen bytes.
#[inline(always)]
unsafe fn equal_bytes(a: *const u8, b: *const u8) -> usize {
    #[cfg(target_arch = "wasm32")]
    unsafe {
        use core::arch::wasm32::{i8x16_bitmask, i8x16_eq, v128_load};
        let equal = i8x16_bitmask(i8x16_eq(v128_load(a.cast()), v128_load(b.cast())));
        (!u32::from(equal)).trailing_zeros() as usize
    }
    #[cfg(not(target_arch = "wasm32"))]
    unsafe {
        let difference = a.cast::<u128>().read_unaligned() ^ b.cast::<u128>().read_unaligned();
        (u128::from_le(difference).trailing_zeros() >> 3) as usize
    }
}

/// Rare, and kept out of the loop, which has no registers to spare.
///
/// # Safety
/// As for [`match_ending_at`].
#[inline(never)]
unsafe fn long_match_ending_at(mut cursor: *const u8, mut from: *const u8, limit: *const u8) -> *const u8 {
    unsafe {
        while cursor.wrapping_add(8) <= limit {
            let difference = double_word(cursor) ^ double_word(from);
            if difference != 0 {
                return cursor.add((difference.trailing_zeros() >> 3) as usize);
            }
            cursor = cursor.add(8);
            from = from.add(8);
        }
        while cursor < limit && *cursor == *from {
            cursor = cursor.add(1);
            from = from.add(1);
        }
    }
    cursor
}

/// How many bytes a length takes beyond the four bits in the token.
#[inline(always)]
fn length_bytes(length: usize) -> usize {
    if length < 15 { 0 } else { (length - 15) / 255 + 1 }
}

struct Output<'a> {
    target: &'a mut [u8],
    at: usize,
}

impl Output<'_> {
    /// The literals from `anchor` to `cursor`, and the match that goes from there to `end`.
    ///
    /// # Safety
    /// They are within the source and in this order, but for the distance.
    #[inline(always)]
    unsafe fn sequence(
        &mut self,
        anchor: *const u8,
        cursor: *const u8,
        distance: u16,
        end: *const u8,
        source_end: *const u8,
    ) -> Option<()> {
        let (count, beyond) =
            unsafe { (cursor.offset_from_unsigned(anchor), end.offset_from_unsigned(cursor) - MIN_MATCH) };
        let room = anchor.wrapping_add(WIDE) <= source_end && self.at + 1 + WIDE + 2 <= self.target.len();
        if count >= 15 || beyond >= 15 || !room {
            let rest = unsafe { core::slice::from_raw_parts(anchor, source_end.offset_from_unsigned(anchor)) };
            return self.long_sequence(rest, count, distance, beyond);
        }
        // Sixteen bytes for up to fourteen, without a branch: what is too much is written over next.
        unsafe {
            let to = self.target.as_mut_ptr().add(self.at);
            *to = (count << 4 | beyond) as u8;
            copy_wide(anchor, to.add(1));
            to.add(1 + count).cast::<u16>().write_unaligned(distance.to_le());
        }
        self.at += 3 + count;
        Some(())
    }

    /// Rare, and kept out of the loop as well. The literals are the first `count` of the rest of the source.
    #[inline(never)]
    fn long_sequence(&mut self, rest: &[u8], count: usize, distance: u16, beyond: usize) -> Option<()> {
        if self.at + 3 + count + length_bytes(count) + length_bytes(beyond) > self.target.len() {
            return None;
        }
        self.byte((count.min(15) << 4 | beyond.min(15)) as u8);
        self.literals(rest, count);
        self.byte(distance as u8);
        self.byte((distance >> 8) as u8);
        if beyond >= 15 {
            self.length(beyond - 15);
        }
        Some(())
    }

    fn last_literals(&mut self, literals: &[u8]) -> Option<()> {
        let count = literals.len();
        if self.at + 1 + count + length_bytes(count) > self.target.len() {
            return None;
        }
        self.byte((count.min(15) << 4) as u8);
        self.literals(literals, count);
        Some(())
    }

    fn byte(&mut self, byte: u8) {
        self.target[self.at] = byte;
        self.at += 1;
    }

    fn length(&mut self, mut rest: usize) {
        while rest >= 255 {
            self.byte(255);
            rest -= 255;
        }
        self.byte(rest as u8);
    }

    /// The length that the token does not hold, and the first `count` of `source`.
    #[inline(always)]
    fn literals(&mut self, source: &[u8], count: usize) {
        if count >= 15 {
            self.length(count - 15);
        }
        copy_literals(source, count, &mut self.target[self.at..]);
        self.at += count;
    }
}

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
        let sequence = from;
        let fault = |problem| Err((problem, sequence));
        // The common case: a short sequence, with room to read and write more than it asks for.
        if end - from >= 1 + WIDE + 2 && limit - at >= 4 * WIDE {
            // Reads end at `from + 19` at the latest, writes at `at + 14 + 3 * 8 + 8`.
            unsafe {
                let token = *source.as_ptr().add(from) as usize;
                let (literals, length) = (token >> 4, token & 15);
                if literals < 15 && length < 15 {
                    let text = source.as_ptr().add(from + 1);
                    let distance = u16::from_le(text.add(literals).cast::<u16>().read_unaligned()) as usize;
                    let after = at + literals;
                    if distance > 0 && distance <= after - history {
                        short_sequence(text, literals, distance, target.as_mut_ptr().add(at));
                        from += 3 + literals;
                        at = after + MIN_MATCH + length;
                        continue;
                    }
                }
            }
        }
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

/// Copies fewer than 15 literals and a match of fewer than 19 bytes, and what follows them.
///
/// # Safety
/// 16 bytes can be read at `text`, 46 be written at `to`, and the match begins where it can be read.
#[inline(always)]
unsafe fn short_sequence(text: *const u8, literals: usize, distance: usize, to: *mut u8) {
    unsafe {
        let match_to = to.add(literals);
        let match_from = match_to.sub(distance);
        if distance >= WIDE {
            copy_wide(text, to);
            copy_wide(match_from, match_to);
            let last = match_from.add(WIDE).cast::<u16>().read_unaligned();
            match_to.add(WIDE).cast::<u16>().write_unaligned(last);
        } else if distance == 8 && literals < 8 {
            // Columns of 64-bit values are full of these. What was just written is not read back, which would have to
            // wait for several stores: the literals come from the block.
            let kept = match_from.cast::<u64>().read_unaligned();
            let added = text.cast::<u64>().read_unaligned();
            let kept_bits = 64 - 8 * literals as u32;
            let pattern = if literals == 0 { kept } else { kept & ((1 << kept_bits) - 1) | added << kept_bits };
            to.cast::<u64>().write_unaligned(added);
            repeat(pattern, 8, match_to, match_to.add(SHORT_MATCH));
        } else if distance >= 8 {
            copy_wide(text, to);
            copy_double_word(match_from, match_to);
            copy_double_word(match_from.add(8), match_to.add(8));
            copy_double_word(match_from.add(16), match_to.add(16));
        } else {
            copy_wide(text, to);
            repeat(pattern(match_from, distance), STEPS[distance], match_to, match_to.add(SHORT_MATCH));
        }
    }
}

/// The longest match of a short sequence.
const SHORT_MATCH: usize = 18;

/// By the length of a pattern, how many of eight bytes are whole repetitions of it.
const STEPS: [usize; 8] = [0, 8, 8, 6, 8, 5, 6, 7];

/// The `length` bytes at `from`, fewer than 8, again and again.
///
/// # Safety
/// 8 bytes can be read there.
#[inline(always)]
unsafe fn pattern(from: *const u8, length: usize) -> u64 {
    let bits = 8 * length as u32;
    let mut pattern = u64::from_le(unsafe { from.cast::<u64>().read_unaligned() }) & ((1 << bits) - 1);
    pattern |= pattern << bits;
    if length < 4 {
        pattern |= pattern << (2 * bits);
    }
    if length == 1 {
        pattern |= pattern << 32;
    }
    pattern.to_le()
}

/// Writes `pattern` every `step` bytes until `end` is reached.
///
/// # Safety
/// Up to 7 bytes more can be written behind `end`.
#[inline(always)]
unsafe fn repeat(pattern: u64, step: usize, mut to: *mut u8, end: *mut u8) {
    unsafe {
        while to < end {
            to.cast::<u64>().write_unaligned(pattern);
            to = to.add(step);
        }
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

/// Copies the first `count` bytes, and what follows them where that is quicker; both must have them.
#[inline(always)]
fn copy_literals(source: &[u8], count: usize, target: &mut [u8]) {
    if count > LONG_COPY || source.len() < count + WIDE || target.len() < count + WIDE {
        target[..count].copy_from_slice(&source[..count]);
        return;
    }
    let mut done = 0;
    while done < count {
        // Ends before `count + WIDE`.
        unsafe { copy_wide(source.as_ptr().add(done), target.as_mut_ptr().add(done)) };
        done += WIDE;
    }
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

/// # Safety
/// 16 bytes can be read and written there; they may overlap only where `to` is before `from`.
#[inline(always)]
unsafe fn copy_wide(from: *const u8, to: *mut u8) {
    unsafe { to.cast::<u128>().write_unaligned(from.cast::<u128>().read_unaligned()) }
}

/// # Safety
/// As for [`copy_wide`], with 8 bytes.
#[inline(always)]
unsafe fn copy_double_word(from: *const u8, to: *mut u8) {
    unsafe { to.cast::<u64>().write_unaligned(from.cast::<u64>().read_unaligned()) }
}
