//! LZ4 frames: the same bytes and the same verdicts as `src/lz4-frame.ts`.

use crate::lz4_block::{self, Positions};
use crate::lz4_problem::{Fault, Problem};
use crate::lz4_unpack;
use crate::xxh32::xxh32;

const MAGIC: u32 = 0x184d_2204;
/// Version 1, blocks that can be read on their own, no checksums; blocks of 4 MiB at the most; the header's checksum.
const OUR_HEADER: [u8; 7] = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73];
const BLOCK_BYTES: usize = 4 << 20;
const WORD_BYTES: usize = 4;
/// Set in the length of a block that is kept as it is.
const STORED: u32 = 0x8000_0000;
/// What some writers count in behind a frame: zeros up to the next multiple of their alignment.
const MAX_PADDING: usize = 63;

const FLAG_VERSION: u8 = 0xc0;
const FLAG_INDEPENDENT: u8 = 0x20;
const FLAG_BLOCK_CHECKSUM: u8 = 0x10;
const FLAG_SIZE: u8 = 0x08;
const FLAG_CHECKSUM: u8 = 0x04;
const FLAG_RESERVED: u8 = 0x02;
const FLAG_DICTIONARY: u8 = 0x01;
const VERSION_1: u8 = 0x40;

/// Writes `source` as one frame to the start of `target`. Gives its length, or `None` if it does not fit.
pub fn compress(source: &[u8], target: &mut [u8], positions: &mut Positions) -> Option<usize> {
    // Room for the end mark is kept from the start.
    let limit = target.len().checked_sub(WORD_BYTES)?;
    if OUR_HEADER.len() > limit {
        return None;
    }
    target[..OUR_HEADER.len()].copy_from_slice(&OUR_HEADER);
    let mut at = OUR_HEADER.len();
    for block in source.chunks(BLOCK_BYTES) {
        let start = at + WORD_BYTES;
        let shrunk = limit.min(start + block.len() - 1);
        let length = match target.get_mut(start..shrunk) {
            Some(room) => lz4_block::compress(block, room, positions),
            None => None,
        };
        let (word, end) = match length {
            Some(length) => (length as u32, start + length),
            None => {
                let room = target[..limit].get_mut(start..start + block.len())?;
                room.copy_from_slice(block);
                (block.len() as u32 | STORED, start + block.len())
            }
        };
        target[at..start].copy_from_slice(&word.to_le_bytes());
        at = end;
    }
    target[at..at + WORD_BYTES].fill(0);
    Some(at + WORD_BYTES)
}

/// Unpacks `source`, one whole frame, which must fill `target` exactly.
pub fn decompress(source: &[u8], target: &mut [u8]) -> Result<(), Fault> {
    let Header { flags, block_bytes, end } = read_header(source, target.len())?;
    let checksum_bytes = if flags & FLAG_BLOCK_CHECKSUM != 0 { WORD_BYTES } else { 0 };
    let mut from = end;
    let mut at = 0;
    loop {
        let word = read_word(source, from)?;
        if word == 0 {
            break;
        }
        let length = (word & !STORED) as usize;
        if length > block_bytes {
            return Err((Problem::BlockTooLarge, from));
        }
        need(source, from, WORD_BYTES + length + checksum_bytes)?;
        let start = from + WORD_BYTES;
        let end = start + length;
        if checksum_bytes > 0 && read_word(source, end)? != xxh32(&source[start..end]) {
            return Err((Problem::BlockChecksum, end));
        }
        if word & STORED != 0 {
            let Some(room) = target.get_mut(at..at + length) else {
                return Err((Problem::TooLong, from));
            };
            room.copy_from_slice(&source[start..end]);
            at += length;
        } else {
            let limit = target.len().min(at + block_bytes);
            let history = if flags & FLAG_INDEPENDENT != 0 { at } else { 0 };
            at = lz4_unpack::decompress(source, start..end, &mut target[..limit], at, history)?;
        }
        from = end + checksum_bytes;
    }
    if at < target.len() {
        return Err((Problem::TooShort, from));
    }
    from += WORD_BYTES;
    if flags & FLAG_CHECKSUM != 0 {
        if read_word(source, from)? != xxh32(target) {
            return Err((Problem::ContentChecksum, from));
        }
        from += WORD_BYTES;
    }
    let rest = &source[from..];
    if rest.len() > MAX_PADDING || rest.iter().any(|&byte| byte != 0) {
        return Err((Problem::BytesAfterEnd, from));
    }
    Ok(())
}

struct Header {
    flags: u8,
    block_bytes: usize,
    end: usize,
}

fn read_header(source: &[u8], length: usize) -> Result<Header, Fault> {
    need(source, 0, OUR_HEADER.len())?;
    if read_word(source, 0)? != MAGIC {
        return Err((Problem::NotAFrame, 0));
    }
    let (flags, sizes) = (source[4], source[5]);
    let block_class = sizes >> 4;
    if flags & FLAG_VERSION != VERSION_1 || flags & FLAG_RESERVED != 0 {
        return Err((Problem::BadHeader, 4));
    }
    if !(4..=7).contains(&block_class) || sizes & 0x0f != 0 {
        return Err((Problem::BadHeader, 5));
    }
    if flags & FLAG_DICTIONARY != 0 {
        return Err((Problem::Dictionary, 4));
    }
    let checksum_at = if flags & FLAG_SIZE != 0 { 14 } else { 6 };
    need(source, 0, checksum_at + 1)?;
    if source[checksum_at] != (xxh32(&source[4..checksum_at]) >> 8) as u8 {
        return Err((Problem::HeaderChecksum, checksum_at));
    }
    if flags & FLAG_SIZE != 0 && (read_word(source, 6)? as usize != length || read_word(source, 10)? != 0) {
        return Err((Problem::ContentSize, 6));
    }
    Ok(Header { flags, block_bytes: 1 << (8 + 2 * block_class), end: checksum_at + 1 })
}

fn need(source: &[u8], at: usize, bytes: usize) -> Result<(), Fault> {
    if bytes > source.len() - at { Err((Problem::Truncated, at)) } else { Ok(()) }
}

fn read_word(source: &[u8], at: usize) -> Result<u32, Fault> {
    match source[at..].first_chunk::<WORD_BYTES>() {
        Some(bytes) => Ok(u32::from_le_bytes(*bytes)),
        None => Err((Problem::Truncated, at)),
    }
}
