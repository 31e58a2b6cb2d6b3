import { WalError } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import { recordBatch } from "./arrow-batch.ts";
import type { DecodedEntry, DecodeOptions } from "./codec.ts";
import { corruptEntry } from "./corrupt-entry.ts";
import { splitMetadata } from "./entry-metadata.ts";
import { decodeTrailer } from "./entry-trailer.ts";
import { scanStream } from "./frame-scan.ts";

/**
 * One entry, decoded by apache-arrow once the frames and the trailer are found right.
 *
 * Its reader neither requires an end-of-stream marker nor checks what messages say about their bodies, so an entry
 * without trailer that was changed inside a message may decode to other values. Ours carry a checksum.
 */
export function decodeEntry(given: Uint8Array<ArrayBuffer>, { columns, key }: DecodeOptions = {}): DecodedEntry {
	// Typed arrays over the columns need addresses that are multiples of 8.
	const bytes = given.byteOffset % 8 === 0 ? given : given.slice();
	const { frames, streamLength } = scanStream(bytes, key);
	const writeId = decodeTrailer(bytes, streamLength, key);
	const read = readStream(bytes.subarray(0, streamLength), key);
	const expected = frames.filter((frame) => frame.kind === "batch").length;
	if (expected > 0 && read.batches.length !== expected) {
		throw corruptEntry(`${read.batches.length} of ${expected} batches can be read`, { key, offset: 0 });
	}
	const { header, user } = splitMetadata(read.schema.metadata);
	const picked = pickColumns(read.schema.fields, columns);
	const fields = picked.map((index) => read.schema.fields[index] as arrow.Field);
	const schema = new arrow.Schema(fields, user, read.schema.dictionaries, read.schema.metadataVersion);
	// For a stream without batches apache-arrow makes up one without rows.
	const batches = read.batches
		.filter((batch) => batch.numRows > 0)
		.map((batch) =>
			recordBatch({
				schema,
				columns: picked.map((index) => batch.data.children[index] as arrow.Data),
				rows: batch.numRows,
				metadata: batch.metadata,
			}),
		);
	return { header, writeId, schema, batches, rows: batches.reduce((rows, batch) => rows + batch.numRows, 0) };
}

interface ReadStream {
	readonly schema: arrow.Schema;
	readonly batches: readonly arrow.RecordBatch[];
}

function readStream(stream: Uint8Array<ArrayBuffer>, key: string | undefined): ReadStream {
	try {
		const reader = arrow.RecordBatchReader.from(stream).open();
		// At its end the reader forgets the schema.
		const { schema } = reader;
		return { schema, batches: [...reader] };
	} catch (error) {
		throw corruptEntry(`apache-arrow cannot read it (${(error as Error).message})`, { key, offset: 0 }, error);
	}
}

/** Indices of the columns with these names, in this order; all of them where nothing is asked for. */
function pickColumns(fields: readonly arrow.Field[], names: readonly string[] | undefined): readonly number[] {
	const indices = fields.map((_, index) => index);
	// A sentinel has no columns; it must not end a reader that asks for some.
	if (!names || fields.length === 0) return indices;
	return names.flatMap((name) => {
		const found = indices.filter((index) => fields[index]?.name === name);
		if (found.length > 0) return found;
		const known = fields.map((field) => `"${field.name}"`).join(", ") || "none";
		throw new WalError("WAL_INVALID", `There is no column "${name}". The entry has: ${known}.`);
	});
}
