//! Bitmaps as Arrow has them: bit `i` is bit `i % 8` of byte `i / 8`.

/// How many of the `bits` bits from `offset` on are set.
pub fn count_ones(bitmap: &[u8], offset: usize, bits: usize) -> usize {
    if bits == 0 {
        return 0;
    }
    let end = offset + bits;
    let bytes = &bitmap[offset / 8..end.div_ceil(8)];
    let (words, rest) = bytes.as_chunks::<8>();
    let mut count: usize = words.iter().map(|word| u64::from_le_bytes(*word).count_ones() as usize).sum();
    count += rest.iter().map(|byte| byte.count_ones() as usize).sum::<usize>();
    // Less what is beside the bits in the first and the last byte.
    let before = bytes[0] & !(0xff << (offset % 8));
    let behind = if end.is_multiple_of(8) { 0 } else { bytes[bytes.len() - 1] & (0xff << (end % 8)) };
    count - (before.count_ones() + behind.count_ones()) as usize
}

/// Moves the `bits` bits from `offset` on to the start, and sets the rest of their last byte to zero.
pub fn shift_bits(bitmap: &mut [u8], offset: usize, bits: usize) {
    let length = bits.div_ceil(8);
    let first = offset / 8;
    let end = (offset + bits).div_ceil(8);
    let shift = offset % 8;
    if shift == 0 {
        bitmap.copy_within(first..first + length, 0);
    } else {
        let bitmap = &mut bitmap[..end];
        let mut at = 0;
        // A step reads nine bytes for the eight that it writes, which are not behind those it reads next.
        while at + 8 <= length && first + at + 9 <= end {
            let from = first + at;
            let low = u64::from_le_bytes(*bitmap[from..].first_chunk().unwrap_or(&[0; 8]));
            let shifted = low >> shift | (bitmap[from + 8] as u64) << (64 - shift);
            bitmap[at..at + 8].copy_from_slice(&shifted.to_le_bytes());
            at += 8;
        }
        while at < length {
            let next = bitmap.get(first + at + 1).copied().unwrap_or(0);
            bitmap[at] = bitmap[first + at] >> shift | next << (8 - shift);
            at += 1;
        }
    }
    if !bits.is_multiple_of(8) {
        bitmap[length - 1] &= !(0xff << (bits % 8));
    }
}
