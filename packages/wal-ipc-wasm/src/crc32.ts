/** CRC-32 (IEEE 802.3, as in zlib) of `bytes`, going on from `previous`, the CRC of the bytes before them. */
export type Crc32 = (bytes: Uint8Array, previous?: number) => number;

/** Eight tables of 256: table `k` advances a byte that stands `k` bytes before the end of its group. */
const tables = buildTables();

function buildTables(): Uint32Array {
	const built = new Uint32Array(8 * 256);
	for (let byte = 0; byte < 256; byte++) {
		let crc = byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
		built[byte] = crc;
	}
	for (let index = 256; index < built.length; index++) {
		const crc = built[index - 256] as number;
		built[index] = (crc >>> 8) ^ (built[crc & 0xff] as number);
	}
	return built;
}

/** The CRC in JavaScript, eight bytes a step; the same on every runtime. */
export const portableCrc32: Crc32 = (bytes, previous = 0) => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let crc = ~previous;
	let at = 0;
	for (const end = bytes.length - 7; at < end; at += 8) {
		const low = crc ^ view.getInt32(at, true);
		const high = view.getInt32(at + 4, true);
		crc =
			lookUp(7, low) ^
			lookUp(6, low >>> 8) ^
			lookUp(5, low >>> 16) ^
			lookUp(4, low >>> 24) ^
			lookUp(3, high) ^
			lookUp(2, high >>> 8) ^
			lookUp(1, high >>> 16) ^
			lookUp(0, high >>> 24);
	}
	for (; at < bytes.length; at++) crc = (crc >>> 8) ^ lookUp(0, crc ^ view.getUint8(at));
	return ~crc >>> 0;
};

function lookUp(table: number, byte: number): number {
	return tables[(table << 8) | (byte & 0xff)] as number;
}

interface NodeLikeProcess {
	getBuiltinModule?(name: string): { readonly crc32?: Crc32 } | undefined;
}

/** zlib's, where the runtime has it: several times as fast. Asked for at run time, so that no bundle drags in `node:`. */
const nativeCrc32 = (globalThis as { process?: NodeLikeProcess }).process?.getBuiltinModule?.("node:zlib")?.crc32;

export const crc32: Crc32 = nativeCrc32 ?? portableCrc32;
