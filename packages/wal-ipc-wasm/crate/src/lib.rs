//! The work on bytes of `@memwal/wal-ipc-wasm`, over linear memory.
//!
//! Whoever calls the exports owns the memory behind `__heap_base`: it grows it, lays it out and passes addresses.
//! Nothing here allocates or keeps anything between calls but the tables below.
#![cfg_attr(target_arch = "wasm32", no_std)]

pub mod bitmap;
pub mod crc32;
pub mod frame_scan;
pub mod frame_writer;
pub mod indices;
pub mod lz4_block;
pub mod lz4_frame;
pub mod lz4_problem;
mod lz4_short_sequences;
mod lz4_unpack;
pub mod offsets;
pub mod utf8;
mod wide_copy;
pub mod xxh32;

#[cfg(target_arch = "wasm32")]
mod exports;
