//! The exports: raw functions over addresses, called by `src/wasm-kernels.ts`. A bug traps, and the caller goes on in
//! TypeScript.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use core::slice::{from_raw_parts, from_raw_parts_mut};

use wasm_bindgen as _;

use crate::frame_scan::{self, FrameRow};
use crate::frame_writer::{self, Change, Frame, Source, Template};
use crate::indices::{self, Validity};
use crate::lz4_block::{NO_POSITIONS, Positions};
use crate::{bitmap, crc32, lz4_frame, offsets, utf8};

/// For memory that only one call at a time can reach, as no export calls out and there are no threads.
struct Exclusive<T>(UnsafeCell<T>);
unsafe impl<T> Sync for Exclusive<T> {}

static POSITIONS: Exclusive<Positions> = Exclusive(UnsafeCell::new(NO_POSITIONS));
static CRC_TABLES: Exclusive<crc32::Tables> = Exclusive(UnsafeCell::new(crc32::NO_TABLES));
/// What a call has to say beside what it returns.
static DETAIL: Exclusive<u32> = Exclusive(UnsafeCell::new(0));

fn positions() -> &'static mut Positions {
    unsafe { &mut *POSITIONS.0.get() }
}

fn set_detail(detail: usize) {
    unsafe { *DETAIL.0.get() = detail as u32 }
}

/// wasm-bindgen names an allocator; nobody here asks it for anything.
struct NoAllocator;

unsafe impl GlobalAlloc for NoAllocator {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoAllocator = NoAllocator;

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

unsafe extern "C" {
    /// Put there by the linker: where the memory of the module itself ends.
    static __heap_base: u8;
}

/// From this address on, memory is the caller's.
#[unsafe(no_mangle)]
extern "C" fn heap_base() -> *const u8 {
    &raw const __heap_base
}

/// The offset that belongs to the failure which the last call returned.
#[unsafe(no_mangle)]
extern "C" fn detail() -> u32 {
    unsafe { *DETAIL.0.get() }
}

/// To be called once, before `crc32`.
#[unsafe(no_mangle)]
extern "C" fn start() {
    crc32::build_tables(unsafe { &mut *CRC_TABLES.0.get() });
}

#[unsafe(no_mangle)]
unsafe extern "C" fn crc32(bytes: *const u8, length: usize, previous: u32) -> u32 {
    unsafe { crc32::crc32(&*CRC_TABLES.0.get(), from_raw_parts(bytes, length), previous) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn count_ones(bitmap: *const u8, length: usize, offset: usize, bits: usize) -> usize {
    unsafe { bitmap::count_ones(from_raw_parts(bitmap, length), offset, bits) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn shift_bits(bitmap: *mut u8, length: usize, offset: usize, bits: usize) {
    bitmap::shift_bits(unsafe { from_raw_parts_mut(bitmap, length) }, offset, bits);
}

/// The length of the frame, 0 if it does not fit.
#[unsafe(no_mangle)]
unsafe extern "C" fn lz4_compress(source: *const u8, length: usize, target: *mut u8, capacity: usize) -> usize {
    unsafe {
        let target = from_raw_parts_mut(target, capacity);
        lz4_frame::compress(from_raw_parts(source, length), target, positions()).unwrap_or(0)
    }
}

/// 0, or the number of what is wrong, with its offset in `detail`.
#[unsafe(no_mangle)]
unsafe extern "C" fn lz4_decompress(source: *const u8, length: usize, target: *mut u8, exactly: usize) -> u32 {
    let (source, target) = unsafe { (from_raw_parts(source, length), from_raw_parts_mut(target, exactly)) };
    match lz4_frame::decompress(source, target) {
        Ok(()) => 0,
        Err((problem, at)) => {
            set_detail(at);
            problem as u32
        }
    }
}

/// An index, or −1.
fn index_or_none(index: Option<usize>) -> i32 {
    index.map_or(-1, |index| index as i32)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn bad_offset32(offsets: *const i32, count: usize, previous: i32, limit: i32) -> i32 {
    index_or_none(offsets::bad_offset(unsafe { from_raw_parts(offsets, count) }, previous, limit))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn bad_offset64(offsets: *const i64, count: usize, previous: f64, limit: f64) -> i32 {
    index_or_none(offsets::bad_offset(unsafe { from_raw_parts(offsets, count) }, previous as i64, limit as i64))
}

/// `limit` is at most what the width holds; all values count where the bitmap has no bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn bad_index(
    indices: *const u8,
    width: u32,
    count: usize,
    limit: f64,
    bitmap: *const u8,
    bitmap_bytes: usize,
    offset: usize,
) -> i32 {
    unsafe {
        let validity = (bitmap_bytes > 0).then(|| Validity { bitmap: from_raw_parts(bitmap, bitmap_bytes), offset });
        index_or_none(match width {
            1 => indices::bad_index(from_raw_parts(indices, count), limit as u8, validity),
            2 => indices::bad_index(from_raw_parts(indices.cast::<u16>(), count), limit as u16, validity),
            4 => indices::bad_index(from_raw_parts(indices.cast::<u32>(), count), limit as u32, validity),
            _ => indices::bad_index(from_raw_parts(indices.cast::<u64>(), count), limit as u64, validity),
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn bad_utf8(bytes: *const u8, length: usize) -> i32 {
    index_or_none(utf8::bad_utf8(unsafe { from_raw_parts(bytes, length) }))
}

/// Frames found in a stream, with its length in `detail`; or less than 0: the negated number of what is wrong, with its
/// offset in `detail`.
#[unsafe(no_mangle)]
unsafe extern "C" fn scan_frames(bytes: *const u8, length: usize, table: *mut FrameRow, rows: usize) -> i32 {
    let (bytes, table) = unsafe { (from_raw_parts(bytes, length), from_raw_parts_mut(table, rows)) };
    match frame_scan::scan(bytes, table) {
        Ok(scan) => {
            set_detail(scan.stream_length);
            scan.frames as i32
        }
        Err((problem, at)) => {
            set_detail(at);
            -(problem as i32)
        }
    }
}

/// A job of `write_frame` begins with these; then come a [`SourceWords`] each source, and the nodes, two words each.
#[repr(C, align(8))]
struct Job {
    template: *const u8,
    template_bytes: usize,
    rows_at: usize,
    body_length_at: usize,
    nodes_at: usize,
    buffers_at: usize,
    rows: u32,
    nodes: usize,
    sources: usize,
    /// 1: LZ4.
    compression: u32,
}

#[repr(C, align(8))]
struct SourceWords {
    /// As in `src/batch-job.ts`.
    kind: u32,
    /// 0 for bytes that are in place.
    address: *mut u8,
    staged_bytes: usize,
    /// Bytes in the body.
    length: usize,
    /// The first bit, or what is taken from every offset.
    start: i64,
    /// Bits of a bitmap.
    count: usize,
}

const BITS: u32 = 2;
const OFFSETS32: u32 = 3;
const OFFSETS64: u32 = 4;

/// The length of the frame written to `target`.
#[unsafe(no_mangle)]
unsafe extern "C" fn write_frame(job: *const Job, target: *mut u8, capacity: usize) -> usize {
    unsafe {
        let sources = from_raw_parts(job.add(1).cast::<SourceWords>(), (*job).sources);
        let nodes = from_raw_parts(sources.as_ptr_range().end.cast::<u32>(), (*job).nodes * 2);
        let job = &*job;
        let frame = Frame {
            template: Template {
                bytes: from_raw_parts(job.template, job.template_bytes),
                rows_at: job.rows_at,
                body_length_at: job.body_length_at,
                nodes_at: job.nodes_at,
                buffers_at: job.buffers_at,
            },
            rows: job.rows,
            nodes,
            sources: sources.iter().map(|source| Source {
                bytes: (!source.address.is_null()).then(|| from_raw_parts_mut(source.address, source.staged_bytes)),
                length: source.length,
                change: match source.kind {
                    BITS => Change::Shift { offset: source.start as usize, bits: source.count },
                    OFFSETS32 => Change::Rebase32(source.start as i32),
                    OFFSETS64 => Change::Rebase64(source.start),
                    _ => Change::Nothing,
                },
            }),
            compress: job.compression == 1,
        };
        frame_writer::write_frame(frame, from_raw_parts_mut(target, capacity), positions())
    }
}
