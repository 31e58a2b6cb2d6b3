//! The sequences that blocks are full of: few literals and a short match, with room to read and write more than they ask
//! for.
//!
//! Each loop here is a function that calls none: across a call, no register keeps what it holds. Whatever is unusual is
//! left to `lz4_unpack.rs`.

use crate::lz4_block::MIN_MATCH;
use crate::wide_copy::{STEPS, WIDE, copy_double_word, copy_wide, pattern, repeat};

/// What stands in the token where the length goes on behind it.
const LONG: usize = 15;
const LONGEST_MATCH: usize = LONG - 1 + MIN_MATCH;
/// What is read from a sequence on: its token, sixteen literals, its distance.
const READ_BYTES: usize = 1 + WIDE + 2;
/// More than is written from a sequence on: literals, the longest match, and seven bytes of one more repetition.
const WRITTEN_BYTES: usize = 64;
const WORD: usize = 8;

/// Where the next sequence is read, and where its bytes go.
struct Cursor {
    input: *const u8,
    output: *mut u8,
}

/// The last places where a sequence can begin, and the first byte that a match may have.
struct Bounds {
    input: *const u8,
    output: *mut u8,
    oldest: *const u8,
}

/// Unpacks sequences from `source[from..]` to `target[at..]` while they are short and as they must be; matches reach back
/// to `target[history]` at the most. Gives where the first that is not begins, and where its bytes go.
pub fn short_sequences(source: &[u8], from: usize, target: &mut [u8], at: usize, history: usize) -> (usize, usize) {
    // `changed_words` rewrites the word before a sequence.
    if source.len() < READ_BYTES || target.len() < WRITTEN_BYTES || at < WORD {
        return (from, at);
    }
    let (input, output) = (source.as_ptr(), target.as_mut_ptr());
    unsafe {
        let bounds = Bounds {
            input: input.add(source.len() - READ_BYTES),
            output: output.add(target.len() - WRITTEN_BYTES),
            oldest: output.add(history),
        };
        let mut cursor = Cursor { input: input.add(from), output: output.add(at) };
        while all_kinds(&mut cursor, &bounds) {
            // Takes at least the one that was left to it.
            #[cfg(target_arch = "wasm32")]
            changed_words(&mut cursor, &bounds);
        }
        (cursor.input.offset_from_unsigned(input), cursor.output.offset_from_unsigned(output))
    }
}

/// Says whether it left off before what is better done by [`changed_words`].
///
/// # Safety
/// As long as the cursor is within the bounds, there is what a sequence reads and writes.
#[inline(never)]
unsafe fn all_kinds(cursor: &mut Cursor, bounds: &Bounds) -> bool {
    let Cursor { mut input, mut output } = *cursor;
    let Bounds { input: input_limit, output: output_limit, oldest } = *bounds;
    let mut is_word = false;
    unsafe {
        while input <= input_limit && output <= output_limit {
            let (literals, beyond) = (*input as usize >> 4, *input as usize & 15);
            let text = input.add(1);
            let after = output.add(literals);
            let distance = u16::from_le(text.add(literals).cast::<u16>().read_unaligned()) as usize;
            if literals == LONG || beyond == LONG || distance > after as usize - oldest as usize {
                break;
            }
            let match_from = after.sub(distance);
            // 0 where eight bytes before are repeated, of one to eight literals and up to eight bytes of match: in one number,
            // as each of the three alone cannot be foreseen.
            let unlike_word = distance ^ WORD | literals.wrapping_sub(1) & !7 | (beyond + 3) & !7;
            if cfg!(target_arch = "wasm32") && unlike_word == 0 {
                is_word = true;
                break;
            }
            if distance >= WORD {
                copy_wide(text, output);
                // By words, which do for matches that overlap by eight bytes as well: which come next cannot be foreseen.
                copy_double_word(match_from, after);
                copy_double_word(match_from.add(8), after.add(8));
                copy_double_word(match_from.add(16), after.add(16));
            } else if distance > 0 {
                copy_wide(text, output);
                repeat(pattern(match_from, distance), STEPS[distance], after, after.add(LONGEST_MATCH));
            } else {
                break;
            }
            input = text.add(literals + 2);
            output = after.add(MIN_MATCH + beyond);
        }
    }
    *cursor = Cursor { input, output };
    is_word
}

/// Columns of 64-bit integers: a sequence a value, its lower bytes new, the others from the value before or, now and then,
/// from one further back. That cannot be foreseen, so both are done without a branch. And since what was just written
/// cannot be read back soon, the last eight bytes are kept in a register.
///
/// # Safety
/// As for [`all_kinds`]; eight bytes lie before the output.
#[cfg(target_arch = "wasm32")]
#[inline(never)]
unsafe fn changed_words(cursor: &mut Cursor, bounds: &Bounds) {
    use core::arch::wasm32::{
        i8x16_shuffle, i8x16_swizzle, i16x8_eq, i16x8_splat, i64x2_shuffle, v128_bitselect, v128_load64_lane,
        v128_load64_zero, v128_store,
    };

    /// Eight bytes of it, from the n-th on, take the eight bytes that follow the first n out of sixteen.
    static BEHIND: [u8; 2 * WORD] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    let Cursor { mut input, mut output } = *cursor;
    let Bounds { input: input_limit, output: output_limit, oldest } = *bounds;
    unsafe {
        let behind = |count: usize| v128_load64_zero(BEHIND.as_ptr().add(count).cast());
        let mut last = v128_load64_zero(output.sub(WORD).cast());
        while input <= input_limit && output <= output_limit {
            let (literals, length) = (*input as usize >> 4, MIN_MATCH + (*input as usize & 15));
            let text = input.add(1);
            let after = output.add(literals);
            let distance_at = text.add(literals);
            let distance = distance_at.cast::<u16>().read_unaligned() as usize;
            let is_outside = distance > after as usize - oldest as usize;
            if literals > WORD || length > WORD || distance < WORD || is_outside {
                break;
            }
            // Such a match takes literals that are not written yet.
            if (WORD + 1..WIDE).contains(&distance) {
                break;
            }
            // Any address does for what is not used, but not that of the literals, nor of what is still being written: the
            // compiler would make a branch of the one, and the processor would wait for the other.
            let far = v128_load64_zero(if distance == WORD { input } else { after.sub(distance).cast_const() }.cast());
            // The mask is made of bytes and not of the number, or there would be a branch, again.
            let near = i16x8_eq(v128_load64_zero(distance_at.cast()), i16x8_splat(WORD as i16));
            let near = i8x16_shuffle::<0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1>(near, near);
            let before_match = i8x16_swizzle(v128_load64_lane::<1>(last, text.cast()), behind(literals));
            let both = i64x2_shuffle::<0, 2>(before_match, v128_bitselect(before_match, far, near));
            v128_store(after.sub(WORD).cast(), both);
            last = i8x16_swizzle(both, behind(length));
            input = distance_at.add(2);
            output = after.add(length);
        }
    }
    *cursor = Cursor { input, output };
}
