import { WalError } from "@memwal/wal-runtime";
import type { Compression } from "./batch-template.ts";
import { corruptEntry, type DamagePlace } from "./corrupt-entry.ts";
import { FlatbufferBoundsError, FlatbufferReader, int64At } from "./flatbuffer-reader.ts";
import {
	BODY_COMPRESSION,
	COMPRESSION_CODEC,
	CONTINUATION,
	DICTIONARY_BATCH,
	HEADER_TYPE,
	MESSAGE,
	PREFIX_BYTES,
	RECORD_BATCH,
} from "./ipc-format.ts";

/** A message of a stream; positions in bytes from the start of the entry. */
export interface Message {
	/** Where its continuation marker stands. */
	readonly start: number;
	readonly bodyStart: number;
	/** Where the next message begins. */
	readonly end: number;
}

/** A message with rows: a record batch, or the values of a dictionary. */
export interface BatchMessage extends Message {
	readonly rows: number;
	/** Pairs of length and null count, 16 bytes a node. */
	readonly nodesAt: number;
	readonly nodeCount: number;
	/** Pairs of offset in the body and length, 16 bytes a buffer. */
	readonly buffersAt: number;
	readonly bufferCount: number;
	readonly compression: Compression | undefined;
	readonly variadicAt: number;
	readonly variadicCount: number;
	/** The message's table in its flatbuffer, where it has metadata; else 0. */
	readonly metadataTable: number;
	readonly dictionary: { readonly id: bigint; readonly isDelta: boolean } | undefined;
}

export interface ScannedStream {
	readonly schema: Message;
	/** Dictionaries and record batches, in order. */
	readonly messages: readonly BatchMessage[];
	/** Bytes up to and with the end-of-stream marker. */
	readonly streamLength: number;
}

/** What apache-arrow can hold in a column. */
const MAX_ROWS = 2 ** 31 - 1;

/**
 * Finds the messages of an IPC stream and its end-of-stream marker, reading every length against what is there. The
 * schema's content is left to its reader.
 *
 * A stream without the marker is refused: a write cut short between two messages would pass as a whole entry.
 *
 * @throws `WAL_CORRUPT` with the offset of the first message that is not as it must be; `WAL_UNSUPPORTED` for a
 * compression that is not known.
 */
export function scanStream(view: DataView, key: string | undefined): ScannedStream {
	const length = view.byteLength;
	const messages: BatchMessage[] = [];
	let schema: Message | undefined;
	let at = 0;
	for (;;) {
		if (at + PREFIX_BYTES > length) {
			const found = schema ? messages.length + 1 : 0;
			const problem =
				at === length
					? `it ends without an end-of-stream marker after ${found} messages`
					: "it ends inside a message's prefix";
			throw corruptEntry(problem, { key, offset: at });
		}
		if (view.getUint32(at, true) !== CONTINUATION) throw corruptEntry("no message begins here", { key, offset: at });
		const metadataLength = view.getUint32(at + 4, true);
		if (metadataLength === 0) {
			if (!schema) throw corruptEntry("the stream has no schema", { key, offset: at });
			return { schema, messages, streamLength: at + PREFIX_BYTES };
		}
		const bodyStart = at + PREFIX_BYTES + metadataLength;
		if (bodyStart > length) {
			throw corruptEntry(`a message's metadata of ${metadataLength} bytes goes past the end`, { key, offset: at });
		}
		try {
			const flatbuffer = new FlatbufferReader(view, at + PREFIX_BYTES, bodyStart);
			if (schema) {
				const message = readBatchMessage(flatbuffer, at, bodyStart, length - bodyStart, key);
				messages.push(message);
				at = message.end;
			} else {
				schema = readSchemaPlace(flatbuffer, at, bodyStart, length - bodyStart, key);
				at = schema.end;
			}
		} catch (error) {
			if (!(error instanceof FlatbufferBoundsError)) throw error;
			throw corruptEntry("a message's metadata points outside itself", { key, offset: at }, error);
		}
	}
}

function readSchemaPlace(
	flatbuffer: FlatbufferReader,
	start: number,
	bodyStart: number,
	left: number,
	key: string | undefined,
): Message {
	const table = flatbuffer.root();
	if (flatbuffer.int8(table, MESSAGE.headerType) !== HEADER_TYPE.schema) {
		throw corruptEntry("a stream has its one schema first, and here is none", { key, offset: start });
	}
	return { start, bodyStart, end: bodyStart + bodyLength(flatbuffer, table, left, { key, offset: start }) };
}

function bodyLength(flatbuffer: FlatbufferReader, table: number, left: number, place: DamagePlace): number {
	const length = flatbuffer.int64(table, MESSAGE.bodyLength);
	if (length < 0 || length > left) throw corruptEntry(`a message's body of ${length} bytes goes past the end`, place);
	return length;
}

function readBatchMessage(
	flatbuffer: FlatbufferReader,
	start: number,
	bodyStart: number,
	left: number,
	key: string | undefined,
): BatchMessage {
	const place = { key, offset: start };
	const table = flatbuffer.root();
	const headerType = flatbuffer.int8(table, MESSAGE.headerType);
	if (headerType === HEADER_TYPE.schema) {
		throw corruptEntry("a stream has its one schema first, and here is another", place);
	}
	const header = flatbuffer.reference(table, MESSAGE.header);
	const isDictionary = headerType === HEADER_TYPE.dictionary;
	if (header === 0 || (headerType !== HEADER_TYPE.batch && !isDictionary)) {
		throw corruptEntry("it is neither a schema nor a batch nor a dictionary", place);
	}
	const batch = isDictionary ? flatbuffer.reference(header, DICTIONARY_BATCH.data) : header;
	if (batch === 0) throw corruptEntry("a dictionary has no data", place);
	const length = bodyLength(flatbuffer, table, left, place);
	const rows = flatbuffer.int64(batch, RECORD_BATCH.rows);
	if (rows < 0 || rows > MAX_ROWS) throw corruptEntry(`a batch of ${rows} rows cannot be`, place);
	const nodes = flatbuffer.reference(batch, RECORD_BATCH.nodes);
	const nodeCount = flatbuffer.vectorLength(nodes, 16);
	checkNodes(flatbuffer.view, nodes + 4, nodeCount, rows, place);
	const buffers = flatbuffer.reference(batch, RECORD_BATCH.buffers);
	const bufferCount = flatbuffer.vectorLength(buffers, 16);
	checkBuffers(flatbuffer.view, buffers + 4, bufferCount, length, place);
	const variadic = flatbuffer.reference(batch, RECORD_BATCH.variadicCounts);
	const compression = flatbuffer.reference(batch, RECORD_BATCH.compression);
	return {
		start,
		bodyStart,
		end: bodyStart + length,
		rows,
		nodesAt: nodes + 4,
		nodeCount,
		buffersAt: buffers + 4,
		bufferCount,
		compression: compression === 0 ? undefined : readCompression(flatbuffer, compression, key),
		variadicAt: variadic + 4,
		variadicCount: flatbuffer.vectorLength(variadic, 8),
		metadataTable: flatbuffer.field(table, MESSAGE.metadata, 4) === 0 ? 0 : table,
		dictionary: isDictionary
			? {
					id: flatbuffer.bigint64(header, DICTIONARY_BATCH.id),
					isDelta: flatbuffer.int8(header, DICTIONARY_BATCH.isDelta) !== 0,
				}
			: undefined,
	};
}

function checkNodes(view: DataView, at: number, count: number, rows: number, place: DamagePlace): void {
	for (let index = 0; index < count; index++, at += 16) {
		const length = int64At(view, at);
		const nulls = int64At(view, at + 8);
		// apache-arrow's own writer counts -1 nulls in a slice of a column of type Null.
		if (length < 0 || length > MAX_ROWS || nulls < -1 || nulls > length) {
			throw corruptEntry(`a column of ${length} values, ${nulls} of them null, cannot be`, place);
		}
		if (index === 0 && length !== rows) {
			throw corruptEntry(`a batch of ${rows} rows has a column of ${length}`, place);
		}
	}
}

function checkBuffers(view: DataView, at: number, count: number, bodyLength: number, place: DamagePlace): void {
	for (const end = at + count * 16; at < end; at += 16) {
		const offset = view.getUint32(at, true);
		const length = view.getUint32(at + 8, true);
		// Most bodies are far below 4 GiB: the upper halves are zero.
		if ((view.getInt32(at + 4, true) | view.getInt32(at + 12, true)) === 0 && offset + length <= bodyLength) continue;
		checkBuffer(int64At(view, at), int64At(view, at + 8), bodyLength, place);
	}
}

function checkBuffer(offset: number, length: number, bodyLength: number, place: DamagePlace): void {
	if (offset < 0 || length < 0 || offset + length > bodyLength) {
		throw corruptEntry(`a buffer of ${length} bytes at ${offset} goes past a body of ${bodyLength}`, place);
	}
}

function readCompression(flatbuffer: FlatbufferReader, table: number, key: string | undefined): Compression {
	const codec = flatbuffer.int8(table, BODY_COMPRESSION.codec);
	const method = flatbuffer.int8(table, BODY_COMPRESSION.method);
	if (codec === COMPRESSION_CODEC.lz4 && method === 0) return "lz4";
	if (codec === COMPRESSION_CODEC.zstd && method === 0) return "zstd";
	throw unsupportedEntry(`has bodies that are compressed in a way of number ${codec}`, key);
}

export function unsupportedEntry(what: string, key: string | undefined): WalError<"WAL_UNSUPPORTED"> {
	const name = key === undefined ? "The entry" : `The entry ${key}`;
	return new WalError("WAL_UNSUPPORTED", `${name} ${what}, which this release cannot read. Update memwal.`, {
		details: key === undefined ? {} : { key },
	});
}
