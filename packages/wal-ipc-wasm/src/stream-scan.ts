import { COMPRESSIONS, type Compression } from "./batch-template.ts";
import { corruptEntry, unsupportedEntry } from "./entry-error.ts";
import { FlatbufferReader, int64At } from "./flatbuffer-reader.ts";
import {
	BATCH_BUFFERS,
	BATCH_COMPRESSION,
	BATCH_NODES,
	BATCH_ROWS,
	BATCH_VARIADIC_COUNTS,
	COMPRESSION_CODEC,
	COMPRESSION_METHOD,
	CONTINUATION,
	DICTIONARY_DATA,
	DICTIONARY_ID,
	DICTIONARY_IS_DELTA,
	HEADER_BATCH,
	HEADER_DICTIONARY,
	HEADER_SCHEMA,
	MESSAGE_BODY_LENGTH,
	MESSAGE_HEADER,
	MESSAGE_HEADER_TYPE,
	MESSAGE_METADATA,
	PREFIX_BYTES,
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
const MAX_ROWS = 0x7fffffff;

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
	let start = 0;
	for (;;) {
		if (start + PREFIX_BYTES > length) throw corruptEntry("it ends without an end-of-stream marker", key, start);
		if (view.getUint32(start, true) !== CONTINUATION) throw corruptEntry("no message begins here", key, start);
		const metadataLength = view.getUint32(start + 4, true);
		const bodyStart = start + PREFIX_BYTES + metadataLength;
		if (metadataLength === 0) {
			if (!schema) throw corruptEntry("it has no schema", key, start);
			return { schema, messages, streamLength: bodyStart };
		}
		if (bodyStart > length) {
			throw corruptEntry(`a message's metadata of ${metadataLength} bytes goes past the end`, key, start);
		}
		const flatbuffer = new FlatbufferReader(view, start, bodyStart, key);
		const table = flatbuffer.root();
		const headerType = flatbuffer.int(table, MESSAGE_HEADER_TYPE, 1);
		if ((headerType === HEADER_SCHEMA) === (schema !== undefined)) {
			throw flatbuffer.damaged("a stream has one schema, its first message");
		}
		const bodyLength = flatbuffer.int64(table, MESSAGE_BODY_LENGTH);
		const end = bodyStart + bodyLength;
		if (bodyLength < 0 || end > length) {
			throw flatbuffer.damaged(`a message's body of ${bodyLength} bytes goes past the end`);
		}
		const message = { start, bodyStart, end };
		if (schema) messages.push(readBatchMessage(flatbuffer, table, headerType, message, key));
		else schema = message;
		start = end;
	}
}

function readBatchMessage(
	flatbuffer: FlatbufferReader,
	table: number,
	headerType: number,
	{ start, bodyStart, end }: Message,
	key: string | undefined,
): BatchMessage {
	const header = flatbuffer.reference(table, MESSAGE_HEADER);
	const isDictionary = headerType === HEADER_DICTIONARY;
	const batch = isDictionary ? flatbuffer.reference(header, DICTIONARY_DATA) : header;
	if (batch === 0 || !(isDictionary || headerType === HEADER_BATCH)) {
		throw flatbuffer.damaged("it holds no batch");
	}
	const rows = flatbuffer.int64(batch, BATCH_ROWS);
	if (rows < 0 || rows > MAX_ROWS) throw flatbuffer.damaged(`a batch of ${rows} rows cannot be`);
	const nodes = flatbuffer.reference(batch, BATCH_NODES);
	const nodeCount = flatbuffer.vectorLength(nodes, 16);
	checkNodes(flatbuffer, nodes + 4, nodeCount, rows);
	const buffers = flatbuffer.reference(batch, BATCH_BUFFERS);
	const bufferCount = flatbuffer.vectorLength(buffers, 16);
	checkBuffers(flatbuffer, buffers + 4, bufferCount, end - bodyStart);
	const variadic = flatbuffer.reference(batch, BATCH_VARIADIC_COUNTS);
	const compression = flatbuffer.reference(batch, BATCH_COMPRESSION);
	return {
		start,
		bodyStart,
		end,
		rows,
		nodesAt: nodes + 4,
		nodeCount,
		buffersAt: buffers + 4,
		bufferCount,
		compression: compression === 0 ? undefined : readCompression(flatbuffer, compression, key),
		variadicAt: variadic + 4,
		variadicCount: flatbuffer.vectorLength(variadic, 8),
		metadataTable: flatbuffer.field(table, MESSAGE_METADATA, 4) === 0 ? 0 : table,
		dictionary: isDictionary
			? {
					id: flatbuffer.bigint64(header, DICTIONARY_ID),
					isDelta: flatbuffer.int(header, DICTIONARY_IS_DELTA, 1) !== 0,
				}
			: undefined,
	};
}

function checkNodes(flatbuffer: FlatbufferReader, first: number, count: number, rows: number): void {
	for (let at = first, end = first + count * 16; at < end; at += 16) {
		const length = int64At(flatbuffer.view, at);
		const nulls = int64At(flatbuffer.view, at + 8);
		// apache-arrow's own writer counts -1 nulls in a slice of a column of type Null.
		if (length < 0 || length > MAX_ROWS || nulls < -1 || nulls > length) {
			throw flatbuffer.damaged(`a column of ${length} values with ${nulls} nulls cannot be`);
		}
		if (at === first && length !== rows) {
			throw flatbuffer.damaged(`a batch of ${rows} rows has a column of ${length}`);
		}
	}
}

function checkBuffers(flatbuffer: FlatbufferReader, first: number, count: number, bodyLength: number): void {
	for (let at = first, end = first + count * 16; at < end; at += 16) {
		const offset = int64At(flatbuffer.view, at);
		const length = int64At(flatbuffer.view, at + 8);
		if (offset < 0 || length < 0 || offset + length > bodyLength) {
			throw flatbuffer.damaged(`a buffer of ${length} bytes at ${offset} goes past a body of ${bodyLength}`);
		}
	}
}

function readCompression(flatbuffer: FlatbufferReader, table: number, key: string | undefined): Compression {
	const codec = flatbuffer.int(table, COMPRESSION_CODEC, 1);
	const compression = flatbuffer.int(table, COMPRESSION_METHOD, 1) === 0 ? COMPRESSIONS[codec] : undefined;
	if (!compression) throw unsupportedEntry(`has bodies with compression number ${codec}`, key);
	return compression;
}
