//! Offsets of variable-length columns, 32 and 64 bits wide.

/// How many values are looked at before the first wrong one is searched for.
const STRIDE: usize = 64;

/// The index of the first offset that is below the one before it (`previous` before the first) or above `limit`.
pub fn bad_offset<T: Copy + PartialOrd>(offsets: &[T], mut previous: T, limit: T) -> Option<usize> {
    let mut start = 0;
    for stride in offsets.chunks(STRIDE) {
        let (first, last) = (stride[0], stride[stride.len() - 1]);
        let mut falls = first < previous;
        for (before, value) in stride.iter().zip(&stride[1..]) {
            falls |= value < before;
        }
        // Where none falls, none is above the last.
        if falls || last > limit {
            for (index, &value) in stride.iter().enumerate() {
                if value < previous || value > limit {
                    return Some(start + index);
                }
                previous = value;
            }
        }
        previous = last;
        start += stride.len();
    }
    None
}

/// Takes `base` from every offset.
pub fn rebase32(offsets: &mut [u8], base: i32) {
    for offset in offsets.as_chunks_mut().0 {
        *offset = i32::from_le_bytes(*offset).wrapping_sub(base).to_le_bytes();
    }
}

/// Takes `base` from every offset.
pub fn rebase64(offsets: &mut [u8], base: i64) {
    for offset in offsets.as_chunks_mut().0 {
        *offset = i64::from_le_bytes(*offset).wrapping_sub(base).to_le_bytes();
    }
}
