//! The writing of LZ4 blocks: the same decisions as in `src/lz4-block.ts`, so that both write the same bytes.

use crate::wide_copy::{WIDE, copy_literals, copy_wide, double_word, word};

/// The shortest match there is.
pub(crate) const MIN_MATCH: usize = 4;
/// Of a block, so many bytes at the end are literals, and no match begins in the last twelve: readers rely on it.
const LAST_LITERALS: usize = 5;
const MATCH_FREE_TAIL: usize = 12;
const MAX_DISTANCE: usize = 65535;
/// Four bytes a position: 16 KiB, which stay in the first cache.
const HASH_BITS: u32 = 12;
const HASH_MULTIPLIER: u32 = 0x9e37_79b1;
/// After every 2⁶ misses the search takes a longer step, so that noise is passed over quickly.
const SKIP_BITS: u32 = 6;

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
