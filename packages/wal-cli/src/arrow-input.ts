import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isWalError, WalError } from "@memwal/wal-runtime";
import { RecordBatchReader } from "apache-arrow";
import { fileError } from "./file-error.ts";
import type { InputBatch } from "./input-batches.ts";
import type { InputBytes } from "./input-bytes.ts";

/** Told when an input ended as it may, but suspiciously. */
export type Warn = (message: string) => void;

const magic = "ARROW1";
const endOfStream = "ffffffff00000000";

/**
 * The batches of an Arrow IPC stream, read as they come.
 *
 * A stream may end without its end-of-stream marker, between two messages; `warn` hears of that, since a cut input can
 * look the same.
 *
 * @throws `WAL_INVALID` for a stream that is cut within a message or is none.
 */
export async function* arrowStreamBatches(input: InputBytes, warn: Warn): AsyncGenerator<InputBatch, void> {
	const end = { reached: false, lastBytes: Buffer.alloc(0) };
	const reader = await RecordBatchReader.from(watchEnd(input.chunks(), end)).catch((cause) => {
		throw notArrow(input, cause);
	});
	let before = 0;
	try {
		await reader.open();
		if (!reader.schema) throw new Error("it has no schema");
		for await (const batch of reader) {
			const after = input.size ? input.bytesRead / input.size : 0;
			if (batch.numRows > 0) yield { batch, progress: input.size ? { before, after } : undefined };
			before = after;
		}
	} catch (cause) {
		throw notArrow(input, cause);
	}
	if (end.reached && end.lastBytes.toString("hex") !== endOfStream) {
		warn(`${input.name} ends without an end-of-stream marker: if that is not how it was written, it was cut short`);
	}
}

async function* watchEnd(
	chunks: AsyncIterable<Uint8Array>,
	end: { reached: boolean; lastBytes: Buffer },
): AsyncGenerator<Uint8Array, void> {
	for await (const chunk of chunks) {
		end.lastBytes = Buffer.concat([end.lastBytes, chunk.subarray(-8)]).subarray(-8);
		yield chunk;
	}
	end.reached = true;
}

/**
 * The batches of an Arrow IPC file, one at a time through its footer. An input that is not a regular file is first
 * copied to a temporary one, since the footer comes last.
 *
 * @throws `WAL_INVALID` for a file that was cut or is none.
 */
export async function* arrowFileBatches(input: InputBytes): AsyncGenerator<InputBatch, void> {
	if (input.path !== undefined) return yield* fileBatches(input, input.path);
	const folder = await mkdtemp(join(tmpdir(), "memwal-input-"));
	try {
		const path = join(folder, "input.arrow");
		await spool(input, path);
		yield* fileBatches(input, path);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function spool(input: InputBytes, path: string): Promise<void> {
	const handle = await open(path, "wx");
	try {
		for await (const chunk of input.chunks()) await handle.writeFile(chunk);
	} catch (error) {
		throw fileError(error, path, "write");
	} finally {
		await handle.close();
	}
}

async function* fileBatches(input: InputBytes, path: string): AsyncGenerator<InputBatch, void> {
	const handle = await open(path, "r");
	try {
		const { size } = await handle.stat();
		const { buffer } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, Math.max(0, size - magic.length));
		if (buffer.toString("latin1") !== magic) {
			throw new Error(`it begins as an Arrow file, but was cut: its ${size} bytes do not end with ${magic}`);
		}
		const reader = await RecordBatchReader.from(handle);
		await reader.open();
		if (!reader.isFile() || !reader.isAsync()) throw new Error("it is not an Arrow file");
		const total = reader.numRecordBatches;
		for (let index = 0; index < total; index++) {
			const batch = await reader.readRecordBatch(index);
			if (!batch) throw new Error(`its batch ${index} of ${total} cannot be found`);
			const progress = { before: index / total, after: (index + 1) / total };
			if (batch.numRows > 0) yield { batch, progress };
		}
	} catch (cause) {
		throw notArrow(input, cause);
	} finally {
		await handle.close();
	}
}

function notArrow(input: InputBytes, cause: unknown): unknown {
	if (isWalError(cause)) return cause;
	const problem = cause instanceof Error ? cause.message : String(cause);
	if (/codec not found/.test(problem)) {
		return new WalError("WAL_UNSUPPORTED", `${input.name} has compressed batches, which cannot be read yet`, { cause });
	}
	return new WalError("WAL_INVALID", `${input.name} is not a whole Arrow input: ${problem}`, { cause });
}
