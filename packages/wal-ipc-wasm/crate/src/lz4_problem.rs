/// What is wrong with an LZ4 frame; the numbers are those of `LZ4_PROBLEMS` in `src/lz4-frame-error.ts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Problem {
    Truncated = 1,
    NotAFrame,
    BadHeader,
    Dictionary,
    HeaderChecksum,
    ContentSize,
    BlockTooLarge,
    BlockChecksum,
    ContentChecksum,
    BadDistance,
    TooLong,
    TooShort,
    BytesAfterEnd,
}

/// A problem and the offset in the frame where it was found.
pub type Fault = (Problem, usize);
