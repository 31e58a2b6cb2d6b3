//! Writes one message of an IPC stream with its body: the header from a template, then the buffers, aligned.

use crate::bitmap::shift_bits;
use crate::lz4_block::Positions;
use crate::lz4_frame;
use crate::offsets::{rebase32, rebase64};

/// Where buffers begin, and messages end.
const ALIGNMENT: usize = 64;
const LENGTH_PREFIX_BYTES: usize = 8;

/// A framed message whose numbers are still to be filled in, and where they go, in bytes from its start.
pub struct Template<'a> {
    pub bytes: &'a [u8],
    pub rows_at: usize,
    pub body_length_at: usize,
    pub nodes_at: usize,
    pub buffers_at: usize,
}

/// What is done to the bytes of a source before they are written.
#[derive(Clone, Copy)]
pub enum Change {
    Nothing,
    /// Its bits from this offset on are moved to the start, so many.
    Shift {
        offset: usize,
        bits: usize,
    },
    Rebase32(i32),
    Rebase64(i64),
}

/// What a body buffer is made of.
pub struct Source<'a> {
    /// `None`: they stand in the body already, where they belong.
    pub bytes: Option<&'a mut [u8]>,
    /// Bytes in the body, before compression.
    pub length: usize,
    pub change: Change,
}

pub struct Frame<'a, Sources> {
    pub template: Template<'a>,
    pub rows: u32,
    /// Length and null count of each node.
    pub nodes: &'a [u32],
    pub sources: Sources,
    /// Whether buffers are compressed; then none may be in place.
    pub compress: bool,
}

/// Writes the frame to the start of `target` and gives its length. Every byte of it is written.
pub fn write_frame<'a>(
    frame: Frame<'a, impl Iterator<Item = Source<'a>>>,
    target: &mut [u8],
    positions: &mut Positions,
) -> usize {
    let Frame { template, rows, nodes, sources, compress } = frame;
    let (header, body) = target.split_at_mut(template.bytes.len());
    header.copy_from_slice(template.bytes);
    put(header, template.rows_at, rows as u64);
    for (index, number) in nodes.iter().enumerate() {
        put(header, template.nodes_at + index * 8, *number as u64);
    }
    let mut at = 0;
    for (index, source) in sources.enumerate() {
        let length = if compress && source.length > 0 {
            write_compressed(source, &mut body[at..], positions)
        } else {
            write_plain(source, &mut body[at..])
        };
        put(header, template.buffers_at + index * 16, at as u64);
        put(header, template.buffers_at + index * 16 + 8, length as u64);
        let end = (at + length).next_multiple_of(ALIGNMENT);
        body[at + length..end].fill(0);
        at = end;
    }
    put(header, template.body_length_at, at as u64);
    template.bytes.len() + at
}

fn put(bytes: &mut [u8], at: usize, number: u64) {
    bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
}

fn make(change: Change, bytes: &mut [u8]) {
    match change {
        Change::Nothing => {}
        Change::Shift { offset, bits } => shift_bits(bytes, offset, bits),
        Change::Rebase32(base) => rebase32(bytes, base),
        Change::Rebase64(base) => rebase64(bytes, base),
    }
}

fn write_plain(source: Source, target: &mut [u8]) -> usize {
    let Source { bytes, length, change } = source;
    match bytes {
        None => make(change, &mut target[..length]),
        Some(bytes) => {
            make(change, bytes);
            target[..length].copy_from_slice(&bytes[..length]);
        }
    }
    length
}

/// The uncompressed length and an LZ4 frame; −1 and the bytes as they are where that is not shorter.
fn write_compressed(source: Source, target: &mut [u8], positions: &mut Positions) -> usize {
    let Source { bytes: Some(bytes), length, change } = source else {
        unreachable!("what is to be compressed is elsewhere")
    };
    make(change, bytes);
    let bytes = &bytes[..length];
    let (prefix, rest) = target.split_at_mut(LENGTH_PREFIX_BYTES);
    let (number, written) = match lz4_frame::compress(bytes, &mut rest[..length - 1], positions) {
        Some(written) => (length as i64, written),
        None => {
            rest[..length].copy_from_slice(bytes);
            (-1, length)
        }
    };
    prefix.copy_from_slice(&number.to_le_bytes());
    LENGTH_PREFIX_BYTES + written
}
