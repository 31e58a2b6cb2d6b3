//! Copies that write more than they are asked for, as one step that is too long is quicker than several that fit.

/// What is copied at once where there is room to spare.
pub const WIDE: usize = 16;
/// From here on, the copy that the platform offers is quicker than a loop.
pub const LONG_COPY: usize = 256;

/// # Safety
/// Four bytes can be read there.
#[inline(always)]
pub unsafe fn word(at: *const u8) -> u32 {
    u32::from_le(unsafe { at.cast::<u32>().read_unaligned() })
}

/// # Safety
/// Eight bytes can be read there.
#[inline(always)]
pub unsafe fn double_word(at: *const u8) -> u64 {
    u64::from_le(unsafe { at.cast::<u64>().read_unaligned() })
}

/// Copies the first `count` bytes, and what follows them where that is quicker; both must have them.
#[inline(always)]
pub fn copy_literals(source: &[u8], count: usize, target: &mut [u8]) {
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

/// # Safety
/// 16 bytes can be read and written there; they may overlap only where `to` is before `from`.
#[inline(always)]
pub unsafe fn copy_wide(from: *const u8, to: *mut u8) {
    unsafe { to.cast::<u128>().write_unaligned(from.cast::<u128>().read_unaligned()) }
}

/// # Safety
/// As for [`copy_wide`], with 8 bytes.
#[inline(always)]
pub unsafe fn copy_double_word(from: *const u8, to: *mut u8) {
    unsafe { to.cast::<u64>().write_unaligned(from.cast::<u64>().read_unaligned()) }
}

/// By the length of a pattern, how many of eight bytes are whole repetitions of it.
pub const STEPS: [usize; 8] = [0, 8, 8, 6, 8, 5, 6, 7];

/// The `length` bytes at `from`, fewer than 8, again and again.
///
/// # Safety
/// 8 bytes can be read there.
#[inline(always)]
pub unsafe fn pattern(from: *const u8, length: usize) -> u64 {
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
pub unsafe fn repeat(pattern: u64, step: usize, mut to: *mut u8, end: *mut u8) {
    unsafe {
        while to < end {
            to.cast::<u64>().write_unaligned(pattern);
            to = to.add(step);
        }
    }
}
