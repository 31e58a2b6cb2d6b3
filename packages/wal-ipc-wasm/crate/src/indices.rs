/// How many values are looked at before the first wrong one is searched for.
const STRIDE: usize = 64;

/// Which values count: those whose bit is set, from bit `offset` on.
pub struct Validity<'a> {
    pub bitmap: &'a [u8],
    pub offset: usize,
}

/// The index of the first valid value that is `limit` or more. Negative values, read as unsigned, are.
pub fn bad_index<T: Copy + PartialOrd>(indices: &[T], limit: T, validity: Option<Validity>) -> Option<usize> {
    let is_valid = |index: usize| match &validity {
        None => true,
        Some(Validity { bitmap, offset }) => bitmap[(offset + index) / 8] >> ((offset + index) % 8) & 1 == 1,
    };
    let mut start = 0;
    for stride in indices.chunks(STRIDE) {
        let mut any = false;
        for &value in stride {
            any |= value >= limit;
        }
        if any {
            let bad = |&(index, &value): &(usize, &T)| value >= limit && is_valid(start + index);
            if let Some((index, _)) = stride.iter().enumerate().find(bad) {
                return Some(start + index);
            }
        }
        start += stride.len();
    }
    None
}
