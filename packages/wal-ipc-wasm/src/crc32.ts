import { dataViewOf } from "./data-view.ts";

/** CRC-32 (IEEE 802.3, as in zlib) of `bytes`, going on from `previous`, the CRC of the bytes before them. */
export type Crc32 = (bytes: Uint8Array, previous?: number) => number;

/** Sixteen tables of 256: table `k` advances a byte that stands `k` bytes before the end of its group. */
const tables = buildTables();

function buildTables(): Uint32Array {
	const built = new Uint32Array(16 * 256);
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

/** The CRC in JavaScript, sixteen bytes a step; the same on every runtime. */
export const portableCrc32: Crc32 = (bytes, previous = 0) => {
	const view = dataViewOf(bytes);
	let crc = ~previous;
	let at = 0;
	for (const end = bytes.length - 15; at < end; at += 16) {
		crc =
			advanceWord(12, crc ^ view.getInt32(at, true)) ^
			advanceWord(8, view.getInt32(at + 4, true)) ^
			advanceWord(4, view.getInt32(at + 8, true)) ^
			advanceWord(0, view.getInt32(at + 12, true));
	}
	for (; at < bytes.length; at++) crc = (crc >>> 8) ^ lookUp(0, crc ^ view.getUint8(at));
	return ~crc >>> 0;
};

/** Advances four bytes that stand `behind` bytes before the end of their group. */
function advanceWord(behind: number, word: number): number {
	return (
		lookUp(behind + 3, word) ^
		lookUp(behind + 2, word >>> 8) ^
		lookUp(behind + 1, word >>> 16) ^
		lookUp(behind, word >>> 24)
	);
}

function lookUp(table: number, byte: number): number {
	return tables[(table << 8) | (byte & 0xff)] as number;
}

interface NodeLikeProcess {
	getBuiltinModule?(name: string): { readonly crc32?: Crc32 } | undefined;
}

/** zlib's, where the runtime has it: several times as fast. Asked for at run time, so that no bundle drags in `node:`. */
export const nativeCrc32: Crc32 | undefined = (globalThis as { process?: NodeLikeProcess }).process?.getBuiltinModule?.(
	"node:zlib",
)?.crc32;

export const crc32: Crc32 = nativeCrc32 ?? portableCrc32;
