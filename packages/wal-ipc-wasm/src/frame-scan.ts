import { WalError } from "@memwal/wal-runtime";
import { isKnownTypeId, unsupportedType } from "./arrow-types.ts";
import { corruptEntry } from "./corrupt-entry.ts";
import { FlatbufferBoundsError, FlatbufferTable } from "./flatbuffer-table.ts";

/** One encapsulated message of an Arrow IPC stream; offsets in bytes into the entry. */
export interface Frame {
	readonly kind: "schema" | "dictionary" | "batch";
	/** Where its continuation marker stands. */
	readonly start: number;
	readonly bodyStart: number;
	/** Where the next message begins. */
	readonly end: number;
}

export interface ScannedStream {
	/** The schema first, then dictionaries and batches. */
	readonly frames: readonly Frame[];
	/** Bytes up to and with the end-of-stream marker. */
	readonly streamLength: number;
}

const CONTINUATION = 0xffffffff;
const PREFIX_BYTES = 8;
/** Deeper nesting than any real schema has; a bound for recursion on hostile bytes. */
const MAX_DEPTH = 64;
/** No field of a schema takes fewer bytes. More fields than that means that tables are shared, level by level. */
const MIN_FIELD_BYTES = 16;

const MESSAGE = { headerType: 1, header: 2, bodyLength: 3 } as const;
const HEADER_TYPE = { schema: 1, dictionary: 2, batch: 3 } as const;
const SCHEMA = { endianness: 0, fields: 1 } as const;
const FIELD = { name: 0, typeId: 2, children: 5 } as const;
const DICTIONARY_BATCH = { data: 1 } as const;
const RECORD_BATCH = { rows: 0, nodes: 1, buffers: 2, compression: 3 } as const;
/** What apache-arrow can hold in a column. */
const MAX_ROWS = 2n ** 31n - 1n;

/**
 * Finds the messages of an IPC stream and its end-of-stream marker, reading every length against what is there.
 *
 * A stream without the marker is refused: a write cut short between two messages would pass as a whole entry.
 *
 * @throws `WAL_CORRUPT` with the offset of the first thing that is not as it must be; `WAL_UNSUPPORTED` for
 * compressed bodies, big-endian streams and types that the installed apache-arrow does not know.
 */
export function scanStream(bytes: Uint8Array, key: string | undefined): ScannedStream {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const frames: Frame[] = [];
	let at = 0;
	for (;;) {
		const damaged = (problem: string, offset = at) => corruptEntry(problem, { key, offset });
		if (at + PREFIX_BYTES > bytes.length) {
			throw damaged(
				at === bytes.length
					? `it ends without an end-of-stream marker after ${frames.length} messages`
					: `it ends inside a message's prefix`,
			);
		}
		if (view.getUint32(at, true) !== CONTINUATION) throw damaged("no message begins here");
		const metadataLength = view.getUint32(at + 4, true);
		if (metadataLength === 0) {
			if (frames.length === 0) throw damaged("the stream has no schema");
			return { frames, streamLength: at + PREFIX_BYTES };
		}
		const metadataStart = at + PREFIX_BYTES;
		const bodyStart = metadataStart + metadataLength;
		if (bodyStart > bytes.length) throw damaged(`a message's metadata of ${metadataLength} bytes goes past the end`);
		const message = readMessage(bytes.subarray(metadataStart, bodyStart), { key, offset: at });
		if ((message.kind === "schema") !== (frames.length === 0)) {
			throw damaged(`a stream has its one schema first, and here is a ${message.kind}`);
		}
		if (message.bodyLength < 0n || message.bodyLength > BigInt(bytes.length - bodyStart)) {
			throw damaged(`a message's body of ${message.bodyLength} bytes goes past the end`);
		}
		const end = bodyStart + Number(message.bodyLength);
		frames.push({ kind: message.kind, start: at, bodyStart, end });
		at = end;
	}
}

interface Place {
	readonly key: string | undefined;
	readonly offset: number;
}

function readMessage(
	metadata: Uint8Array,
	place: Place,
): { readonly kind: Frame["kind"]; readonly bodyLength: bigint } {
	try {
		const message = FlatbufferTable.root(metadata);
		const header = message.table(MESSAGE.header);
		const kind = kindOf(message.uint8(MESSAGE.headerType));
		const bodyLength = message.int64(MESSAGE.bodyLength);
		if (!header || !kind) throw corruptEntry("it is neither a schema nor a batch nor a dictionary", place);
		if (kind === "schema") checkSchema(header, metadata.length / MIN_FIELD_BYTES, place);
		else checkBatch(kind === "batch" ? header : header.table(DICTIONARY_BATCH.data), bodyLength, place);
		return { kind, bodyLength };
	} catch (error) {
		if (!(error instanceof FlatbufferBoundsError)) throw error;
		throw corruptEntry("a message's metadata points outside itself", place, error);
	}
}

function kindOf(headerType: number): Frame["kind"] | undefined {
	switch (headerType) {
		case HEADER_TYPE.schema:
			return "schema";
		case HEADER_TYPE.dictionary:
			return "dictionary";
		case HEADER_TYPE.batch:
			return "batch";
		default:
			return undefined;
	}
}

/** A batch's buffers lie within its body: what apache-arrow would otherwise read as fewer values, or try to allocate. */
function checkBatch(batch: FlatbufferTable | undefined, bodyLength: bigint, place: Place): void {
	if (!batch) throw corruptEntry("a dictionary has no data", place);
	if (batch.has(RECORD_BATCH.compression)) throw unsupported("has compressed bodies", place);
	const rows = batch.int64(RECORD_BATCH.rows);
	if (rows < 0n || rows > MAX_ROWS) throw corruptEntry(`a batch of ${rows} rows cannot be`, place);
	const nodes = [...batch.int64Pairs(RECORD_BATCH.nodes)];
	const firstColumn = nodes[0]?.[0] ?? rows;
	if (firstColumn !== rows) throw corruptEntry(`a batch of ${rows} rows has a column of ${firstColumn}`, place);
	for (const [length, nulls] of nodes) {
		// apache-arrow's own writer counts -1 nulls in a slice of a column of type Null.
		if (length < 0n || length > MAX_ROWS || nulls < -1n || nulls > length) {
			throw corruptEntry(`a column of ${length} values, ${nulls} of them null, cannot be`, place);
		}
	}
	for (const [offset, length] of batch.int64Pairs(RECORD_BATCH.buffers)) {
		if (offset < 0n || length < 0n || offset + length > bodyLength) {
			throw corruptEntry(`a buffer of ${length} bytes at ${offset} goes past a body of ${bodyLength}`, place);
		}
	}
}

function checkSchema(schema: FlatbufferTable, maxFields: number, place: Place): void {
	if (schema.int16(SCHEMA.endianness) !== 0) throw unsupported("is big-endian", place);
	let count = 0;
	const checkFields = (fields: Iterable<FlatbufferTable>, path: readonly string[]): void => {
		if (path.length > MAX_DEPTH) throw corruptEntry(`its types are nested deeper than ${MAX_DEPTH}`, place);
		for (const field of fields) {
			if (++count > maxFields) throw corruptEntry("its schema has more fields than bytes for them", place);
			const fieldPath = [...path, field.string(FIELD.name)];
			const typeId = field.uint8(FIELD.typeId);
			if (!isKnownTypeId(typeId)) throw unsupportedType(fieldPath.join("."), `number ${typeId}`, place.key);
			checkFields(field.tables(FIELD.children), fieldPath);
		}
	};
	checkFields(schema.tables(SCHEMA.fields), []);
}

function unsupported(what: string, { key }: Place): WalError<"WAL_UNSUPPORTED"> {
	const name = key === undefined ? "The entry" : `The entry ${key}`;
	return new WalError("WAL_UNSUPPORTED", `${name} ${what}, which this release cannot read. Update memwal.`, {
		details: key === undefined ? {} : { key },
	});
}
