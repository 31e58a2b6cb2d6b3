/// Sixteen tables of 256: table `k` advances a byte that stands `k` bytes before the end of its group.
pub type Tables = [[u32; 256]; 16];
pub const NO_TABLES: Tables = [[0; 256]; 16];

pub fn build_tables(tables: &mut Tables) {
    for (byte, entry) in tables[0].iter_mut().enumerate() {
        *entry = byte as u32;
        for _ in 0..8 {
            *entry = if *entry & 1 == 1 { *entry >> 1 ^ 0xedb8_8320 } else { *entry >> 1 };
        }
    }
    for table in 1..16 {
        for byte in 0..256 {
            let crc = tables[table - 1][byte];
            tables[table][byte] = crc >> 8 ^ tables[0][(crc & 0xff) as usize];
        }
    }
}

/// CRC-32 (IEEE 802.3, as in zlib) of `bytes`, going on from `previous`, the CRC of the bytes before them.
pub fn crc32(tables: &Tables, bytes: &[u8], previous: u32) -> u32 {
    let (groups, rest) = bytes.as_chunks::<16>();
    let mut crc = !previous;
    for group in groups {
        let mut mixed = *group;
        for (byte, state) in mixed.iter_mut().zip(crc.to_le_bytes()) {
            *byte ^= state;
        }
        crc = 0;
        for index in 0..16 {
            crc ^= tables[15 - index][mixed[index] as usize];
        }
    }
    for byte in rest {
        crc = crc >> 8 ^ tables[0][((crc ^ *byte as u32) & 0xff) as usize];
    }
    !crc
}
