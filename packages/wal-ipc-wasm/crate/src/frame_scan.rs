//! Finds the messages of an IPC stream, as `src/frame-scan.ts` does.

/// One message; offsets in bytes from the start of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct FrameRow {
    pub start: u32,
    pub body_start: u32,
    pub end: u32,
    /// 1 schema, 2 dictionary, 3 record batch.
    pub kind: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ScanProblem {
    NoEnd = 1,
    NoMessage,
    MetadataPastEnd,
    BadMetadata,
    Misplaced,
    BodyPastEnd,
    NoSchema,
    /// The table has no room for another row: give a longer one.
    TableFull,
}

pub struct Scan {
    pub frames: usize,
    /// Bytes up to and with the end-of-stream marker.
    pub stream_length: usize,
}

const CONTINUATION: u32 = 0xffff_ffff;
const PREFIX_BYTES: usize = 8;
const SCHEMA: u32 = 1;
const FIELD_HEADER_TYPE: usize = 1;
const FIELD_HEADER: usize = 2;
const FIELD_BODY_LENGTH: usize = 3;

/// Fills `table` with the messages up to the end-of-stream marker, which must be there; every length is read against
/// what is there. A problem comes with the offset of the message that has it.
pub fn scan(bytes: &[u8], table: &mut [FrameRow]) -> Result<Scan, (ScanProblem, usize)> {
    let mut frames = 0;
    let mut at = 0;
    loop {
        let fault = |problem| Err((problem, at));
        let Some(prefix) = bytes.get(at..at + PREFIX_BYTES) else {
            return fault(ScanProblem::NoEnd);
        };
        if u32_at(prefix, 0) != Some(CONTINUATION) {
            return fault(ScanProblem::NoMessage);
        }
        let metadata_length = u32_at(prefix, 4).unwrap_or(0) as usize;
        let metadata_start = at + PREFIX_BYTES;
        if metadata_length == 0 {
            if frames == 0 {
                return fault(ScanProblem::NoSchema);
            }
            return Ok(Scan { frames, stream_length: metadata_start });
        }
        if metadata_length > bytes.len() - metadata_start {
            return fault(ScanProblem::MetadataPastEnd);
        }
        let body_start = metadata_start + metadata_length;
        let Some((kind, body_length)) = read_message(&bytes[metadata_start..body_start]) else {
            return fault(ScanProblem::BadMetadata);
        };
        if (kind == SCHEMA) != (frames == 0) {
            return fault(ScanProblem::Misplaced);
        }
        if body_length < 0 || body_length > (bytes.len() - body_start) as i64 {
            return fault(ScanProblem::BodyPastEnd);
        }
        let end = body_start + body_length as usize;
        let Some(row) = table.get_mut(frames) else {
            return fault(ScanProblem::TableFull);
        };
        *row = FrameRow { start: at as u32, body_start: body_start as u32, end: end as u32, kind };
        frames += 1;
        at = end;
    }
}

/// Kind and length of the body of a message, from its flatbuffer; `None` where that points outside itself.
fn read_message(metadata: &[u8]) -> Option<(u32, i64)> {
    let root = u32_at(metadata, 0)? as usize;
    let vtable = (root as i64 - u32_at(metadata, root)? as i32 as i64).try_into().ok()?;
    let vtable_bytes = u16_at(metadata, vtable)? as usize;
    u16_at(metadata, vtable.checked_add(2)?)?;
    metadata.get(vtable..vtable.checked_add(vtable_bytes)?)?;
    let field = |index: usize| {
        let slot = 4 + index * 2;
        if slot + 2 > vtable_bytes {
            return None;
        }
        match u16_at(metadata, vtable + slot) {
            None | Some(0) => None,
            Some(offset) => Some(root + offset as usize),
        }
    };
    let kind = *metadata.get(field(FIELD_HEADER_TYPE)?)? as u32;
    let header = field(FIELD_HEADER)?;
    u32_at(metadata, header.checked_add(u32_at(metadata, header)? as usize)?)?;
    let body_length = match field(FIELD_BODY_LENGTH) {
        None => 0,
        Some(at) => i64::from_le_bytes(*metadata.get(at..)?.first_chunk()?),
    };
    (1..=3).contains(&kind).then_some((kind, body_length))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
