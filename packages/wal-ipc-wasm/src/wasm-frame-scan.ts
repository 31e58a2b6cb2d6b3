import type { WasmInstance } from "./wasm-instance.ts";
import { align } from "./wasm-memory.ts";

/** A message of a stream in linear memory; offsets in bytes from the start of the stream. */
export interface FrameRow {
	readonly kind: "schema" | "dictionary" | "batch";
	/** Where its continuation marker stands. */
	readonly start: number;
	readonly bodyStart: number;
	/** Where the next message begins. */
	readonly end: number;
}

export interface ScannedFrames {
	readonly frames: readonly FrameRow[];
	/** Bytes up to and with the end-of-stream marker. */
	readonly streamLength: number;
}

/** What the crate's `ScanProblem` numbers mean, from 1 on. */
const PROBLEMS = [
	"there is no end-of-stream marker",
	"no message begins here",
	"a message's metadata goes past the end",
	"a message's metadata points outside itself",
	"a stream has its one schema first",
	"a message's body goes past the end",
	"the stream has no schema",
] as const;
const TABLE_FULL = 8;
const KINDS = ["schema", "dictionary", "batch"] as const;
const ROW_WORDS = 4;

/** Thrown for bytes that are no whole stream; `at` is the offset of the message that is not as it must be. */
export class FrameScanError extends Error {
	readonly at: number;

	constructor(problem: string, at: number) {
		super(problem);
		this.name = "FrameScanError";
		this.at = at;
	}
}

/**
 * Finds the messages of the IPC stream at `address`, and its end-of-stream marker: every length is read against what is
 * there. What a message holds is left to its reader. Memory behind the stream is used.
 *
 * @throws FrameScanError; RangeError where memory has no room for the table behind the stream.
 */
export function scanFrames({ memory, exports }: WasmInstance, address: number, length: number): ScannedFrames {
	const table = align(address + length);
	for (let rows = 64; ; rows *= 4) {
		if (!memory.reserve(table + rows * ROW_WORDS * 4 - memory.base)) {
			throw new RangeError(`a stream of more than ${rows / 4} messages does not fit into the memory it lies in`);
		}
		const found = exports.scan_frames(address, length, table, rows);
		const detail = exports.detail() >>> 0;
		if (found >= 0) return { frames: readRows(memory.words, table >>> 2, found), streamLength: detail };
		if (-found !== TABLE_FULL) throw new FrameScanError(PROBLEMS[-found - 1] as string, detail);
	}
}

function readRows(words: Int32Array, from: number, count: number): FrameRow[] {
	return Array.from({ length: count }, (_, row) => {
		const at = from + row * ROW_WORDS;
		const word = (index: number) => (words[at + index] as number) >>> 0;
		return { kind: KINDS[word(3) - 1] as FrameRow["kind"], start: word(0), bodyStart: word(1), end: word(2) };
	});
}
